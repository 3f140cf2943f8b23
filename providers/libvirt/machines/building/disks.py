"""Disks and CD-ROMs."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.cloud_init.mounts import serial_for
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, all_disks, bus_of
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import KernelBoot, VirtualMachine
from virtwright.schemas.storage import Disk


def disk_elements(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    disks = all_disks(inputs, seeded=place.seeded)
    orders = boot_orders(inputs, disks)
    for disk, at, order in zip(disks, place.disks, orders, strict=True):
        yield disk_element(disk, at, bus_of(disk, inputs, place.domain_type), order, domain_type=place.domain_type)
    if (
        any(bus_of(disk, inputs, place.domain_type) == "scsi" for disk in disks)
        and inputs.virtualization == "paravirtual"
    ):
        yield element("controller", type="scsi", index=0, model="virtio-scsi")


def boot_orders(inputs: VirtualMachine, disks: list[Disk]) -> list[int | None]:
    """Where nobody says anything, the first is booted."""
    said = [disk.boot_order for disk in disks]
    if any(said) or any(join.boot_order for join in inputs.networks) or isinstance(inputs.boot, KernelBoot):
        return said
    return [1 if index == 0 else None for index in range(len(disks))]


def disk_element(disk: Disk, at: DiskPlace, bus: str, order: int | None, *, domain_type: str) -> Element:
    source = at.source
    kind = "block" if source is not None and source.block else "file"
    return element(
        "disk",
        _driver(disk, source.format if source else "raw", domain_type),
        element("source", **{"dev" if kind == "block" else "file": source.path}) if source else None,
        element("target", dev=at.target, bus=bus),
        element("serial", serial) if (serial := serial_for(disk)) is not None else None,
        element("boot", order=order) if order is not None else None,
        element("readonly") if disk.read_only or disk.device == "cdrom" else None,
        type=kind,
        device=disk.device,
    )


def _driver(disk: Disk, format: str, domain_type: str) -> Element | None:
    """Xen chooses what serves a raw disk by what it lies on: a device needs nobody, other formats need QEMU."""
    if domain_type == "xen":
        return element("driver", name="qemu", type=format) if format != "raw" else None
    discard = None if disk.discard is None else "unmap" if disk.discard else "ignore"
    return element("driver", name="qemu", type=format, cache=disk.cache, discard=discard)

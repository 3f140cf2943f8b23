"""The other devices: watchdog, TPM, random numbers, the balloon, and room for what is plugged in later."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

_SPARE_PORTS: Final = 12
"""On a PCI Express machine each device that is plugged in needs a port that was there when it started."""


def extra_devices(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    own = inputs.libvirt or LibvirtMachine()
    if place.domain_type == "xen":
        return
    virtio = inputs.virtualization == "paravirtual"
    if virtio and _is_express(inputs, place):
        yield element("controller", type="pci", index=0, model="pcie-root")
        yield from (
            element("controller", type="pci", index=number + 1, model="pcie-root-port")
            for number in range(_SPARE_PORTS)
        )
    if virtio:
        yield element("controller", type="virtio-serial", index=0)  # it can't be plugged in with the agent's channel
    if own.watchdog is not None:
        yield element("watchdog", model="i6300esb" if place.is_x86 else "diag288", action=own.watchdog)
    if own.tpm:
        model = "tpm-crb" if place.is_x86 else "tpm-tis"
        yield element("tpm", element("backend", type="emulator", version="2.0"), model=model)
    if virtio:
        yield element("rng", element("backend", "/dev/urandom", model="random"), model="virtio")
    yield element("memballoon", model="virtio" if virtio else "none")


def _is_express(inputs: VirtualMachine, place: Place) -> bool:
    if place.is_x86:
        return inputs.machine_type is not None and "q35" in inputs.machine_type
    return place.architecture in ("aarch64", "riscv64")

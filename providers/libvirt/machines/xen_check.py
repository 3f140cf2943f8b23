"""What a machine on Xen can't have: what libvirt's driver for it does not carry out, and what paravirtual guests have no use for.
Nothing is asked of the host."""

from collections.abc import Iterator
from typing import Final

from virtwright.providers.refusal import Refusal, given, known, listed
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.machine import MachineResources, VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

_QEMU_ONLY: Final = "leave it out, or use a qemu:// host"
_NO_PLATFORM: Final = "a paravirtual guest of Xen has none; leave it out, or let it have one:\n    virtualization: full"
_NO_SERIAL: Final = (
    "leave it out: Xen gives its disks no serial number; the guest knows them as /dev/xvda, /dev/xvdb and so on"
)
_LIMITS: Final = "leave it out, and set it on the host: xl sched-credit2"


def xen_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "guest_agent", given(inputs.guest_agent), _QEMU_ONLY
    yield "graphics", known(getattr(inputs.graphics, "type", None), "none") != "none", _QEMU_ONLY
    wait = given(getattr(inputs.wait_for, "cloud_init", None))
    yield "wait_for.cloud_init", wait, "leave it out: no log of its console is kept to see it in; wait for tcp or ssh"
    for field in sorted(MachineResources.model_fields):
        yield f"resources.{field}", given(getattr(inputs.resources, field, None)), _LIMITS
    own = known(inputs.libvirt)
    if isinstance(own, LibvirtMachine):
        for field in ("watchdog", "tpm", "secure_boot", "video"):
            yield f"libvirt.{field}", given(getattr(own, field)), _QEMU_ONLY
    for index, disk in listed(inputs.disks):
        for field in ("serial", "mount"):
            yield f"disks[{index}].{field}", given(getattr(disk, field)), _NO_SERIAL
        yield f"disks[{index}].cache", given(disk.cache), _QEMU_ONLY
        yield f"disks[{index}].discard", given(disk.discard), _QEMU_ONLY
    if known(inputs.virtualization) == "paravirtual":
        yield from _paravirtual(inputs)


def _paravirtual(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "firmware", given(inputs.firmware), _NO_PLATFORM
    yield "machine_type", given(inputs.machine_type), _NO_PLATFORM
    yield "cpu", given(inputs.cpu) and inputs.cpu != Cpu(), _NO_PLATFORM
    for index, disk in listed(inputs.disks):
        yield f"disks[{index}].device", known(disk.device) == "cdrom", "attach it as a disk:\n    read_only: true"
        for field in ("bus", "boot_order"):
            yield f"disks[{index}].{field}", given(getattr(disk, field)), _NO_PLATFORM
    for index, join in listed(inputs.networks):
        for field in ("model", "boot_order"):
            yield f"networks[{index}].{field}", given(getattr(join, field)), _NO_PLATFORM

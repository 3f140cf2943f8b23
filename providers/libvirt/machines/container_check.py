"""What a machine on LXC can't have: it shares the kernel of its host and sees file systems, no devices. Nothing is asked of the host."""

from collections.abc import Iterator
from typing import Final

from virtwright.providers.refusal import Refusal, given, known, listed
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

_HARDWARE: Final = "leave it out: a machine on LXC has no hardware of its own"
_KERNEL: Final = "leave it out: a machine on LXC runs on the kernel of its host"
_ROOT: Final = "say what its root file system is: image, or a first disk without a mount, as a volume:\n    disks: [{volume: root}]"
_FILLED: Final = (
    "an empty disk holds no file system, and one does not grow with its disk: use a volume that is filled:\n"
    "    source: {content: FOLDER}"
)


def container_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "machine_type", given(inputs.machine_type), _HARDWARE
    yield "firmware", given(inputs.firmware), _HARDWARE
    yield "virtualization", known(inputs.virtualization) == "full", _HARDWARE
    yield "cpu", given(inputs.cpu) and inputs.cpu != Cpu(), _HARDWARE
    yield "boot", known(inputs.boot, "disk") != "disk", _KERNEL
    yield "graphics", known(getattr(inputs.graphics, "type", None), "none") != "none", _HARDWARE
    yield "guest_agent", given(inputs.guest_agent), _HARDWARE
    yield (
        "max_cpus",
        given(inputs.max_cpus),
        "leave it out: cpus is a share of the host's time, and changes at any moment",
    )
    resources = inputs.resources
    yield "resources.pids", given(getattr(resources, "pids", None)), "leave it out: libvirt's LXC counts no processes"
    memory = given(getattr(resources, "memory_limit", None))
    yield "resources.memory_limit", memory, "leave it out: memory is the limit itself"
    wait = given(getattr(inputs.wait_for, "cloud_init", None))
    yield "wait_for.cloud_init", wait, "leave it out: no log of its console is kept to see it in; wait for tcp or ssh"
    yield from _disks(inputs)
    for index, join in listed(inputs.networks):
        for field in ("model", "boot_order"):
            yield f"networks[{index}].{field}", given(getattr(join, field)), _HARDWARE
    own = known(inputs.libvirt)
    if isinstance(own, LibvirtMachine):
        yield from _own(own)


def _disks(inputs: VirtualMachine) -> Iterator[Refusal]:
    first = None if inputs.image is not None else 0
    for index, disk in listed(inputs.disks):
        path = f"disks[{index}]"
        if index != first:
            yield f"{path}.mount", disk.mount is None, "say where it is mounted:\n    mount: /srv"
        yield f"{path}.device", known(disk.device) == "cdrom", _HARDWARE
        yield f"{path}.size", given(disk.size), _FILLED
        yield (
            f"{path}.format",
            known(disk.format) == "qcow2",
            "a file system is mounted from a raw disk:\n    format: raw",
        )
        for field in ("bus", "cache", "discard", "serial", "boot_order"):
            yield f"{path}.{field}", given(getattr(disk, field)), _HARDWARE
    disks = inputs.disks if isinstance(inputs.disks, list) else [None]
    rootless = inputs.image is None and (not disks or known(getattr(disks[0], "mount", None)) is not None)
    fragment = getattr(inputs.libvirt, "xml", None)
    yield "image", rootless and fragment is None, _ROOT


def _own(own: LibvirtMachine) -> Iterator[Refusal]:
    for field in ("watchdog", "tpm", "secure_boot", "video", "on_crash"):
        yield f"libvirt.{field}", given(getattr(own, field)), _HARDWARE
    yield "libvirt.clock", known(own.clock, "utc") != "utc", _KERNEL
    yield "libvirt.move", given(own.move), "leave it out: machines on LXC do not move"
    init = known(own.init)
    relative = isinstance(init, list) and isinstance(init[0], str) and not init[0].startswith("/")
    yield "libvirt.init", relative, "give the whole path of the program:\n    init: [/sbin/init]"

"""What a domain is made of besides the inputs: names, addresses of hardware, files of the host. Plain data."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.storage import Disk

_PREFIXES: Final = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "xen": "xvd"}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_OWN_MACS: Final = "52:54:00"
"""The range that QEMU and libvirt use."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the content of a disk lies on the host."""

    path: str
    format: str = "raw"
    block: bool = False
    """A block device, not a file."""


@dataclass(frozen=True, slots=True)
class DiskPlace:
    """One disk as the hypervisor sees it."""

    target: str
    """``vda``: its name, and what it is known by."""
    source: Source | None = None
    """None: an empty drive."""


@dataclass(frozen=True, slots=True)
class Place:
    """One machine on one host."""

    name: str
    uuid: str
    domain_type: str
    """``kvm``, ``qemu``, ``xen``, ``lxc`` or ``test``."""
    architecture: str
    disks: tuple[DiskPlace, ...] = ()
    """For each of ``all_disks``."""
    macs: tuple[str, ...] = ()
    """For each of the inputs' networks."""
    log: str | None = None
    """Where the serial console is written to."""
    seeded: bool = False
    """The last disk is the seed of cloud-init."""
    unified: bool = False
    """Its host has control groups of version 2."""
    marks: tuple[Element, ...] = ()
    """What ``<metadata>`` holds."""

    @property
    def is_x86(self) -> bool:
        return self.architecture in ("x86_64", "i686")


def all_disks(inputs: VirtualMachine, *, seeded: bool) -> list[Disk]:
    """The disk that is made from ``image``, those of ``disks``, and cloud-init's seed."""
    root = [Disk(image=inputs.image)] if inputs.image is not None else []
    return [*root, *inputs.disks, *([seed_disk(inputs)] if seeded else [])]


def seed_disk(inputs: VirtualMachine) -> Disk:
    """A guest without virtio drivers gets a CD-ROM: cloud-init knows its seed by the label, wherever it lies."""
    return Disk(image="seed", device="cdrom" if inputs.virtualization == "full" else "disk", read_only=True)


def bus_of(disk: Disk, inputs: VirtualMachine, domain_type: str = "kvm") -> str:
    """How the guest sees it."""
    if disk.bus is not None:
        return disk.bus
    if domain_type == "xen":
        return "xen" if inputs.virtualization == "paravirtual" else "ide"
    x86 = inputs.architecture in (None, "x86_64")
    if disk.device == "cdrom":
        return "sata" if x86 else "scsi"
    if inputs.virtualization == "paravirtual":
        return "virtio"
    return "ide" if _has_ide(inputs.machine_type) else "sata" if x86 else "scsi"


def _has_ide(machine_type: str | None) -> bool:
    return machine_type is not None and machine_type.startswith(("pc", "isapc")) and "q35" not in machine_type


def nic_model(join: NetworkAttachment, inputs: VirtualMachine, domain_type: str = "kvm") -> str:
    if join.model is not None or inputs.virtualization == "full":
        return join.model or "e1000"
    return "netfront" if domain_type == "xen" else "virtio"


def targets(buses: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """A name for each disk, in order: ``vda``, ``vdb``, ``sda``; none twice, and none of those that are taken."""
    used, names = set(taken), []
    for bus in buses:
        name = next(name for name in _names(_PREFIXES[bus]) if name not in used)
        used.add(name)
        names.append(name)
    return names


def _names(prefix: str) -> Iterable[str]:
    yield from (prefix + letter for letter in _LETTERS)
    yield from (prefix + first + second for first in _LETTERS for second in _LETTERS)


def mac_addresses(urn: str, joins: Sequence[NetworkAttachment]) -> tuple[str, ...]:
    """Those that are given, and for the others one that is told by the resource's identity and the network, so that it stays."""
    seen: dict[str, int] = {}
    macs = []
    for join in joins:
        number = seen[join.network] = seen.get(join.network, 0) + 1
        macs.append(join.mac or own_mac(f"{urn}\n{join.network}\n{number}"))
    return tuple(macs)


def own_mac(identity: str) -> str:
    """The same for the same text."""
    mark = hashlib.sha256(identity.encode()).hexdigest()
    return f"{_OWN_MACS}:{mark[0:2]}:{mark[2:4]}:{mark[4:6]}"

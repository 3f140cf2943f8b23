"""How machines see their disks: as devices on a bus, or as file systems in folders."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.libvirt.cloud_init.written import as_disk, as_file_system
from virtwright.providers.libvirt.machines.place import bus_of, targets
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.storage import Disk

ROOT: Final = "/"
SEED_FOLDER: Final = "/var/lib/cloud/seed/nocloud"
"""Where cloud-init looks for a seed that is no disk."""
Naming = Callable[[VirtualMachine, Sequence[Disk], Mapping[int, str], Collection[str]], list[str]]
"""From the inputs, all disks, the names of those that are there (by index), and names that are taken, to the name of each."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the ways."""

    targets: Naming
    """What each disk is known by in its machine."""
    format: str
    """Of a disk of the machine's own, where none is said."""
    formats: frozenset[str]
    """In which a machine can read a disk."""
    seed: Callable[[Mapping[str, str], Context], bytes]
    """Makes the file of cloud-init's documents."""
    seed_suffix: str
    in_folders: bool = False
    """Disks are mounted by the host. Else the guest sees to that."""


def _on_buses(
    inputs: VirtualMachine,
    disks: Sequence[Disk],
    kept: Mapping[int, str],
    there: Collection[str],
    domain_type: str = "kvm",
) -> list[str]:
    """A disk that moves to another bus gets another name."""
    buses = [bus_of(disk, inputs, domain_type) for disk in disks]
    same = {index: target for index, target in kept.items() if _fits(target, buses[index])}
    fresh = iter(targets([bus for index, bus in enumerate(buses) if index not in same], {*same.values(), *there}))
    return [same[index] if index in same else next(fresh) for index in range(len(disks))]


def _fits(target: str, bus: str) -> bool:
    prefix = targets([bus])[0][:-1]
    return target.startswith(prefix)


def _in_folders(
    inputs: VirtualMachine, disks: Sequence[Disk], kept: Mapping[int, str], there: Collection[str]
) -> list[str]:
    """The first is the root; the seed, which has no folder of its own either, is the last."""
    return [disk.mount or (ROOT if index == 0 else SEED_FOLDER) for index, disk in enumerate(disks)]


DEVICES: Final = Layout(_on_buses, "qcow2", frozenset({"raw", "qcow2"}), as_disk, "iso")
XEN_DEVICES: Final = replace(DEVICES, targets=partial(_on_buses, domain_type="xen"))
FOLDERS: Final = Layout(_in_folders, "raw", frozenset({"raw"}), as_file_system, "ext4", in_folders=True)

"""Where each disk of a machine lies: found or, for those of its own, named. Nothing is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.layout import DEVICES, Layout
from virtwright.providers.libvirt.machines.pairing import pair_disks
from virtwright.providers.libvirt.machines.place import DiskPlace, Source, all_disks
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.storage import Disk


@dataclass(frozen=True, slots=True)
class OwnDisk:
    """A disk that goes with the machine."""

    path: str
    disk: Disk
    format: str
    backing: Source | None
    """What it is made over; None for an empty one."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """All disks of a machine."""

    places: tuple[DiskPlace, ...]
    new: tuple[OwnDisk, ...]
    """Those that have to be made."""
    own: tuple[str, ...]
    """Paths of all that go with the machine."""


@dataclass(frozen=True, slots=True)
class Former:
    """The disks that a machine has."""

    inputs: VirtualMachine
    places: Mapping[str, Source | None]
    """By target, as its definition says."""
    disks: Sequence[str]
    """Targets in the order of ``all_disks``."""
    own: Sequence[str]
    seeded: bool
    interrupted: bool = False
    """What was to be made may not be there."""
    bases: Mapping[str, str] = field(default_factory=dict)
    """By target: paths of the disks that have layers of snapshots over them."""


def source_disks(
    files: Files,
    name: str,
    inputs: VirtualMachine,
    *,
    seed: str | None = None,
    former: Former | None = None,
    layout: Layout = DEVICES,
) -> Sourced:
    """Raises ``HostError`` where a volume or image is not on the host. Disks that a machine has keep their targets, and those of
    its own their files."""
    disks = all_disks(inputs, seeded=seed is not None)
    kept = _kept(inputs, disks, former)
    names = layout.targets(inputs, disks, kept, former.places if former is not None else {})
    own = [*dict.fromkeys([*(former.own if former is not None else ()), *([seed] if seed is not None else [])])]
    new: list[OwnDisk] = []
    places = []
    for index, (disk, target) in enumerate(zip(disks, names, strict=True)):
        if seed is not None and index == len(disks) - 1:
            places.append(DiskPlace(target, Source(seed)))
            continue
        source, made = _source(files, name, disk, own, kept.get(index), former, layout.format)
        if source is not None and source.format not in layout.formats:
            reads = " or ".join(sorted(layout.formats))
            raise HostError(
                f"{source.path} is {source.format}, and its machine can read {reads}", hint=f"    format: {reads}"
            )
        places.append(DiskPlace(target, source))
        if made is not None:
            new.append(made)
            own += [made.path] if made.path not in own else []
    return Sourced(tuple(places), tuple(new), tuple(own))


def _kept(inputs: VirtualMachine, disks: Sequence[Disk], former: Former | None) -> dict[int, str]:
    """By index, the target of each disk that is there already."""
    if former is None:
        return {}
    first_before, first = (1 if each.image is not None else 0 for each in (former.inputs, inputs))
    kept = {0: former.disks[0]} if first and first_before and former.disks else {}
    for index, old in enumerate(pair_disks(former.inputs.disks, inputs.disks)):
        if old is not None and first_before + old < len(former.disks):
            kept[first + index] = former.disks[first_before + old]
    if former.seeded and len(disks) > first + len(inputs.disks):
        kept[len(disks) - 1] = former.disks[-1]
    return kept


def _source(
    files: Files, name: str, disk: Disk, own: Sequence[str], target: str | None, former: Former | None, usual: str
) -> tuple[Source | None, OwnDisk | None]:
    there = former.places.get(target) if former is not None and target is not None else None
    if disk.volume is not None:
        below = former.bases.get(target) if former is not None and target is not None else None
        return _volume(files, disk.volume, there, below), None
    if disk.device == "cdrom":
        return (files.image(disk.image) if disk.image is not None else None), None
    if there is not None and not (former is not None and former.interrupted and not files.is_there(there.path)):
        return there, None
    backing = files.image(disk.image) if disk.image is not None else None
    format = disk.format or usual
    path = there.path if there is not None else _new_path(files, name, format, own)
    return Source(path, format), OwnDisk(path, disk, format, backing)


def _volume(files: Files, name: str, there: Source | None, below: str | None) -> Source:
    """One that is in the machine keeps the format that its definition says, and may lie in no pool; where a snapshot has laid a
    layer over it (it is ``below``), that stays."""
    if there is not None and name in (there.path, below):
        return there
    found = files.volume(name)
    return there if there is not None and found.path in (there.path, below) else found


def _new_path(files: Files, name: str, format: str, own: Sequence[str]) -> str:
    """Where nothing lies yet: what a machine names as its own goes with it."""
    folder, number = files.folder(), 0
    while any(path.startswith(f"{folder}/{name}-{number}.") for path in own) or files.is_there(
        f"{folder}/{name}-{number}.{format}"
    ):
        number += 1
    return f"{folder}/{name}-{number}.{format}"

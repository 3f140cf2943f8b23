"""All that bears a stamp in the pools of a host."""

from collections import defaultdict
from typing import TYPE_CHECKING

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.marks import Begun, Done, Mark, Owner, read, stamp_of
from virtwright.providers.libvirt.storage.pools import refreshed_pools, volumes_of
from virtwright.providers.libvirt.storage.volume import StoredVolume, reference_to
from virtwright.schemas.urn import Urn

if TYPE_CHECKING:
    from libvirt import virConnect, virStorageVol


@dataclass(frozen=True, slots=True)
class Holding:
    """A volume of a stack, or what an operation has left of one."""

    stamp: Stamp
    pool: str
    name: str
    volume: StoredVolume | None
    """None where it was not made yet, or is gone."""
    done: Done | None
    """None where it is not complete."""

    @property
    def id(self) -> str:
        return str(VolumeId.of(self.pool, self.name, self.stamp.operation))

    @property
    def reference(self) -> str:
        return reference_to(self.pool, self.name)

    @property
    def kind(self) -> str:
        return Urn.parse(self.stamp.urn).kind


def holdings(libvirt: "virConnect", kind: str | None = None) -> list[Holding]:
    """Those of one kind, or all. Copies made by others are left out."""
    pools = refreshed_pools(libvirt)
    marks: list[tuple[Mark, virStorageVol]] = []
    volumes: dict[tuple[str, str], virStorageVol] = {}
    for pool in pools:
        for volume in volumes_of(pool):
            mark = read(volume.name(), pool.name())
            if mark is None:
                volumes[pool.name(), volume.name()] = volume
            else:
                marks.append((mark, volume))
    done: defaultdict[tuple[str, str, str], list[Done]] = defaultdict(list)
    for mark, _ in marks:
        if isinstance(mark.said, Done):
            done[mark.pool, mark.volume, mark.place].append(mark.said)
    found = []
    for mark, itself in marks:
        if not isinstance(mark.said, Begun) or (kind is not None and _kind(mark.said) != kind):
            continue
        finished = done.get((mark.pool, mark.volume, mark.place), [])
        holding = _holding(mark, mark.said, itself, volumes.get((mark.pool, mark.volume)), finished)
        if holding is not None:
            found.append(holding)
    return found


def _holding(
    mark: Mark, begun: Begun, itself: "virStorageVol", volume: "virStorageVol | None", done: list[Done]
) -> Holding | None:
    xml = or_none(volume.XMLDesc) if volume is not None else None
    stored = StoredVolume.of(mark.pool, xml) if xml is not None else None
    if stored is not None and not mark.is_of(stored.owner):
        return None
    if stored is None and not _lies_where_it_was(mark, itself):
        return None
    stamp = stamp_of(begun, done[0] if done else None)
    return None if stamp is None else Holding(stamp, mark.pool, mark.volume, stored, done[0] if done else None)


def _lies_where_it_was(mark: Mark, itself: "virStorageVol") -> bool:
    """Of a mark whose volume is not there: the place is that of its own folder, or can't be told."""
    folder = str(or_none(itself.path) or "").rpartition("/")[0]
    return mark.is_of(Owner(mark.pool, mark.volume, f"{folder}/{mark.volume}")) or "+" in itself.name()


def _kind(begun: Begun) -> str:
    try:
        return Urn.parse(begun.urn).kind
    except ValueError:
        return ""

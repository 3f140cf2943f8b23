"""Volumes of a host: stamped, made, filled, grown and removed. Each function is one part of an operation."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.storage.content import checked
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.marks import Begun, Done, Mark, Owner, read, stamp_of
from virtwright.providers.libvirt.storage.pools import default_pool, folder_of, keeps_files, pool_named, refresh
from virtwright.providers.libvirt.storage.sending import send
from virtwright.providers.libvirt.storage.streams import uploading
from virtwright.providers.libvirt.storage.volume import StoredVolume, rounded, volume_xml
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.providers.names import object_name, other_name
from virtwright.providers.taken import Holder, TakenError, refuse_twin

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool, virStorageVol

STEP: Final = "libvirt.volume"
"""The failpoint after each call that changes a volume or its marks."""
_BUSY: Final = ("still being allocated", "being written", "is in use")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new volume goes."""

    owner: Owner
    files: bool
    """Whether the pool's volumes are files."""


def begin(
    libvirt: "virConnect", stamp: Stamp, pool_name: str | None, format: str, *more: str, context: Context
) -> Place:
    """Choose a name that is free, and put the first mark there. ``more`` is put behind the resource's name. Raises ``TakenError``."""
    pool = pool_named(libvirt, pool_name)
    refresh(pool)  # a file that libvirt had not seen yet would be in the way, and be taken for ours when that is undone
    files = keeps_files(pool)
    if not files and format != "raw":
        raise HostError(f"the pool {pool.name()} has no files, so that its volumes are raw", hint="    format: raw")
    suffix = f".{format}" if files else ""
    name = f"{object_name(stamp, *more)}{suffix}"
    if or_none(lambda: pool.storageVolLookupByName(name)) is not None:
        _refuse_twins(libvirt, pool, name, stamp, context)
        return _begun(libvirt, pool, f"{other_name(object_name(stamp, *more), stamp.operation)}{suffix}", stamp)
    place = _begun(libvirt, pool, name, stamp)
    try:  # who has begun at the same moment has put its mark, too, and either sees the other's
        _refuse_twins(libvirt, pool, name, stamp, context)
    except TakenError:
        for mark, each in _marks_of(_marks_pool(libvirt, pool), pool.name(), name):
            if isinstance(mark.said, Begun) and mark.said.operation == stamp.operation:
                each.delete(0)
        raise
    return place


def _refuse_twins(libvirt: "virConnect", pool: "virStoragePool", name: str, stamp: Stamp, context: Context) -> None:
    owner = Owner(pool.name(), name, f"{folder_of(pool)}/{name}")
    for mark, _ in _marks_of(_marks_pool(libvirt, pool), pool.name(), name):
        theirs = stamp_of(mark.said, None) if isinstance(mark.said, Begun) and mark.is_of(owner) else None
        if theirs is not None:
            id = VolumeId.of(pool.name(), name, theirs.operation)
            refuse_twin(stamp, Holder(theirs, str(id)), context)


def begin_as(libvirt: "virConnect", stamp: Stamp, pool_name: str | None, name: str) -> Place:
    """Likewise, with the name that it has elsewhere. Raises ``HostError`` where that is taken."""
    pool = pool_named(libvirt, pool_name)
    refresh(pool)
    if or_none(lambda: pool.storageVolLookupByName(name)) is not None:
        raise HostError(
            f"the pool {pool.name()} has a volume {name} already", hint="move that one out of the way first"
        )
    return _begun(libvirt, pool, name, stamp)


def _begun(libvirt: "virConnect", pool: "virStoragePool", name: str, stamp: Stamp) -> Place:
    files = keeps_files(pool)
    owner = Owner(pool.name(), name, f"{folder_of(pool)}/{name}")
    _put(libvirt, pool if files else None, Begun(stamp.operation, stamp.urn, stamp.identity).name(owner, beside=files))
    return Place(owner, files)


def is_there(libvirt: "virConnect", id: VolumeId) -> bool:
    """Whether the very volume that is meant is there, or a mark of it; not another one that took its place."""
    pool = or_none(lambda: libvirt.storagePoolLookupByName(id.pool))
    if pool is None:
        return False
    begun = [
        mark.said for mark, _ in _marks_of(_marks_pool(libvirt, pool), id.pool, id.name) if isinstance(mark.said, Begun)
    ]
    return any(id.is_of(each.operation) for each in begun) if id.operation is not None else not begun


def reopen(libvirt: "virConnect", id: VolumeId) -> Place:
    """The place of a volume that is gone, without the mark that it is complete."""
    pool_name, name = id.pool, id.name
    pool = pool_named(libvirt, pool_name)
    files = keeps_files(pool)
    for mark, each in _marks_of(_marks_pool(libvirt, pool), pool_name, name):
        if isinstance(mark.said, Done):
            each.delete(0)
            reach(STEP)
    return Place(Owner(pool_name, name, f"{folder_of(pool)}/{name}"), files)


def finish(libvirt: "virConnect", place: Place, done: Done) -> StoredVolume:
    """The volume is complete: put the second mark."""
    pool = libvirt.storagePoolLookupByName(place.owner.pool)
    _put(libvirt, pool if place.files else None, done.name(place.owner, beside=place.files))
    return StoredVolume.of(place.owner.pool, pool.storageVolLookupByName(place.owner.name).XMLDesc())


def make(
    libvirt: "virConnect",
    place: Place,
    capacity: int,
    format: str,
    *,
    full: bool = False,
    backing: StoredVolume | None = None,
) -> None:
    """An empty volume, or a layer over ``backing``."""
    if backing is not None:
        checked(libvirt, backing)
    pool = libvirt.storagePoolLookupByName(place.owner.pool)
    root = volume_xml(place.owner.name, rounded(capacity), format if place.files else None, full=full, backing=backing)
    pool.createXML(to_text(root), 0)
    reach(STEP)


def copy(
    libvirt: "virConnect", place: Place, origin: StoredVolume, capacity: int | None, format: str, *, full: bool = False
) -> None:
    """A copy of another volume, in any format. Larger where ``capacity`` is. Raises ``HostError`` where it is smaller."""
    refuse_smaller(origin, capacity)
    pool = libvirt.storagePoolLookupByName(place.owner.pool)
    source = checked(libvirt, origin)
    size = rounded(capacity or origin.capacity)
    root = volume_xml(place.owner.name, size, format if place.files else None, full=full)
    made = pool.createXMLFrom(to_text(root), source, 0)
    reach(STEP)
    if made.info()[1] < size:
        made.resize(size, lib.VIR_STORAGE_VOL_RESIZE_ALLOCATE if full else 0)
        reach(STEP)


def refuse_smaller(origin: StoredVolume, capacity: int | None) -> None:
    """Raises ``HostError`` where ``origin`` does not fit into a volume of this capacity. None is as large as it is."""
    if capacity is not None and rounded(capacity) < origin.capacity:
        raise HostError(
            f"{origin.reference} is {origin.capacity} bytes large, and does not fit into {capacity}",
            hint=f"    size: {origin.capacity}B",
        )


def upload(libvirt: "virConnect", place: Place, file: int, context: Context, what: str) -> None:
    """Send the file behind the descriptor ``file``, as it is, into the volume; holes of it stay holes. ``what`` is being sent."""
    volume = libvirt.storagePoolLookupByName(place.owner.pool).storageVolLookupByName(place.owner.name)
    with uploading(volume, sparse=True) as stream:
        send(stream, file, context, what)
        reach(STEP)
    reach(STEP)


def grow(libvirt: "virConnect", owner: Owner, capacity: int, *, full: bool) -> StoredVolume:
    """Live, where a running machine has it: the guest sees a larger disk. Safe to repeat."""
    from virtwright.providers.libvirt.machines.layers import refuse_below_layers

    pool = libvirt.storagePoolLookupByName(owner.pool)
    volume = pool.storageVolLookupByName(owner.name)
    size = rounded(capacity)
    refuse_below_layers(libvirt, owner, "grow")
    active = described(libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_ACTIVE))
    running = [each for each, xml in active if _has(xml, owner.path)]
    if running:
        running[0].blockResize(owner.path, size, lib.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
        refresh(pool)
    elif StoredVolume.of(owner.pool, volume.XMLDesc()).as_stated().capacity < size:
        volume.resize(size, lib.VIR_STORAGE_VOL_RESIZE_ALLOCATE if full else 0)
    reach(STEP)
    return StoredVolume.of(owner.pool, pool.storageVolLookupByName(owner.name).XMLDesc())


def remove(libvirt: "virConnect", pool_name: str, name: str, context: Context) -> None:
    """The volume first, then its marks: as long as a mark is there, so is what it speaks of, or an operation was cut off. What is
    gone already is no error."""
    pool = or_none(lambda: libvirt.storagePoolLookupByName(pool_name))
    if pool is None:
        return
    if not pool.isActive():
        raise HostError(f"the storage pool {pool_name} is not active", hint=f"    virsh pool-start {pool_name}")
    refresh(pool)
    volume = or_none(lambda: pool.storageVolLookupByName(name))
    if volume is not None:
        _patiently(lambda: volume.delete(0), context)
        reach(STEP)
    marks = _marks_of(_marks_pool(libvirt, pool), pool_name, name)
    for _, each in sorted(marks, key=lambda pair: isinstance(pair[0].said, Begun)):
        _patiently(lambda each=each: each.delete(0), context)  # type: ignore[misc]
        reach(STEP)


def _marks_pool(libvirt: "virConnect", pool: "virStoragePool") -> "virStoragePool":
    """Where the marks of a pool's volumes are."""
    return pool if keeps_files(pool) else default_pool(libvirt)


def _marks_of(where: "virStoragePool", pool: str, name: str) -> "list[tuple[Mark, virStorageVol]]":
    found = [(read(each.name(), where.name()), each) for each in where.listAllVolumes()]
    return [(mark, each) for mark, each in found if mark is not None and (mark.pool, mark.volume) == (pool, name)]


def _put(libvirt: "virConnect", pool: "virStoragePool | None", name: str) -> None:
    where = pool if pool is not None else default_pool(libvirt)
    try:
        where.createXML(to_text(volume_xml(name, 0, "raw")), 0)
    except lib.libvirtError:
        if or_none(lambda: where.storageVolLookupByName(name)) is None:
            raise
    reach(STEP)


def _has(xml: str, path: str) -> bool:
    root = from_text(xml)
    return any(path in (each.get("file"), each.get("dev")) for each in root.iterfind("devices/disk/source"))


def _patiently(work: Callable[[], Any], context: Context) -> None:
    """libvirt may still be at it for somebody who was killed."""
    while True:
        try:
            work()
        except lib.libvirtError as error:
            if not any(each in str(error) for each in _BUSY) or context.remaining() <= 0 or context.cancelled.is_set():
                raise
            time.sleep(0.1)
        else:
            return

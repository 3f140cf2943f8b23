"""Volumes on the host: found, grown and removed."""

from typing import TYPE_CHECKING

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.storage.listing import holdings
from virtwright.providers.libvirt.storage.lookup import stored, stored_at, users_of
from virtwright.providers.libvirt.storage.making import grow, remove
from virtwright.providers.libvirt.storage.marks import is_mark
from virtwright.providers.libvirt.storage.pools import active_pools
from virtwright.providers.libvirt.storage.volume import FORMATS, StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect


def resize(libvirt: "virConnect", *, id: str, size: int | None, full: bool) -> StoredVolume:
    volume = stored(libvirt, id, "size")
    if size is None or size <= volume.capacity:
        return volume
    return grow(libvirt, volume.owner, size, full=full)


def delete(libvirt: "virConnect", *, id: str, context: Context) -> None:
    """Raises ``HostError`` where a machine or another volume uses it."""
    pool, _, name = id.rpartition("/")
    volume = stored_at(libvirt, id) if pool else None
    if volume is not None and (using := users_of(libvirt, volume.path)):
        raise HostError(f"the volume {id} is in use by {', '.join(using)}", hint="remove them first")
    if pool:
        remove(libvirt, pool, name, context)


def found(libvirt: "virConnect") -> list[tuple[StoredVolume, Stamp | None]]:
    """All volumes of the host that virtwright could take over, each with its stamp where it has one."""
    stamps = {(each.pool, each.name): each.stamp for each in holdings(libvirt)}
    there = [
        StoredVolume.of(pool.name(), xml)
        for pool in active_pools(libvirt)
        for volume, xml in described(pool.listAllVolumes())
        if not is_mark(volume.name())
    ]
    return [(each, stamps.get((each.pool, each.name))) for each in there if each.format in FORMATS]

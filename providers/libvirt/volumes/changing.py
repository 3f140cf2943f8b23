"""Volumes on the host: found, grown and removed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.listing import holdings
from virtwright.providers.libvirt.storage.lookup import stored, stored_at, users_of
from virtwright.providers.libvirt.storage.making import grow, is_there, remove
from virtwright.providers.libvirt.storage.marks import is_mark
from virtwright.providers.libvirt.storage.pools import active_pools, found_default, volumes_of
from virtwright.providers.libvirt.storage.volume import FORMATS, StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect


def resize(libvirt: "virConnect", *, id: str, size: int | None, full: bool) -> StoredVolume:
    known = VolumeId.parse(id)
    volume = stored(libvirt, known.reference if known is not None else id, "size")
    if size is None or size <= volume.capacity:
        return volume
    return grow(libvirt, volume.owner, size, full=full)


def delete(libvirt: "virConnect", *, id: str, context: Context) -> None:
    """Raises ``HostError`` where a machine or another volume uses it."""
    known = VolumeId.parse(id)
    if known is None or not is_there(libvirt, known):
        return
    volume = stored_at(libvirt, known.reference)
    if volume is not None and (using := users_of(libvirt, volume.path)):
        raise HostError(f"the volume {known.reference} is in use by {', '.join(using)}", hint=_to_remove(using))
    remove(libvirt, known.pool, known.name, context)


def _to_remove(users: Iterable[str]) -> str:
    """Machines and volumes, by their names."""
    layers = [each.partition("/") for each in users if "/" in each]
    commands = [f"    virsh vol-delete --pool {pool} {name}" for pool, _, name in layers]
    return "\n".join([f"remove them first{'; a layer that nobody needs any more:' if layers else ''}", *commands])


def found(libvirt: "virConnect") -> list[tuple[StoredVolume, Stamp | None, bool]]:
    """All volumes of the host that virtwright could take over, each with its stamp where it has one, and whether its pool is the
    default one."""
    default = found_default(libvirt)
    usual = default.name() if default is not None else None
    stamps = {(each.pool, each.name): each.stamp for each in holdings(libvirt)}
    there = [
        StoredVolume.of(pool.name(), xml)
        for pool in active_pools(libvirt)
        for volume, xml in described(volumes_of(pool))
        if not is_mark(volume.name())
    ]
    return [(each, stamps.get((each.pool, each.name)), each.pool == usual) for each in there if each.format in FORMATS]

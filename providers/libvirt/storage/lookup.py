"""From what a stack says to a volume of the host."""

from typing import TYPE_CHECKING

from virtwright.errors import HostError, Where
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.storage.pools import found_default, refresh, volumes_of
from virtwright.providers.libvirt.storage.volume import StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool, virStorageVol

    from virtwright.providers.libvirt.connection.connection import LibvirtConnection


def volume_at(libvirt: "virConnect", reference: str) -> "virStorageVol | None":
    """A volume by the name that its outputs have (``POOL/NAME``), by its name in the default pool, or by its path."""
    if reference.startswith("/"):
        return or_none(lambda: libvirt.storageVolLookupByPath(reference))
    pool_name, _, name = reference.rpartition("/")
    pool = or_none(lambda: libvirt.storagePoolLookupByName(pool_name)) if pool_name else found_default(libvirt)
    return None if pool is None or not pool.isActive() else or_none(lambda: pool.storageVolLookupByName(name))


def volume_in_folder(libvirt: "virConnect", path: str) -> "virStorageVol | None":
    """A volume by its path, also one that came into its pool's folder since libvirt last looked."""
    volume = or_none(lambda: libvirt.storageVolLookupByPath(path))
    if volume is None:
        pool = _pool_over(libvirt, path.rpartition("/")[0])
        if pool is not None and pool.isActive():
            refresh(pool)
            volume = or_none(lambda: libvirt.storageVolLookupByPath(path))
    return volume


def _pool_over(libvirt: "virConnect", folder: str) -> "virStoragePool | None":
    """None too where the driver can't tell: the test driver, whose volumes nobody makes behind its back."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        return or_none(lambda: libvirt.storagePoolLookupByTargetPath(folder))
    except lib.libvirtError as error:
        if error.get_error_code() != lib.VIR_ERR_NO_SUPPORT:
            raise
        return None


def stored_at(libvirt: "virConnect", reference: str, format: str | None = None) -> StoredVolume | None:
    """The same, read. ``format``: as its machine's definition states it."""
    volume = volume_at(libvirt, reference)
    xml = or_none(volume.XMLDesc) if volume is not None else None
    if volume is None or xml is None:
        return None
    return StoredVolume.of(volume.storagePoolLookupByVolume().name(), xml, format)


def stored_file(host: "LibvirtConnection", path: str, format: str | None = None) -> StoredVolume:
    """The volume at a path, as its file is now; ``format`` as its machine's definition states it. Raises ``HostError`` where it lies in no pool: libvirt could not send it."""
    found = host.call(f"look at {path}", lambda libvirt: fresh(libvirt, path, format), repeatable=True)
    if found is None:
        folder = path.rpartition("/")[0]
        raise HostError(
            f"{path} lies in no storage pool of {host.name}",
            hint=f"libvirt reads what is in pools; on the host:\n    virsh pool-create-as NAME dir --target {folder}",
        )
    return found


def fresh(libvirt: "virConnect", path: str, format: str | None = None) -> StoredVolume | None:
    """Likewise; None where it lies in no pool, or is gone."""
    volume = volume_in_folder(libvirt, path)
    if volume is None:
        return None
    refresh(volume.storagePoolLookupByVolume())
    return stored_at(libvirt, path, format)


def stored(libvirt: "virConnect", reference: str, path: str) -> StoredVolume:
    """Raises ``HostError`` where there is none; ``path`` is the field that names it."""
    found = stored_at(libvirt, reference)
    if found is None:
        raise HostError(
            f"the host has no volume {reference} in any of its active pools",
            where=Where(path=path),
            hint="see what it has:\n    virsh pool-list --all\n    virsh vol-list default",
        )
    return found


def users_of(libvirt: "virConnect", path: str) -> list[str]:
    """The machines whose XML names the file, and the volumes that are layers over it."""
    machines = [each.name() for each, xml in described(libvirt.listAllDomains()) if _names(xml, path)]
    layers = []
    for pool in libvirt.listAllStoragePools(2):  # active
        for _, xml in described(volumes_of(pool)):
            found = StoredVolume.of(pool.name(), xml)
            if found.backing == path:
                layers.append(found.reference)
    return [*sorted(machines), *sorted(layers)]


def _names(xml: str, path: str) -> bool:
    from virtwright.providers.libvirt.xml import from_text

    if path.rpartition("/")[2] not in xml:
        return False
    return any(path in each.attrib.values() for each in from_text(xml).iter())

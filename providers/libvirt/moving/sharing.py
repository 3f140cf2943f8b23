"""Whether two hosts see one folder: then what lies in it is on both, and must be neither copied nor removed."""

from typing import TYPE_CHECKING, Final

from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.pools import refresh
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStorageVol

_PROBE: Final = "virtwright-probe-"


def is_shared(here: LibvirtConnection, there: LibvirtConnection, folder: str, token: str) -> bool:
    """Whether the folder is the same on both: an empty file that is made there is seen here. ``token`` is of the
    operation that asks, so that two don't meet."""
    probe = f"{folder}/{_PROBE}{token[:12]}"
    made = there.call(f"look whether {folder} is shared", lambda libvirt: _make(libvirt, probe))
    if not made:
        return False
    try:
        return here.call(
            f"look whether {folder} is shared", lambda libvirt: _found(libvirt, probe) is not None, repeatable=True
        )
    finally:
        there.call(f"look whether {folder} is shared", lambda libvirt: _remove(libvirt, probe))


def _make(libvirt: "virConnect", probe: str) -> bool:
    folder, _, name = probe.rpartition("/")
    pool = or_none(lambda: libvirt.storagePoolLookupByTargetPath(folder))
    if pool is None or not pool.isActive() or libvirt.getType() == "TEST":
        return False
    _remove(libvirt, probe)
    pool.createXML(to_text(volume_xml(name, 0, "raw")), 0)
    return True


def _found(libvirt: "virConnect", probe: str) -> "virStorageVol | None":
    folder = probe.rpartition("/")[0]
    pool = or_none(lambda: libvirt.storagePoolLookupByTargetPath(folder))
    if pool is None or not pool.isActive():
        return None
    refresh(pool)
    return or_none(lambda: libvirt.storageVolLookupByPath(probe))


def _remove(libvirt: "virConnect", probe: str) -> None:
    if (volume := _found(libvirt, probe)) is not None:
        volume.delete(0)

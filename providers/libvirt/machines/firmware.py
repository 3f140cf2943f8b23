"""The variables of a machine's UEFI: a small file of libvirt's, read and written through libvirt."""

from typing import TYPE_CHECKING, Final

from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.folders import in_folder
from virtwright.providers.libvirt.storage.receiving import receive
from virtwright.providers.libvirt.storage.streams import send_all, uploading
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool, virStorageVol

_POOL: Final = "virtwright-firmware"


class Whole:
    """A small file in memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    def data(self, data: bytes) -> None:
        self.content += data

    def hole(self, length: int) -> None:
        self.content += bytes(length)


def read_variables(libvirt: "virConnect", path: str, context: Context) -> bytes | None:
    """None where it never ran."""

    def read(pool: "virStoragePool") -> bytes | None:
        volume = _there(pool, path)
        if volume is None:
            return None
        found = Whole()
        receive(volume, found, context, "read its firmware's variables")
        return bytes(found.content)

    return in_folder(libvirt, _folder(path), _POOL, read)


def has_variables(libvirt: "virConnect", path: str) -> bool:
    """Whether there is such a file, of whatever machine: it would go with each that names it."""
    return in_folder(libvirt, _folder(path), _POOL, lambda pool: _there(pool, path) is not None)


def write_variables(libvirt: "virConnect", path: str, content: bytes) -> None:
    """Over those that are there."""

    def write(pool: "virStoragePool") -> None:
        if (old := _there(pool, path)) is not None:
            old.delete(0)
        volume = pool.createXML(to_text(volume_xml(path.rpartition("/")[2], len(content), "raw")), 0)
        with uploading(volume, length=len(content), sparse=False) as stream:
            send_all(stream, content)

    in_folder(libvirt, _folder(path), _POOL, write)


def _there(pool: "virStoragePool", path: str) -> "virStorageVol | None":
    return or_none(lambda: pool.storageVolLookupByName(path.rpartition("/")[2]))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]

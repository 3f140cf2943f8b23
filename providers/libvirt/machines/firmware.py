"""The variables of a machine's UEFI: a small file of libvirt's, read and written through libvirt."""

from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.folders import folder_pool
from virtwright.providers.libvirt.storage.receiving import receive
from virtwright.providers.libvirt.storage.streams import send_all, uploading
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect

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
    folder, _, name = path.rpartition("/")
    with folder_pool(libvirt, folder, _POOL) as pool:
        volume = or_none(lambda: pool.storageVolLookupByName(name))
        if volume is None:
            return None
        found = Whole()
        receive(volume, found, context, "read its firmware's variables")
        return bytes(found.content)


def check_no_variables(libvirt: "virConnect", path: str) -> None:
    """Raises ``HostError`` where there is such a file: it would go with the machine that names it."""
    folder, _, name = path.rpartition("/")
    with folder_pool(libvirt, folder, _POOL) as pool:
        if or_none(lambda: pool.storageVolLookupByName(name)) is not None:
            raise HostError(f"there is a file {path} already", hint="it is another machine's; choose another --name")


def write_variables(libvirt: "virConnect", path: str, content: bytes) -> None:
    """Over those that are there."""
    folder, _, name = path.rpartition("/")
    with folder_pool(libvirt, folder, _POOL) as pool:
        old = or_none(lambda: pool.storageVolLookupByName(name))
        if old is not None:
            old.delete(0)
        volume = pool.createXML(to_text(volume_xml(name, len(content), "raw")), 0)
        with uploading(volume, length=len(content), sparse=False) as stream:
            send_all(stream, content)

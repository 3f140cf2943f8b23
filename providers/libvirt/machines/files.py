"""The files behind a machine's disks: volumes and images that are there, and what is the machine's own: its disks, and the seed of
cloud-init."""

from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.storage.volume import FORMATS
from virtwright.schemas.storage import Disk

if TYPE_CHECKING:
    from libvirt import virConnect

    from virtwright.providers.libvirt.storage.volume import StoredVolume

_COPY: Final = 600.0
"""Seconds that making or sending a file may take."""


class Files:
    """Storage of one host, as machines use it."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection

    def volume(self, name: str) -> Source:
        """Of a volume of the stack, by its name on the host. Raises ``HostError`` where it is not there."""
        return self._source(self._stored(name, "volume"))

    def image(self, reference: str) -> Source:
        """Of an image of the stack, or a path of the host. Raises ``HostError`` where no pool of the host has it: its format
        would have to be guessed."""
        return self._source(self._stored(reference, "image"))

    def folder(self) -> str:
        """Where the machines' own files lie."""
        return self._libvirt.call("look at the default pool", _folder, repeatable=True)

    def make(self, path: str, disk: Disk, format: str, backing: Source | None, context: Context) -> None:
        """Make a disk of a machine's own: a layer over its image where it has one, or a copy, as a raw disk can be no layer. Raises ``LibvirtError`` where such a file is there: it
        is somebody's."""
        below = self._stored(backing.path, "image") if backing is not None else None
        least = below.capacity if below is not None else 0
        if disk.size is not None and disk.size < least:
            raise HostError(
                f"a disk of {disk.size} bytes is smaller than its image, which has {least}", hint=f"    size: {least}B"
            )
        name = path.rpartition("/")[2]
        context.progress(f"making the disk {name}")
        self._libvirt.call(
            f"make the disk {name}",
            lambda libvirt: _make(libvirt, name, disk.size or least, format, below),
            context,
            timeout=_COPY,
        )

    def put(self, path: str, content: bytes, context: Context) -> None:
        """Write a small file, over what it holds."""
        name = path.rpartition("/")[2]
        self._libvirt.call(f"write {name}", lambda libvirt: _put(libvirt, name, content), context, timeout=_COPY)

    def is_there(self, path: str) -> bool:
        """Also where it came into the folder since libvirt last looked."""
        return self._libvirt.call(f"look for {path}", lambda libvirt: _has(libvirt, path), repeatable=True)

    def remove(self, path: str, context: Context) -> None:
        """What is gone is fine."""
        try:
            self._libvirt.call(f"remove {path}", lambda libvirt: _remove(libvirt, path), context, timeout=_COPY)
        except GoneError:
            return

    def _stored(self, name: str, what: str) -> "StoredVolume":
        from virtwright.providers.libvirt.storage.lookup import stored_at

        found = self._libvirt.call(
            f"look for the {what} {name}", lambda libvirt: stored_at(libvirt, name), repeatable=True
        )
        if found is None:
            raise HostError(
                f"no pool of this host has the {what} {name}",
                hint="see what it has:\n    virsh pool-list --all\n    virsh vol-list default",
            )
        return found

    def _source(self, found: "StoredVolume") -> Source:
        """What nobody has called qcow2 may be so as its guest has written, or who made the image. Raises ``ImageError`` where that
        reaches for other files of the host."""
        if not found.stated:
            self._libvirt.call(f"look into {found.path}", lambda libvirt: _check(libvirt, found), repeatable=True)
        return Source(found.path, found.format if found.format in FORMATS else "raw", found.block)


def _check(libvirt: "virConnect", found: "StoredVolume") -> None:
    from virtwright.providers.libvirt.storage.content import checked

    checked(libvirt, found)


def _folder(libvirt: "virConnect") -> str:
    from virtwright.providers.libvirt.storage.pools import default_pool, folder_of

    return folder_of(default_pool(libvirt))


def _make(libvirt: "virConnect", name: str, size: int, format: str, backing: "StoredVolume | None") -> None:
    from virtwright.providers.libvirt.storage.content import checked
    from virtwright.providers.libvirt.storage.pools import pool_named
    from virtwright.providers.libvirt.storage.volume import rounded, volume_xml
    from virtwright.providers.libvirt.xml import to_text

    pool = pool_named(libvirt, None)
    if backing is None or format != "raw":
        pool.createXML(to_text(volume_xml(name, rounded(size), format, backing=backing)), 0)
        return
    origin = checked(libvirt, backing)
    made = pool.createXMLFrom(to_text(volume_xml(name, rounded(size), format)), origin, 0)
    if made.info()[1] < rounded(size):
        made.resize(rounded(size))


def _put(libvirt: "virConnect", name: str, content: bytes) -> None:
    from virtwright.providers.libvirt.connection.errors import or_none
    from virtwright.providers.libvirt.storage.pools import pool_named
    from virtwright.providers.libvirt.storage.streams import send_all, uploading
    from virtwright.providers.libvirt.storage.volume import volume_xml
    from virtwright.providers.libvirt.xml import to_text

    pool = pool_named(libvirt, None)
    volume = or_none(lambda: pool.storageVolLookupByName(name))
    if volume is None or volume.info()[1] != len(content):
        if volume is not None:
            volume.delete(0)
        volume = pool.createXML(to_text(volume_xml(name, len(content), "raw")), 0)
    if libvirt.getType() == "TEST":
        return  # its volumes hold nothing
    with uploading(volume, length=len(content), sparse=False) as stream:
        send_all(stream, content)


def _has(libvirt: "virConnect", path: str) -> bool:
    from virtwright.providers.libvirt.storage.lookup import volume_in_folder

    return volume_in_folder(libvirt, path) is not None


def _remove(libvirt: "virConnect", path: str) -> None:
    from virtwright.providers.libvirt.storage.lookup import volume_in_folder

    volume = volume_in_folder(libvirt, path)
    if volume is not None:
        volume.delete(0)

"""A file of one host sent to another, through both libvirts and the machine between them, and held against its origin there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none, translated
from virtwright.providers.libvirt.moving.digest import Digest
from virtwright.providers.libvirt.storage.flattening import whole
from virtwright.providers.libvirt.storage.lookup import stored_file
from virtwright.providers.libvirt.storage.pools import keeps_files, refresh
from virtwright.providers.libvirt.storage.receiving import receive
from virtwright.providers.libvirt.storage.streams import abort, has_holes, open_upload, send_all
from virtwright.providers.libvirt.storage.volume import StoredVolume, volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStorageVol

STEP: Final = "libvirt.move"
"""The failpoint after each call of a move that changes a host."""
_FLAT: Final = ".moving"
"""Ends the name of the copy of a layer with all that it shows."""


class Copier:
    """From one host to another."""

    def __init__(self, here: LibvirtConnection, there: LibvirtConnection) -> None:
        self._here = here
        self._there = there

    def copy(self, origin: StoredVolume, pool: str, name: str, context: Context, *, flatten: bool = False) -> None:
        """Make the file ``name`` in that pool there, over one that has this name. ``flatten``: the origin is a layer, and becomes
        a whole. Raises ``HostError`` where what arrived is not what was sent."""
        what = f"copy {origin.reference} to {self._there.name}"

        def work(there: "virConnect") -> str:
            made = _made(there, origin, pool, name)
            reach(STEP)
            if there.getType() == "TEST":
                return ""  # its volumes hold nothing
            return self._sent(origin, _Upload(made, self._there, what), context, what, flatten=flatten)

        sent = self._there.call(what, work, context, timeout=FOREVER)
        reach(STEP)
        arrived = self._digest(pool, name, context) if sent else ""
        if sent != arrived:
            raise HostError(
                f"{origin.reference} did not arrive on {self._there.name} as it was sent; it stays where it is",
                hint="a disk or the memory of one of the hosts may be faulty; apply again",
            )

    def make(self, origin: StoredVolume, pool: str, name: str, context: Context, *, layer: bool) -> None:
        """An empty file that can take what the origin shows. ``layer``: over the same image."""
        below = stored_file(self._there, origin.backing) if layer and origin.backing is not None else None
        xml = to_text(volume_xml(name, origin.capacity, origin.format, backing=below))
        what = f"make {name} on {self._there.name}"
        self._there.call(what, lambda libvirt: libvirt.storagePoolLookupByName(pool).createXML(xml, 0), context)
        reach(STEP)

    def _sent(self, origin: StoredVolume, upload: "_Upload", context: Context, what: str, *, flatten: bool) -> str:
        digest, copy = Digest(), flat_name(origin.name) if flatten else None

        def work(here: "virConnect") -> None:
            with whole(here, origin, copy) as volume, upload:
                receive(volume, _Both(digest, upload), context, what)

        self._here.call(what, work, context, timeout=FOREVER)
        return digest.finish()

    def _digest(self, pool: str, name: str, context: Context) -> str:
        digest, what = Digest(), f"check {name} on {self._there.name}"

        def work(there: "virConnect") -> None:
            where = there.storagePoolLookupByName(pool)
            refresh(where)
            volume = where.storageVolLookupByName(name)
            receive(volume, digest, context, what)

        self._there.call(what, work, context, timeout=FOREVER)
        return digest.finish()


def flat_name(name: str) -> str:
    """Of the copy that is made, for a while, of a layer called ``name``."""
    return f"{name}{_FLAT}"


def _made(there: "virConnect", origin: StoredVolume, pool: str, name: str) -> "virStorageVol":
    """Empty, so that the holes of what is sent are zeros."""
    where = there.storagePoolLookupByName(pool)
    refresh(where)
    if (old := or_none(lambda: where.storageVolLookupByName(name))) is not None:
        old.delete(0)
    files = keeps_files(where)
    size = 0 if files and there.getType() != "TEST" else origin.capacity
    return where.createXML(to_text(volume_xml(name, size, "raw" if files else None)), 0)


class _Upload:
    """A stream into a new volume. libvirt's errors are told as the other host's."""

    def __init__(self, volume: "virStorageVol", host: LibvirtConnection, what: str) -> None:
        self._volume, self._host, self._what = volume, host, what
        self._stream: Any = None

    def __enter__(self) -> None:
        self._stream = self._try(lambda: open_upload(self._volume, sparse=has_holes(self._volume)))

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._try(self._stream.finish)
        else:
            abort(self._stream)

    def data(self, data: bytes) -> None:
        self._try(lambda: send_all(self._stream, data))

    def hole(self, length: int) -> None:
        self._try(lambda: self._stream.sendHole(length))

    def _try(self, work: Callable[[], Any]) -> Any:
        from virtwright.providers.libvirt.connection.library import libvirt

        try:
            return work()
        except libvirt.libvirtError as error:
            raise translated(self._what, self._host.address, error) from error


class _Both:
    """Takes in what two take in."""

    def __init__(self, digest: Digest, upload: _Upload) -> None:
        self._all = (digest, upload)

    def data(self, data: bytes) -> None:
        for each in self._all:
            each.data(data)

    def hole(self, length: int) -> None:
        for each in self._all:
            each.hole(length)

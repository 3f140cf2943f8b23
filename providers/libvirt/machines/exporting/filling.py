"""A file's disks written on the host, through streams of libvirt, their holes as holes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from virtwright.providers.context import Context
from virtwright.providers.exports.manifest import SavedFile
from virtwright.providers.libvirt.storage.pools import pool_named, refresh
from virtwright.providers.libvirt.storage.streams import CHUNK, may_go_on, uploading
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStream


def fill(
    libvirt: "virConnect",
    path: str,
    saved: SavedFile,
    chunks: Iterable[tuple[int, bytes]],
    context: Context,
    what: str,
) -> None:
    """Make the volume in the default pool, and fill it. Raises ``ConflictError`` where there is such a file."""
    pool = pool_named(libvirt, None)
    refresh(pool)  # where libvirt has not seen a file yet, it fails to make it and then deletes it
    volume = pool.createXML(to_text(volume_xml(path.rpartition("/")[2], saved.length, "raw")), 0)
    with uploading(volume, length=saved.length, sparse=True) as stream:
        _send(stream, saved, chunks, context, what)
    refresh(pool)


def _send(
    stream: "virStream", saved: SavedFile, chunks: Iterable[tuple[int, bytes]], context: Context, what: str
) -> None:
    here, done, whole = 0, 0, max(1, saved.stored)
    for offset, data in chunks:
        if offset > here:
            stream.sendHole(offset - here)
        view = memoryview(data)
        while view:
            may_go_on(context, what)
            view = view[stream.send(bytes(view[:CHUNK])) :]
        here = offset + len(data)
        done += len(data)
        context.progress(what, min(1.0, done / whole))
    if here < saved.length:
        stream.sendHole(saved.length - here)

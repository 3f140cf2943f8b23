"""A file's disks written on the host, through streams of libvirt, their holes as holes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from virtwright.errors import WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.exports.manifest import SavedFile
from virtwright.providers.libvirt.storage.pools import pool_named, refresh
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStream

_CHUNK: Final = 256 * 1024
_SPARSE: Final = 1
"""VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM."""


def fill(
    libvirt: "virConnect",
    path: str,
    saved: SavedFile,
    chunks: Iterable[tuple[int, bytes]],
    context: Context,
    what: str,
) -> None:
    """Make the volume in the default pool, and fill it."""
    pool = pool_named(libvirt, None)
    volume = pool.createXML(to_text(volume_xml(path.rpartition("/")[2], saved.length, "raw")), 0)
    stream = libvirt.newStream()
    volume.upload(stream, 0, saved.length, _SPARSE)
    try:
        _send(stream, saved, chunks, context, what)
        stream.finish()
    except BaseException:
        _abort(stream)
        raise
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
            context.check()
            if context.remaining() <= 0:
                raise WaitTimeoutError(f"could not finish {what} in time")
            view = view[stream.send(bytes(view[:_CHUNK])) :]
        here = offset + len(data)
        done += len(data)
        context.progress(what, min(1.0, done / whole))
    if here < saved.length:
        stream.sendHole(saved.length - here)


def _abort(stream: "virStream") -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        stream.abort()
    except lib.libvirtError:
        return  # it was over already

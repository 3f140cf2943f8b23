"""A file's disks written on the host, through streams of libvirt, their holes as holes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.exports.manifest import SavedFile
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.folders import folder_pool
from virtwright.providers.libvirt.storage.pools import pool_named, refresh
from virtwright.providers.libvirt.storage.volume import volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStream

_CHUNK: Final = 256 * 1024
_SPARSE: Final = 1
"""VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM."""
_FIRMWARE_POOL: Final = "virtwright-firmware"


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


def put_firmware(libvirt: "virConnect", path: str, content: bytes) -> None:
    folder, _, name = path.rpartition("/")
    with folder_pool(libvirt, folder, _FIRMWARE_POOL) as pool:
        if or_none(lambda: pool.storageVolLookupByName(name)) is not None:
            raise HostError(f"there is a file {path} already", hint="it is another machine's; choose another --name")
        volume = pool.createXML(to_text(volume_xml(name, len(content), "raw")), 0)
        stream = libvirt.newStream()
        volume.upload(stream, 0, len(content), 0)
        view = memoryview(content)
        while view:
            view = view[stream.send(bytes(view[:_CHUNK])) :]
        stream.finish()


def _abort(stream: "virStream") -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        stream.abort()
    except lib.libvirtError:
        return  # it was over already

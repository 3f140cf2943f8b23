"""Streams of libvirt, through which files go to a host and come from it, in pieces that its protocol takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from virtwright.errors import WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.storage.volume import is_device

if TYPE_CHECKING:
    from libvirt import virStorageVol, virStream

CHUNK: Final = 256 * 1024
"""Bytes: as much as one message of libvirt's protocol takes."""
_SPARSE: Final = 1
"""VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM."""
_BLOCK: Final = 1
"""VIR_STORAGE_VOL_BLOCK."""


def has_holes(volume: "virStorageVol") -> bool:
    """Whether its file can have some: a block device has none."""
    return not is_device(volume.path(), block=volume.info()[0] == _BLOCK)


@contextmanager
def uploading(volume: "virStorageVol", *, length: int = 0, sparse: bool) -> "Iterator[virStream]":
    """A stream into the volume's file, from its beginning. It is finished at the end, and given up where something is raised.
    ``length``: the most bytes that it takes, or 0; ``sparse``: it takes holes."""
    stream = open_upload(volume, length=length, sparse=sparse)
    try:
        yield stream
        stream.finish()
    except BaseException:
        abort(stream)
        raise


def open_upload(volume: "virStorageVol", *, length: int = 0, sparse: bool) -> "virStream":
    """Likewise, for who finishes it, or gives it up, elsewhere."""
    stream: virStream = volume.connect().newStream()
    volume.upload(stream, 0, length, _SPARSE if sparse else 0)
    return stream


def send_all(stream: "virStream", data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.send(bytes(view[:CHUNK])) :]


def may_go_on(context: Context, what: str) -> None:
    """Raises ``CancelledError``, and ``WaitTimeoutError`` at the deadline. ``what`` is being done: ``send the image``."""
    context.check()
    if context.remaining() <= 0:
        raise WaitTimeoutError(f"could not {what} in time", hint="give the resource a longer timeout")


def abort(stream: "virStream") -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        stream.abort()
    except lib.libvirtError:
        return  # it was over already

"""A volume of the host received through a stream of libvirt, its holes as holes."""

from typing import TYPE_CHECKING, Final, Protocol

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.storage.streams import CHUNK, abort, has_holes, may_go_on

if TYPE_CHECKING:
    from libvirt import virStorageVol, virStream

_STOP_AT_HOLE: Final = 1
"""VIR_STREAM_RECV_STOP_AT_HOLE."""
_A_HOLE: Final = -3


class Sink(Protocol):
    """What takes a file in, from its beginning to its end."""

    def data(self, data: bytes) -> None: ...
    def hole(self, length: int) -> None: ...


def receive(volume: "virStorageVol", sink: Sink, context: Context, what: str) -> None:
    """All of the volume. Raises ``CancelledError``, ``WaitTimeoutError`` at the deadline, what ``sink`` raises, and libvirt's
    errors."""
    sparse = has_holes(volume)
    stream = volume.connect().newStream()
    volume.download(stream, 0, 0, 1 if sparse else 0)  # VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM
    whole = max(1, volume.info()[2])
    try:
        _receive(stream, sink, context, what, whole, sparse=sparse)
        stream.finish()
    except BaseException:
        abort(stream)
        raise


def beginning(volume: "virStorageVol", length: int) -> bytes:
    """Its first bytes: fewer where it is smaller."""
    stream = volume.connect().newStream()
    volume.download(stream, 0, length, 0)
    data = b""
    while chunk := stream.recv(length):
        data += chunk
    stream.finish()
    return data


def _receive(stream: "virStream", sink: Sink, context: Context, what: str, whole: int, *, sparse: bool) -> None:
    done = 0
    while True:
        may_go_on(context, what)
        data = stream.recvFlags(CHUNK, _STOP_AT_HOLE) if sparse else stream.recv(CHUNK)
        if data == _A_HOLE:
            sink.hole(stream.recvHole())
        elif isinstance(data, int):
            raise HostError(f"could not {what}: libvirt broke the stream off")
        elif data:
            sink.data(data)
            done += len(data)
            context.progress(what, min(1.0, done / whole))
        else:
            return

"""A local file sent through a stream of libvirt, its holes as holes."""

import os
from typing import TYPE_CHECKING

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.storage.streams import CHUNK, may_go_on, send_all

if TYPE_CHECKING:
    from libvirt import virStream


def send(stream: "virStream", file: int, context: Context, what: str) -> None:
    """All of the file behind the descriptor. ``what`` is being done, for who watches. Raises ``CancelledError``,
    ``WaitTimeoutError`` at the deadline, and libvirt's errors."""
    size = os.fstat(file).st_size
    here = 0
    while here < size:
        data = _sought(file, here, os.SEEK_DATA, size)
        if data > here:
            stream.sendHole(data - here)
        end = _sought(file, data, os.SEEK_HOLE, size)
        os.lseek(file, data, os.SEEK_SET)
        while data < end:
            may_go_on(context, what)
            data += _send_chunk(stream, os.read(file, min(CHUNK, end - data)))
            context.progress(what, data / size)
        here = max(data, end)


def _send_chunk(stream: "virStream", data: bytes) -> int:
    if not data:
        raise HostError("the file became shorter while it was sent", hint="apply again when nobody writes it")
    send_all(stream, data)
    return len(data)


def _sought(file: int, here: int, way: int, end: int) -> int:
    """The next place with data, or without; the end where there is none."""
    if here >= end:
        return end
    try:
        return os.lseek(file, here, way)
    except OSError:
        return end

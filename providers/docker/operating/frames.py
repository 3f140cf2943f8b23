"""The stream of a container without a terminal: frames of standard output and standard error. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from virtwright.providers.base import LogLine

Read = Callable[[int], bytes]
"""At most so many bytes; empty at the end."""
_HEADER: Final = struct.Struct(">BxxxL")
_ERRORS: Final = 2
_CHUNK: Final = 65536


def frames(read: Read) -> Iterator[tuple[str, bytes]]:
    """(stream, data) as they come, a large frame in parts. One that is cut short at the end is given as far as it came."""
    while len(header := _exactly(read, _HEADER.size)) == _HEADER.size:
        number, left = _HEADER.unpack(header)
        while left and (data := read(min(left, _CHUNK))):
            left -= len(data)
            yield "stderr" if number == _ERRORS else "stdout", data


def terminal(read: Read) -> Iterator[tuple[str, bytes]]:
    """The same for a container with a terminal, which has one stream and no frames."""
    while data := read(_CHUNK):
        yield "stdout", data


def lines(parts: Iterator[tuple[str, bytes]]) -> Iterator[LogLine]:
    """Lines, each of which begins with its time: ``timestamps=1``."""
    left: dict[str, bytes] = {}
    for stream, data in parts:
        *whole, rest = (left.pop(stream, b"") + data).split(b"\n")
        yield from (_line(stream, each) for each in whole)
        if rest:
            left[stream] = rest
    yield from (_line(stream, rest) for stream, rest in left.items())


def _line(stream: str, data: bytes) -> LogLine:
    time, _, text = data.decode(errors="replace").rstrip("\r").partition(" ")
    return LogLine(time, stream, text)


def _exactly(read: Read, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = read(size - len(data))
        if not part:
            break
        data += part
    return data

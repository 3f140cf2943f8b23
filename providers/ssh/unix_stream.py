"""A stream to a unix socket on the host that can be used where a connected socket is expected."""

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self

from virtwright.providers.ssh.line import Line

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]

    from paramiko import Channel

_HEADERS_END = b"\r\n\r\n"


class Ties(Protocol):
    """What a stream holds on to besides its channel."""

    def rest(self) -> None: ...

    def wake(self) -> bool: ...

    def release(self) -> bool:
        """The stream is over. False: its channel serves somebody else by now, or is closed."""
        ...


class Free:
    """The ties of a forwarded channel: none. OpenSSH does not count it as a session."""

    def rest(self) -> None:
        return None

    def wake(self) -> bool:
        return True

    def release(self) -> bool:
        return True


class UnixStream:
    """Methods are those of ``socket.socket``. Time-outs raise ``TimeoutError``, and a line that broke ``ConnectionResetError``:
    it never looks like the stream's proper end."""

    def __init__(self, line: Line, channel: "Channel", ties: Ties) -> None:
        self._line = line
        self._channel = channel
        self._ties = ties
        self._readers = 0
        self._closing = False
        self._closed = False

    def rest(self) -> None:
        """Nothing is under way: the stream may be closed where somebody else needs its session."""
        self._ties.rest()

    def wake(self) -> bool:
        """It is needed again. False: it was closed meanwhile, or its line is gone."""
        return self._ties.wake() and self._line.alive and not self._channel.closed

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = self._channel.recv(size)
        if not data and size and not self._channel.eof_received:
            raise ConnectionResetError(str(self._line.broken(sent=True)))
        return data

    def peek(self) -> bytes:
        """What has come and was not received yet."""
        pipe: Any = self._channel.in_buffer
        with pipe._lock:
            return bytes(pipe._buffer.tobytes())

    def recv_into(self, buffer: "Buffer", size: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer)
        data = self.recv(size or len(view))
        view[: len(data)] = data
        return len(data)

    def send(self, data: "Buffer", flags: int = 0) -> int:
        try:
            return self._channel.send(bytes(data))
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:  # the second is paramiko's where the line has broken
            raise BrokenPipeError(str(error) or "the stream is closed") from error

    def sendall(self, data: "Buffer", flags: int = 0) -> None:
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def settimeout(self, seconds: float | None) -> None:
        self._channel.settimeout(seconds)

    def gettimeout(self) -> float | None:
        timeout: float | None = self._channel.gettimeout()
        return timeout

    def setblocking(self, flag: bool) -> None:
        self._channel.setblocking(flag)

    def setsockopt(self, *_: Any) -> None:
        """A channel has no options."""

    def fileno(self) -> int:
        """Readable where there is something to receive. Writing never shows."""
        return self._channel.fileno()

    def shutdown(self, how: int) -> None:
        try:
            self._channel.shutdown(how)
        except EOFError as error:
            raise ConnectionResetError(str(self._line.broken(sent=True))) from error

    def makefile(self, mode: str = "r", buffering: int | None = None, **_: Any) -> io.BufferedReader:
        """For reading bytes, which is what HTTP needs. The channel stays open until the file is closed, too."""
        if "r" not in mode or "w" in mode:
            raise ValueError(f"a stream gives no file of mode {mode!r}")
        self._readers += 1
        return io.BufferedReader(StreamReader(self))

    def close(self) -> None:
        self._closing = True
        self._end_if_unused()

    def reader_closed(self) -> None:
        self._readers -= 1
        self._end_if_unused()

    def _end_if_unused(self) -> None:
        if self._closing and self._readers <= 0 and not self._closed:
            self._closed = True
            if self._ties.release():
                with suppress(EOFError):  # the line has broken, and the channel with it
                    self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class StreamReader(io.RawIOBase):
    """What ``socket.SocketIO`` is for a socket: the raw side of ``makefile``, through which HTTP clients reach the stream. It
    stops once at an empty line, so that what follows the headers of an answer is not read ahead: where the connection is
    taken over then, it would be lost."""

    def __init__(self, stream: UnixStream) -> None:
        super().__init__()
        self._sock = stream
        self._last: bytes | None = b""
        """The last bytes of the headers; None after them."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        view = memoryview(buffer)
        data = self._sock.recv(len(view) if self._last is None else 1)
        if self._last is not None and data:
            data += self._rest_of_headers(self._last + data, len(view) - 1)
        view[: len(data)] = data
        return len(data)

    def _rest_of_headers(self, seen: bytes, most: int) -> bytes:
        """What has come besides, up to the headers' end."""
        there = self._sock.peek()[:most]
        end = (seen + there).find(_HEADERS_END)
        size = len(there) if end < 0 else end + len(_HEADERS_END) - len(seen)
        rest = self._sock.recv(size) if size > 0 else b""
        self._last = None if end >= 0 else (seen + rest)[-len(_HEADERS_END) + 1 :]
        return rest

    def recv(self, size: int) -> bytes:
        return self._sock.recv(size)

    def sendall(self, data: "Buffer") -> None:
        self._sock.sendall(data)

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._sock.reader_closed()

"""The operator's end of a program that runs inside: what it writes comes to the standard streams here, what is typed and each
signal go there. The program never holds what the operator holds."""

import fcntl
import json
import os
import select
import signal
import socket
import stat
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from types import FrameType
from typing import Final, NamedTuple, Self

from virtwright.errors import HostError
from virtwright.terminal import raw

_CHUNK: Final = 65536
_LISTENING: Final = b"\0"
"""Sent to the keeper when signals and the terminal are ready: the program begins then. No signal has this number."""
_LAST: Final = 1024 * 1024
"""Bytes that are still passed on when the program has ended; what it left behind might write for ever."""
_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_CONTROL_D: Final = b"\x04"


def size() -> tuple[int, int]:
    """Rows and columns of the operator's terminal."""
    for fd in (0, 1, 2):
        with suppress(OSError):
            found = os.get_terminal_size(fd)
            return found.lines, found.columns
    return 24, 80


def relay(link: socket.socket, *, interactive: bool, tty: bool) -> int | None:
    """Until the program has ended: its exit status; None where its keeper at the other end of ``link`` died.

    Raises ``HostError`` where what it wrote can't be written here."""
    data, fds, _, _ = socket.recv_fds(link, _CHUNK, 3)
    message = json.loads(data) if data else {}
    if "streams" not in message:
        return _ended(message)
    with (
        _Relay(link, fds, interactive=interactive, tty=tty) as lines,
        _signals(link, lines.resize if tty else None) as woken,
    ):
        typed = interactive and tty and os.isatty(0)
        with raw(0) if typed else nullcontext():
            with suppress(OSError):  # it has ended: that is read next
                link.send(_LISTENING)
            message = lines.run(woken)
    lines.check()
    return _ended(message)


def _received(link: socket.socket) -> bytes:
    """Empty where the keeper is gone. One that ends before it has read everything leaves an error, which comes once, before
    what it told."""
    with suppress(ConnectionError):
        return link.recv(_CHUNK)
    with suppress(ConnectionError):
        return link.recv(_CHUNK)
    return b""


def _ended(message: dict[str, object]) -> int | None:
    if "error" in message:
        os.write(2, f"{message['error']}\n".encode())
    status = message.get("status")
    return status if isinstance(status, int) else None


@contextmanager
def _signals(link: socket.socket, resize: Callable[[], None] | None) -> Iterator[int]:
    """Signals that this process gets are the program's. What is ignored here (as ``nohup`` does) is not passed on.

    Yields a file descriptor that can be read when there is a signal: one that comes just before a poll does not end it."""

    def forward(number: int, _: FrameType | None) -> None:
        with suppress(OSError):  # it has ended
            link.send(bytes([number]), socket.MSG_DONTWAIT)

    handlers: dict[int, Callable[[int, FrameType | None], None]] = dict.fromkeys(_FORWARDED, forward)
    if resize is not None:
        handlers[signal.SIGWINCH] = lambda *_: resize()
    if threading.current_thread() is not threading.main_thread():
        handlers = {}  # nobody else may have handlers
    heard = [number for number in handlers if signal.getsignal(number) != signal.SIG_IGN]
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    outer = signal.set_wakeup_fd(wake, warn_on_full_buffer=False) if handlers else -1
    before = {number: signal.signal(number, handlers[number]) for number in heard}
    try:
        yield woken
    finally:
        if handlers:
            signal.set_wakeup_fd(outer)
        for fd in (woken, wake):
            os.close(fd)
        for number, handler in before.items():
            signal.signal(number, handler)


class _Event(NamedTuple):
    """A file descriptor and what must be possible there."""

    fd: int
    mask: int


class Channel:
    """Bytes from one file descriptor to another. It holds at most one reading, so that who writes must wait for who reads."""

    def __init__(self, source: int, target: int, finish: Callable[[], None], ending: bytes = b"") -> None:
        """``finish`` is called once, at the end; ``ending`` is written where the source ends."""
        self.source = source
        self.target = target
        self.open = True
        self.failure: OSError | None = None
        self._finish = finish
        self._ending = ending
        self._data = b""
        self._most = _CHUNK if _never_blocks(target) else select.PIPE_BUF
        """Bytes that are written at once: where it might block, what surely does not."""
        self._left: int | None = None
        """How much more is read; None: all."""

    @property
    def waits_for(self) -> _Event:
        return _Event(self.target, select.POLLOUT) if self._data else _Event(self.source, select.POLLIN)

    @property
    def at_once(self) -> bool:
        """Nothing is waited for: what is not there by now will not come."""
        return self._left is not None and not self._data

    def step(self) -> None:
        if self._data:
            self._write()
        else:
            self._read()

    def drain(self) -> None:
        """Nobody is there any more who would write: pass on what is under way, and close."""
        self._left = _LAST
        with suppress(OSError):
            waiting = struct.unpack("i", fcntl.ioctl(self.source, termios.FIONREAD, b"\0" * 4))[0]
            self._left = max(_LAST, waiting)

    def close(self) -> None:
        if self.open:
            self.open = False
            self._finish()

    def _read(self) -> None:
        try:
            data = os.read(self.source, _CHUNK if self._left is None else min(_CHUNK, self._left))
        except BlockingIOError:
            if self.at_once:
                self.close()
            return
        except OSError:
            data = b""  # a terminal whose other side is closed
        if self._left is not None:
            self._left -= len(data)
        if not data:
            data, self._ending = self._ending, b""
        self._data = data
        if not data:
            self.close()

    def _write(self) -> None:
        try:
            written = os.write(self.target, self._data[: self._most])
        except BlockingIOError:
            return
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.failure = error
            self.close()
            return
        self._data = self._data[written:]


def _never_blocks(fd: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(fd).st_mode) or not os.get_blocking(fd)
    except OSError:
        return True  # it is not open


class _Relay:
    """The channels of one program. A context manager that closes its ends."""

    def __init__(self, link: socket.socket, fds: list[int], *, interactive: bool, tty: bool) -> None:
        self._link = link
        self._fds = set(fds)
        for fd in fds:
            os.set_inheritable(fd, False)
            os.set_blocking(fd, False)
        if tty:
            self._terminal: int | None = fds[0]
            self._outputs = [Channel(fds[0], 1, self._hang_up)]
            self._input = Channel(0, fds[0], lambda: None, _CONTROL_D) if interactive else None
        else:
            self._terminal = None
            self._outputs = [Channel(fd, target, partial(self._close, fd)) for target, fd in enumerate(fds[:2], 1)]
            self._input = Channel(0, fds[2], partial(self._close, fds[2])) if interactive else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in tuple(self._fds):
            self._close(fd)
        self._terminal = None

    def run(self, woken: int) -> dict[str, object]:
        """What the keeper told of the end. ``woken`` can be read when there is a signal, whose handler has been called then."""
        message: dict[str, object] | None = None
        while message is None or any(channel.open for channel in self._outputs):
            ready = self._poll(woken, listen=message is None)
            if woken in ready:
                os.read(woken, _CHUNK)
            for channel in self._channels():
                if channel.open and (channel.at_once or channel.waits_for.fd in ready):
                    channel.step()
            if message is None and self._link.fileno() in ready:
                message = self._told()
                for channel in self._outputs:
                    channel.drain()
        return message

    def resize(self) -> None:
        """The terminal inside is as large as the one here."""
        if self._terminal is not None:
            with suppress(OSError):
                fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size(), 0, 0))

    def check(self) -> None:
        """Raises ``HostError`` where something that the program wrote was lost here."""
        for channel in self._outputs:
            if channel.failure is not None:
                raise HostError(f"could not pass on what the program wrote: {channel.failure.strerror}")

    def _channels(self) -> list[Channel]:
        every = [*self._outputs, *([self._input] if self._input is not None else [])]
        return [channel for channel in every if channel.open]

    def _poll(self, woken: int, *, listen: bool) -> dict[int, int]:
        wanted = {woken: select.POLLIN, **({self._link.fileno(): select.POLLIN} if listen else {})}
        channels = self._channels()
        for channel in channels:
            if not channel.at_once:
                event = channel.waits_for
                wanted[event.fd] = wanted.get(event.fd, 0) | event.mask
        poll = select.poll()
        for fd, events in wanted.items():
            poll.register(fd, events)
        return dict(poll.poll(0 if any(channel.at_once for channel in channels) else None))

    def _told(self) -> dict[str, object]:
        if self._input is not None:
            self._input.close()
        data = _received(self._link)
        found: dict[str, object] = json.loads(data) if data else {}
        return found

    def _hang_up(self) -> None:
        if self._input is not None:
            self._input.close()
        if self._terminal is not None:
            self._close(self._terminal)
            self._terminal = None

    def _close(self, fd: int) -> None:
        if fd in self._fds:
            self._fds.remove(fd)
            os.close(fd)

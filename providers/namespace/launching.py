"""The command line's end of the launcher (``shim/launcher.py``)."""

import atexit
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from virtwright.errors import CancelledError, HostError, VirtwrightError
from virtwright.providers.context import Context
from virtwright.providers.namespace import read_only_start
from virtwright.providers.namespace.sandbox.request import GO, Request, send
from virtwright.schemas.quantities import format_duration

_BUILT_WITHIN: Final = 600.0
"""Seconds in which a sandbox is built, also on a machine that is busy."""
_SHORTEST: Final = 1.0
"""Seconds that it is given in any case."""
_GRACE: Final = 2.0
"""Seconds that it is given when the user has interrupted the run."""
_LOOK: Final = 0.25
"""Seconds between two looks whether that is so."""


class Launcher:
    """Starts the launcher process when it is first needed, and again should it die."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._owner = 0

    def warm(self) -> None:
        with self._lock:
            self._ensure()

    def close(self) -> None:
        with self._lock:
            self._discard()

    def request(
        self,
        request: Request,
        held: Sequence[int],
        mask: int | None,
        meanwhile: Callable[[], None],
        context: Context,
    ) -> dict[str, Any]:
        """Have a shim start what ``request`` says; its answer. The shim keeps both of ``held`` open; ``mask`` is the layer that hides what is the host's own.

        ``meanwhile`` is called here while the sandbox is being built; the program begins after it. Raises what ``meanwhile`` raises: then nothing was
        started. Where there is no answer in time raises ``HostError``, and ``CancelledError`` where the user does not wait for one."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._send([theirs.fileno(), *held, *(() if mask is None else (mask,))])
            with suppress(OSError):  # a shim that has died says nothing more
                send(ours, request.packed())
            try:
                meanwhile()
            except BaseException:
                ours.shutdown(socket.SHUT_WR)
                with suppress(VirtwrightError):
                    _answer(ours, context)  # what was begun has been undone then
                raise
            with suppress(OSError):
                ours.sendall(GO)
            data = _answer(ours, context)
        if not data:
            raise HostError("the container's shim ended before it was ready")
        answer: dict[str, Any] = json.loads(data)
        return answer

    def _send(self, fds: Sequence[int]) -> None:
        with self._lock:
            for _ in range(2):
                channel = self._ensure()
                try:
                    socket.send_fds(channel, [b"start"], fds)
                    return
                except OSError:
                    self._discard()
        raise HostError("the launcher of containers does not stay alive")

    def _ensure(self) -> socket.socket:
        if self._socket is not None and self._owner == os.getpid():
            if self._process is not None and self._process.poll() is None:
                return self._socket
            self._discard()  # it was killed, and a shim that it had made ahead may still hold the other end
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = read_only_start.start(
                "launch",
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._owner = os.getpid()
        atexit.register(self.close)
        return self._socket

    def _discard(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None and self._owner == os.getpid():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
            self._process = None


def _answer(connection: socket.socket, context: Context) -> bytes:
    """All that comes before the other side hangs up. Raises ``HostError`` and ``CancelledError``."""
    patience = max(_SHORTEST, context.remaining(_BUILT_WITHIN))
    end, hurried, parts = time.monotonic() + patience, False, bytearray()
    connection.settimeout(_LOOK)
    while True:
        try:
            if not (part := connection.recv(65536)):
                return bytes(parts)
            parts += part
        except TimeoutError:
            now = time.monotonic()
            if context.interrupted.is_set() and not hurried:
                hurried, end = True, min(end, now + _GRACE)
            if now >= end or context.cancelled.is_set():
                raise _not_ready(patience, hurried) from None
        except OSError:
            return bytes(parts)


def _not_ready(patience: float, hurried: bool) -> VirtwrightError:
    if hurried:
        return CancelledError("interrupted while the sandbox was being built")
    return HostError(
        f"the sandbox was not ready within {format_duration(round(patience))}",
        hint="a mount of the host that does not answer may hold it up",
    )

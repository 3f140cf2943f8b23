"""The command line's end of the launcher (``shim/launcher.py``)."""

import atexit
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from virtwright.errors import HostError
from virtwright.providers.namespace import read_only_start
from virtwright.providers.namespace.sandbox.request import GO, Request, send
from virtwright.schemas.quantities import format_duration


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
        patience: float,
    ) -> dict[str, Any]:
        """Have a shim start what ``request`` says; its answer. The shim keeps both of ``held`` open; ``mask`` is the layer that hides what is the host's own.

        ``meanwhile`` is called here while the sandbox is being built; the program begins after it. Raises ``HostError`` where there is no answer
        within ``patience`` seconds, and what ``meanwhile`` raises: then nothing was started."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(patience)
            with theirs:
                self._send([theirs.fileno(), *held, *(() if mask is None else (mask,))])
            with suppress(OSError):  # a shim that has died says nothing more
                send(ours, request.packed())
            try:
                meanwhile()
            except BaseException:
                ours.shutdown(socket.SHUT_WR)
                with suppress(TimeoutError):
                    _read_all(ours)  # what was begun has been undone then
                raise
            with suppress(OSError):
                ours.sendall(GO)
            try:
                data = _read_all(ours)
            except TimeoutError as error:
                raise HostError(
                    f"the sandbox was not ready within {format_duration(round(patience))}",
                    hint="a mount of the host that does not answer may hold it up",
                ) from error
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


def _read_all(connection: socket.socket) -> bytes:
    """Raises ``TimeoutError``."""
    try:
        with connection.makefile("rb") as file:
            return file.read()
    except TimeoutError:
        raise
    except OSError:
        return b""

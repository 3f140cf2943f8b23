"""The shim's socket, ``control`` in the container's folder: one request and one answer for each connection, in JSON."""

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from virtwright.providers.namespace.shim.loop import Loop

SOCKET: Final = "control"
_LONGEST_REQUEST: Final = 65536
Answer = Callable[[str | None], None]
"""Called once, with an error or None."""


class Control:
    """Takes requests and hands them to ``handle``."""

    def __init__(self, loop: Loop, folder: Path, handle: Callable[[Mapping[str, Any], Answer], None]) -> None:
        self._loop = loop
        self._path = folder / SOCKET
        self._handle = handle
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        bind(self._listener, folder)
        self._listener.listen(16)
        loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        self._loop.forget(self._listener.fileno())
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._loop.watch(connection.fileno(), lambda: self._read(connection))

    def _read(self, connection: socket.socket) -> None:
        self._loop.forget(connection.fileno())
        try:
            request = json.loads(connection.recv(_LONGEST_REQUEST))
        except (OSError, ValueError):
            connection.close()
            return
        self._handle(request, lambda error: _answer(connection, error))


def _answer(connection: socket.socket, error: str | None) -> None:
    with suppress(OSError):  # who asked may be gone
        connection.send(json.dumps({"error": error}).encode())
    connection.close()


def bind(listener: socket.socket, folder: Path) -> None:
    """Bind by way of a descriptor of the folder: a socket's own path may have no more than 107 bytes."""
    fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{fd}/{SOCKET}")
    finally:
        os.close(fd)


def connect(folder: Path, timeout: float | None) -> socket.socket:
    """Raises ``OSError`` where nobody listens."""
    fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(timeout)
        connection.connect(f"/proc/self/fd/{fd}/{SOCKET}")
    except OSError:
        connection.close()
        raise
    finally:
        os.close(fd)
    return connection

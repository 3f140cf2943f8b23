"""A Unix socket of this machine, for one connection, that leads to a libvirt daemon on a host that is reached over SSH.

libvirt's own SSH transports know nothing of pinned keys, jump hosts with passwords or a connection that is shared.
"""

import os
import socket
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.unix_stream import UnixStream

_CHUNK: Final = 1 << 17
_PATIENCE: Final = 15.0
"""Seconds for libvirt to connect to the socket that it was given."""


class Forward:
    """Open to this process alone, and to one connection: its file is gone before anybody is told of it."""

    def __init__(self, ssh: SshConnection, path: str, helper: Sequence[str] | None) -> None:
        """Raises ``SshError`` where the host has no such socket, or nobody listens."""
        self._stream: UnixStream = ssh.open_unix(path, helper=helper)
        self._near: socket.socket | None = None
        self._closing = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._handle = _without_name(self._listener)
            self._listener.settimeout(_PATIENCE)
        except BaseException:
            self._listener.close()
            self._stream.close()
            raise
        self.path = f"/proc/self/fd/{self._handle}"
        """Where libvirt connects to."""
        threading.Thread(target=self._serve, name="libvirt-forward", daemon=True).start()

    def close(self) -> None:
        """Cut it; libvirt sees a connection that broke."""
        self._stop_listening()
        with suppress(OSError):
            self._stream.close()
        if self._near is not None:
            with suppress(OSError):
                self._near.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        try:
            self._near, _ = self._listener.accept()
        except OSError:
            self.close()
            return
        self._stop_listening()
        near = self._near
        back = threading.Thread(target=_pump, args=(self._stream, near), name="libvirt-forward-back", daemon=True)
        back.start()
        _pump(near, self._stream)
        back.join()
        near.close()

    def _stop_listening(self) -> None:
        with self._closing:
            self._listener.close()
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1


def _without_name(listener: socket.socket) -> int:
    """Make it listen, and return a descriptor by which it can be connected to; its file has no name any more."""
    folder = Path(tempfile.mkdtemp(prefix="virtwright-libvirt-"))
    handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    file = f"/proc/self/fd/{handle}/socket"  # however long the folder's own name is, an address has 108 bytes
    try:
        listener.bind(file)
        listener.listen(1)
        return os.open(file, os.O_PATH | os.O_CLOEXEC)
    finally:
        Path(file).unlink(missing_ok=True)
        os.close(handle)
        folder.rmdir()


def _pump(source: Any, target: Any) -> None:
    """Bytes from one to the other, to the end of either; then both are over, as libvirt's protocol knows no half."""
    try:
        while data := source.recv(_CHUNK):
            target.sendall(data)
    except OSError:
        """The one that can't go on is closed with the other."""
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)

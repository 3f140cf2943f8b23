"""A Unix socket of this machine, for one connection, that leads to a libvirt daemon on a host that is reached over SSH.

libvirt's own SSH transports know nothing of pinned keys, jump hosts with passwords or a connection that is shared.
"""

import shutil
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
    """Open to this user alone, and to one connection; then the socket's file is gone."""

    def __init__(self, ssh: SshConnection, path: str, helper: Sequence[str] | None) -> None:
        """Raises ``SshError`` where the host has no such socket, or nobody listens."""
        self._stream: UnixStream = ssh.open_unix(path, helper=helper)
        self._folder = Path(tempfile.mkdtemp(prefix="virtwright-"))
        self.path = str(self._folder / "socket")
        self._near: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(self.path)
            self._listener.listen(1)
            self._listener.settimeout(_PATIENCE)
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._serve, name="libvirt-forward", daemon=True).start()

    def close(self) -> None:
        """Cut it; libvirt sees a connection that broke."""
        self._listener.close()
        self._forget_file()
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
        self._listener.close()
        self._forget_file()
        near = self._near
        back = threading.Thread(target=_pump, args=(self._stream, near), name="libvirt-forward-back", daemon=True)
        back.start()
        _pump(near, self._stream)
        back.join()
        near.close()

    def _forget_file(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


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

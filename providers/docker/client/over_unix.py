"""HTTP to an engine's socket on this machine, over connections that are kept for the next calls."""

import socket
from typing import Any

import urllib3.connection
import urllib3.connectionpool

from virtwright.providers.docker.client.adapter import SocketAdapter


class UnixAdapter(SocketAdapter):
    """To a socket of this machine."""

    def __init__(self, path: str, pool: int, timeout: float) -> None:
        super().__init__(_Pool(path, pool, timeout))


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, path: str, size: int, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout, maxsize=size)
        self._path = path

    def _new_conn(self) -> "_Connection":
        self.num_connections += 1
        return _Connection(self._path)


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        seconds: Any = self.timeout
        line.settimeout(seconds if isinstance(seconds, int | float) else None)
        try:
            line.connect(self._path)
        except OSError:
            line.close()
            raise
        self.sock = line

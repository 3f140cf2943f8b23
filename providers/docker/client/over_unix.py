"""HTTP to an engine's socket on this machine, over connections that are kept for the next calls."""

import socket
from collections.abc import Mapping
from typing import Any

import urllib3.connection
import urllib3.connectionpool
from requests import PreparedRequest
from requests.adapters import HTTPAdapter


class UnixAdapter(HTTPAdapter):
    """In place of docker-py's own, which leaves a socket open where nobody listens."""

    def __init__(self, path: str, pool: int, timeout: float) -> None:
        self._pool = _Pool(path, pool, timeout)
        super().__init__(pool_connections=1)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> "_Pool":
        return self._pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """docker-py's paths begin anew behind the host: ``/v1.45/containers/json``."""
        return request.path_url

    def close(self) -> None:
        self._pool.close()
        super().close()


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

"""HTTP to an engine's socket, however that is opened, over connections that are kept for the next calls."""

from collections.abc import Mapping

import urllib3.connectionpool
from requests import PreparedRequest
from requests.adapters import HTTPAdapter


class SocketAdapter(HTTPAdapter):
    """In place of docker-py's own, which leave a socket open where nobody listens, or connect for each call."""

    def __init__(self, pool: urllib3.connectionpool.HTTPConnectionPool) -> None:
        self._pool = pool
        super().__init__(pool_connections=1)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> urllib3.connectionpool.HTTPConnectionPool:
        return self._pool

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """docker-py's paths begin anew behind the host: ``/v1.45/containers/json``."""
        return request.path_url

    def close(self) -> None:
        self._pool.close()
        super().close()

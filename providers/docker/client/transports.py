"""docker-py's client on the transport that an address names."""

import ssl
from pathlib import Path
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from virtwright.errors import InputError
from virtwright.providers.docker.client.address import Address
from virtwright.providers.docker.client.library import Client, TLSConfig
from virtwright.providers.docker.client.over_unix import UnixAdapter
from virtwright.schemas.host import Host, TlsSettings

_UNSAID: Final = "1.24"
"""The version of the API until both sides have agreed on one; docker-py wants one that it knows."""
_PREFIX: Final = "http+docker://"
"""Of docker-py's base URL where the engine listens on a socket."""
_SPARE: Final = 4
"""Connections beside those of the operations: logs, events, waits."""


def open_client(address: Address, host: Host, timeout: float) -> Client:
    """A client that has not spoken yet. ``timeout`` is in seconds, of a call for which nothing nearer is set."""
    pool = host.max_parallel + _SPARE
    if address.transport == "unix":
        return _on_socket(address, UnixAdapter(address.socket, pool, timeout), timeout)
    if address.transport == "tcp":
        scheme = "https" if address.tls is not None else "http"
        name = f"[{address.hostname}]" if ":" in address.hostname else address.hostname
        tls = _tls(address.tls) if address.tls is not None else False
        client = Client(f"{scheme}://{name}:{address.port}", _UNSAID, timeout=int(timeout), tls=tls)
        client.mount(f"{scheme}://", _TcpAdapter(pool, address.tls))
        return _plain(client)
    return _over_ssh(address, host, pool, timeout)


def _over_ssh(address: Address, host: Host, pool: int, timeout: float) -> Client:
    from virtwright.providers.docker.client.over_ssh import SshAdapter
    from virtwright.providers.ssh.connection import SshConnection
    from virtwright.providers.ssh.resolve import resolve

    adapter = SshAdapter(SshConnection.open(resolve(host)), address.socket, pool, timeout)
    return _on_socket(address, adapter, timeout)


def _on_socket(address: Address, adapter: HTTPAdapter, timeout: float) -> Client:
    client = Client(f"unix://{address.socket}", _UNSAID, timeout=int(timeout))
    client.mount(_PREFIX, adapter)
    return _plain(client)


def _plain(client: Client) -> Client:
    """No proxies and no .netrc: an engine is reached directly or not at all."""
    client.trust_env = False
    return client


def _tls(settings: TlsSettings) -> TLSConfig:
    """Both sides show a certificate where there is one of ours."""
    for path in filter(None, (settings.ca_file, settings.cert_file, settings.key_file)):
        if not Path(path).is_file():
            raise InputError.one(f"there is no file {path}", hint="see the field tls of the host")
    pair = (settings.cert_file, settings.key_file or settings.cert_file) if settings.cert_file else None
    ca = settings.ca_file or ssl.get_default_verify_paths().cafile
    return TLSConfig(client_cert=pair, ca_cert=ca, verify=True)


class _TcpAdapter(HTTPAdapter):
    """Keeps enough connections open, and knows what the engine's certificate must be like."""

    def __init__(self, pool: int, tls: TlsSettings | None) -> None:
        self._more = _of_certificate(tls) if tls is not None else {}
        super().__init__(pool_connections=1, pool_maxsize=pool)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **more, **self._more)


def _of_certificate(tls: TlsSettings) -> dict[str, Any]:
    """The name on it, where it is another than the address's. As lenient as Docker's own client, whatever the version of Python: 3.13
    would refuse one that does not name its authority's key."""
    context = create_urllib3_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    name = {"server_hostname": tls.server_name, "assert_hostname": tls.server_name} if tls.server_name else {}
    return {"ssl_context": context, **name}

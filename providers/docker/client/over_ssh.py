"""HTTP to an engine's socket on a host that is reached over SSH: many streams of one connection, kept for the next calls."""

from typing import Any

import urllib3.connection
import urllib3.connectionpool

from virtwright.providers.docker.client.adapter import SocketAdapter
from virtwright.providers.docker.client.errors import UnreachableError
from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import SshError
from virtwright.providers.ssh.unix_stream import UnixStream


class SshAdapter(SocketAdapter):
    """Closing it gives the SSH connection up."""

    def __init__(self, ssh: SshConnection, socket: str, pool: int, timeout: float) -> None:
        self._ssh = ssh
        super().__init__(_Pool(ssh, socket, pool, timeout))

    def close(self) -> None:
        super().close()
        self._ssh.close()


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, ssh: SshConnection, socket: str, size: int, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout, maxsize=size)
        self._ssh = ssh
        self._socket = socket

    def _new_conn(self) -> "_Connection":
        self.num_connections += 1
        return _Connection(self._ssh, self._socket)

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if connection.sock is not None and not connection.sock.wake():
            connection.close()
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None and connection.sock is not None:
            connection.sock.rest()
        super()._put_conn(connection)


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, ssh: SshConnection, socket: str) -> None:
        super().__init__("localhost")
        self._ssh = ssh
        self._socket = socket

    def connect(self) -> None:
        self.sock: Any = open_socket(self._ssh, self._socket)


def open_socket(ssh: SshConnection, socket: str) -> UnixStream:
    """Raises ``SshError`` and its kin, or ``UnreachableError`` where the host is reached and the engine is not."""
    try:
        return ssh.open_unix(socket, helper=["docker", "--host", f"unix://{socket}", "system", "dial-stdio"])
    except SshError as error:
        hint = _hint(str(error), ssh)
        if hint is None:
            raise
        raise UnreachableError(f"the Docker daemon can't be reached: {error}", hint=hint) from error


def _hint(said: str, ssh: SshConnection) -> str | None:
    """None where the fault lies before the socket."""
    target = ssh.target
    if "can't open its socket" not in said:
        return None
    if "Permission denied" in said:
        return (
            f"{target.user} may not talk to the daemon there; on most machines the group docker may. On the host:\n"
            f"    usermod -aG docker {target.user}"
        )
    return f"is the daemon running there? To see:\n    {target.command} docker info"

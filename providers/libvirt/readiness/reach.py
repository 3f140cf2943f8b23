"""Connections to a guest's ports: from here, or, where its host is reached over SSH, from that host."""

import socket
from contextlib import closing
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.ssh.line import ChannelRefusedError

SSH_PORT: Final = 22
_BANNER: Final = b"SSH-"
_PATIENCE: Final = 2.0


def lacking(connection: LibvirtConnection, address: str, port: int, *, banner: bool = False) -> str | None:
    """What is wrong with the port; None where it accepts a connection, and with ``banner`` answers as an SSH server."""
    try:
        if not connection.is_remote:
            with closing(socket.create_connection((address, port), _PATIENCE)) as direct:
                return _says(direct, port) if banner else None
        with connection.ssh() as ssh, closing(ssh.live().line.tcp(address, port, _PATIENCE)) as channel:
            channel.settimeout(_PATIENCE)
            return _says(channel, port) if banner else None
    except (OSError, ChannelRefusedError, HostError) as error:
        said = getattr(error, "strerror", None) or str(error) or "no answer"
        return f"port {port} on {address}: {said}"


def _says(stream: Any, port: int) -> str | None:
    said = b""
    while len(said) < len(_BANNER) and (part := stream.recv(len(_BANNER) - len(said))):
        said += part
    return None if said == _BANNER else f"port {port} answers, but not as an SSH server"

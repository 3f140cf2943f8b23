"""The ways to a host: straight, through another host, or through a program of the user's."""

import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any, Final

from virtwright.providers.ssh.errors import SshError, SshTimeoutError
from virtwright.providers.ssh.target import SshTarget
from virtwright.schemas.quantities import format_duration

_PATIENCE: Final = 2.0


def connect_tcp(target: SshTarget, deadline: float) -> socket.socket:
    """A connected socket that sends small packets at once. Raises ``SshError``."""
    place = f"{target.host} port {target.port}"
    try:
        addresses = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SshError(f"the name {target.host} leads to no address: {reason}") from error
    last: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError as error:
            connection.close()
            last = error
    if isinstance(last, TimeoutError):
        limit = format_duration(target.connect_timeout)
        raise SshTimeoutError(f"could not connect to {place} within {limit}") from last
    reason = last.strerror if last and last.strerror else str(last)
    raise SshError(f"could not connect to {place}: {reason}", hint=_advice(last, target)) from last


def _advice(error: OSError | None, target: SshTarget) -> str | None:
    if isinstance(error, ConnectionRefusedError):
        return f"does its SSH server listen on that port? Another one stands in the URI, as {target.host}:2222"
    return None


class ProxyProgram:
    """A ``ProxyCommand``, run as OpenSSH runs it: by a shell, its standard streams being the wire. It stands in the user's own
    configuration, and what was put into it for ``%h``, ``%p`` and ``%r`` are checked names."""

    def __init__(self, command: str) -> None:
        self._wire, theirs = socket.socketpair()
        with theirs:
            shell = ["/bin/sh", "-c", f"exec {command}"]
            self._program = subprocess.Popen(
                shell, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, start_new_session=True
            )

    def close(self) -> None:
        self._wire.close()
        self._program.terminate()
        try:
            self._program.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)


def through(target: SshTarget, opened: "Callable[[], Any]") -> Any:
    """A wire through the target's jump host; ``opened`` opens the channel there."""
    from virtwright.providers.ssh.line import ChannelRefusedError

    try:
        return opened()
    except ChannelRefusedError as error:
        more = "it forwards nothing (AllowTcpForwarding)" if error.prohibited else str(error)
        raise SshError(f"{target.jump} did not lead on to {target.host} port {target.port}: {more}") from error

"""The first words on a wire: the banner, the exchange of keys, and the check of the host's key before anything secret."""

import socket
import time
from typing import Any, Final

from virtwright.providers.ssh.errors import HostKeyError, IncompatibleError, SshError, SshTimeoutError
from virtwright.providers.ssh.host_keys import HostKeys
from virtwright.providers.ssh.target import SshTarget
from virtwright.providers.ssh.wire import HeardSocket, WireTransport
from virtwright.schemas.quantities import format_duration

_SHOWN: Final = 80


def shake_hands(
    target: SshTarget, wire: Any, deadline: float, keys: HostKeys, algorithms: tuple[str, ...]
) -> WireTransport:
    """A transport whose other side proved to be the target. Raises ``SshError`` and its kin; ``wire`` is closed then."""
    transport: WireTransport | None = None
    try:
        transport = WireTransport(HeardSocket(wire), algorithms)
        _negotiate(transport, target, deadline)
        shown = transport.get_remote_server_key()
        certificate = getattr(shown, "public_blob", None)
        proven = shown.asbytes()
        keys.check(certificate.key_blob if certificate else proven, proven)
        return transport
    except BaseException:
        if transport is not None:
            transport.close()
        wire.close()
        raise


def _negotiate(transport: WireTransport, target: SshTarget, deadline: float) -> None:
    from paramiko.ssh_exception import IncompatiblePeer, SSHException

    left = max(0.1, deadline - time.monotonic())
    transport.banner_timeout = transport.handshake_timeout = left
    transport.channel_timeout = left
    try:
        transport.start_client(timeout=left)
    except IncompatiblePeer as error:
        raise IncompatibleError(f"{target} and virtwright have no way of talking in common: {error}") from error
    except (SSHException, OSError, EOFError) as error:
        raise _fault(transport, target, deadline, error) from error
    if not transport.initial_kex_done:
        raise _fault(transport, target, deadline, TimeoutError())


def _fault(transport: WireTransport, target: SshTarget, deadline: float, error: Exception) -> SshError:
    late = time.monotonic() >= deadline - 0.05 or isinstance(error, TimeoutError)
    limit = format_duration(target.connect_timeout)
    place = f"{target.host} port {target.port}"
    if transport.remote_version:
        if late:
            return SshTimeoutError(f"{target} agreed on no encryption within {limit}")
        if "Signature verification" in str(error):
            return HostKeyError(f"{target} shows a host key that it does not hold", fingerprint="unknown")
        return SshError(f"{target} ended the exchange of keys: {error}")
    said = str(error)
    if "Indecipherable protocol version" in said or "Invalid SSH banner" in said:
        # What it said is not: a stack names the address, and its author may not be one who can ask there himself.
        return SshError(f"what answers at {place} is no SSH server", hint="is the port right?")
    if late or isinstance(error.__context__, socket.timeout):
        return SshTimeoutError(f"{place} took the connection, and did not say within {limit} that it speaks SSH")
    return SshError(
        f"{place} closed the connection before it said that it speaks SSH",
        hint="is it an SSH server? One that has seen too many unfinished (MaxStartups) or failed logins\n"
        "(PerSourcePenalties) does so, too, for a while",
    )

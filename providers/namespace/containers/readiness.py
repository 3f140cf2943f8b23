"""Waiting until what was started is ready."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.containers.container_workload import describe
from virtwright.providers.namespace.containers.last_lines import last_lines
from virtwright.providers.namespace.network.netns import inside, opened
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.schemas.readiness import WaitFor

_SSH_PORT: Final = 22
_CONNECT_TIMEOUT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Started:
    """What was started, as far as its readiness goes."""

    name: str
    folder: Path
    netns: Path
    address: str | None


def wait_until_ready(started: Started, wait: WaitFor | None, context: Context) -> None:
    """Returns when all that ``wait`` asks for holds. Raises ``WaitTimeoutError`` with what was last seen, and
    ``HostError`` where it has ended or its first boot has failed; both show the last lines of its log."""
    if wait is None:
        return
    try:
        context.wait(f"{started.name} to be ready", lambda: _probe(started, wait), timeout=wait.timeout)
    except WaitTimeoutError as error:
        raise WaitTimeoutError(
            f"{error.message}{last_lines(started.folder)}", where=error.where, hint=error.hint
        ) from error


def _probe(started: Started, wait: WaitFor) -> tuple[bool | None, str]:
    status = supervisor.status(started.folder)
    if wait.completed:
        return _completed(started, status)
    if not status.alive:
        raise HostError(
            f"{started.name} has ended before it was ready ({describe(status)}){last_lines(started.folder)}"
        )
    if status.boot == "failed" and wait.cloud_init:
        raise HostError(f"the first boot of {started.name} failed: {status.boot_error}{last_lines(started.folder)}")
    for check in _checks(started, wait, status):
        if (lacking := check()) is not None:
            return None, lacking
    return True, "ready"


def _completed(started: Started, status: Status) -> tuple[bool | None, str]:
    if status.state == "exited" and status.exit_status == 0:
        return True, "completed"
    if status.state in ("exited", "stopped", "gone", "absent"):
        raise HostError(f"{started.name} has not completed ({describe(status)}){last_lines(started.folder)}")
    return None, f"it is {describe(status)}"


def _checks(started: Started, wait: WaitFor, status: Status) -> Iterator[Callable[[], str | None]]:
    yield lambda: None if status.state == "running" else f"it is {describe(status)}"
    if wait.address:
        yield lambda: None if started.address else "it has no address"
    if wait.healthy:
        yield lambda: _healthy(status)
    if wait.cloud_init:
        yield lambda: None if status.boot == "done" else f"its first boot is {status.boot}"
    if wait.tcp is not None:
        yield lambda: _port(started, wait.tcp or 0, banner=b"")
    if wait.ssh:
        yield lambda: _port(started, _SSH_PORT, banner=b"SSH-")


def _healthy(status: Status) -> str | None:
    if status.health == "healthy":
        return None
    return f"its health check is {status.health}: {status.health_output}".rstrip(": ")


def _port(started: Started, port: int, banner: bytes) -> str | None:
    """Ask from inside its network, by its address and then by its loopback; what is wrong, or None."""
    seen = ""
    for address in dict.fromkeys(filter(None, (started.address, "127.0.0.1"))):
        try:
            with _connected(started.netns, address, port) as connection:
                if not banner or connection.recv(len(banner)) == banner:
                    return None
                seen = f"port {port} answers, but not as an SSH server"
        except OSError as error:
            seen = seen or f"port {port} on {address}: {error.strerror or error}"
    return seen


def _connected(netns: Path, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with opened(netns) as namespace, inside(namespace):
        connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.settimeout(_CONNECT_TIMEOUT)
        connection.connect((address, port))
    except OSError:
        connection.close()
        raise
    return connection

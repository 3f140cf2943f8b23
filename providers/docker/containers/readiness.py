"""Waiting until a container is what ``wait_for`` asks for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.command_streams import begun
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.health import listens
from virtwright.providers.docker.operating.frames import frames
from virtwright.schemas.container import Container
from virtwright.schemas.readiness import WaitFor

_LAST_LINES = 10
_NO_SHELL = (126, 127)
_PATIENCE = 10.0
"""Seconds that a container has to answer one question, which takes milliseconds: neither a deadline nor an interruption is
noticed meanwhile."""
_SHELL = b"/bin/sh"
"""What an engine names when it is not there."""
Found = dict[str, Any]


def await_ready(docker: DockerConnection, id: str, name: str, inputs: Container, context: Context) -> Found:
    """The container as it is when it is ready. Raises ``HostError`` where it ended instead, ``WaitTimeoutError``."""
    wait = inputs.wait_for or WaitFor()

    def probe() -> tuple[Found | None, str]:
        found = docker.call(f"look at {name}", lambda client: client.inspect_container(id), context)
        missing = _missing(docker, found, name, wait)
        return (None, missing) if missing else (found, "ready")

    with telling_its_log(docker, id):
        return context.wait(f"the container {name}", probe, timeout=wait.timeout)


@contextmanager
def telling_its_log(docker: DockerConnection, id: str) -> Iterator[None]:
    """A wait that runs out of time says what the container wrote last, too: one that never was ready is removed."""
    try:
        yield
    except WaitTimeoutError as error:
        if said := last_lines(docker, id):
            error.problem = replace(error.problem, message=f"{error.message}\nit wrote last:\n{said}")
        raise


def _missing(docker: DockerConnection, found: Found, name: str, wait: WaitFor) -> str:
    if reading.finished(found):
        if wait.healthy or wait.tcp is not None:
            raise _ended(docker, found, name)
        return ""
    if found["State"]["Status"] != "running":
        raise _ended(docker, found, name)
    if wait.completed:
        return "it runs"
    outputs = reading.read_outputs(found)
    if wait.address and outputs.address is None:
        return "it has no address yet"
    if wait.healthy:
        if outputs.health is None:
            raise HostError(f"the container {name} has no health check to wait for", hint="give it a healthcheck")
        if outputs.health != "healthy":
            return f"its health is {outputs.health}{_last_check(found)}"
    return _unheard(docker, found["Id"], name, wait.tcp) if wait.tcp is not None else ""


def _last_check(found: Found) -> str:
    checks = found["State"].get("Health", {}).get("Log") or []
    said = str(checks[-1].get("Output", "")).strip()[:200] if checks else ""
    return f" ({said})" if said else ""


def _unheard(docker: DockerConnection, id: str, name: str, port: int) -> str:
    """Why nobody can be said to listen on the port; empty where somebody does. Asked inside: from here the container's network
    may be out of reach. Nobody does in one that has ended meanwhile."""
    nobody = f"nothing listens on port {port}"

    def ask(client: Any) -> tuple[int | None, bytes]:
        made = client.exec_create(id, listens(port), user="0")
        with begun(client, made["Id"], tty=False) as (reader, _):
            said = b"".join(data for _, data in frames(reader))
        return client.exec_inspect(made["Id"])["ExitCode"], said  # None: its end is not written down yet

    try:
        patient = Context(deadline=time.monotonic() + _PATIENCE)
        status, said = docker.call(f"ask {name} about port {port}", ask, patient)
    except (ConflictError, GoneError):  # the engine forgets the commands of a container that ends
        return nobody
    except WaitTimeoutError:
        return f"it does not say whether anything listens on port {port}"
    # one that is ending refuses commands with the same status, and may be said to run for a moment more
    if status in _NO_SHELL and _SHELL in said and _runs(docker, id):
        raise HostError(
            f"can't see whether {name} listens on port {port}: its image has no /bin/sh",
            hint="give it a healthcheck with a command of its own, and wait_for: {healthy: true}",
        )
    return "" if status == 0 else nobody


def _runs(docker: DockerConnection, id: str) -> bool:
    return bool(docker.call("look at a container", lambda client: client.inspect_container(id))["State"]["Running"])


def _ended(docker: DockerConnection, found: Found, name: str) -> HostError:
    state = reading.state_of(found)
    said = found["State"].get("Error") or last_lines(docker, found["Id"])
    return HostError(
        f"the container {name} does not run: {state}" + (f"\n{said}" if said else ""),
        hint="its last lines tell why, where it wrote any; see also its command and its image",
    )


def last_lines(docker: DockerConnection, id: str) -> str:
    """What it wrote last; empty where that can't be read."""
    try:
        data = docker.call("read its log", lambda client: client.logs(id, tail=_LAST_LINES))
    except HostError:
        return ""
    return bytes(data).decode(errors="replace").strip()

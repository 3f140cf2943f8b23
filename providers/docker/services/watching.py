"""Whether a new copy is good: it becomes healthy, and stays so while it is watched."""

import time

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.readiness import last_lines, telling_its_log
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.service import Service

_LOOK = 0.1
"""Seconds between two looks while it is watched."""


def await_good(docker: DockerConnection, id: str, name: str, inputs: Service, context: Context) -> None:
    """Return when it has been healthy (or, without a health check, has run) for ``update.monitor`` seconds. Raises ``HostError``
    with what was seen, and ``WaitTimeoutError``."""

    wait = inputs.wait_for or WaitFor()

    def healthy() -> tuple[bool | None, str]:
        health = _look(docker, id, name, context)
        if health is None and wait.healthy:
            raise HostError(f"the copy {name} has no health check to wait for", hint="give the service a healthcheck")
        return (True if health in (None, "healthy") else None), f"its health is {health}"

    with telling_its_log(docker, id):
        context.wait(f"the copy {name} to be healthy", healthy, timeout=wait.timeout)
    end = time.monotonic() + inputs.update.monitor
    while (left := end - time.monotonic()) > 0:
        context.check()
        _look(docker, id, name, context)
        context.cancelled.wait(min(_LOOK, left))


def _look(docker: DockerConnection, id: str, name: str, context: Context) -> str | None:
    """Its health; None where it has no health check. Raises ``HostError`` where it ended or is unhealthy."""
    try:
        found = docker.call(f"look at {name}", lambda client: client.inspect_container(id), context)
    except GoneError as error:
        raise HostError(f"the copy {name} is gone") from error
    state = reading.state_of(found)
    health = reading.read_outputs(found).health
    if state == "running" and not found.get("RestartCount") and health != "unhealthy":
        return health
    seen = (
        "unhealthy"
        if health == "unhealthy"
        else f"started again {found['RestartCount']} times"
        if found.get("RestartCount")
        else state
    )
    said = _said(docker, found, health)
    raise HostError(f"the copy {name} is not good: {seen}" + (f"\n{said}" if said else ""))


def _said(docker: DockerConnection, found: dict[str, object], health: str | None) -> str:
    state = found["State"]
    checks = ((state.get("Health") or {}).get("Log") or []) if isinstance(state, dict) else []
    if health == "unhealthy" and checks:
        return str(checks[-1].get("Output", "")).strip()[:300]
    return last_lines(docker, str(found["Id"]))

"""A real swarm of one node for tests, on an engine of its own."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self

import pytest

from tests.docker_lab import DockerLab
from tests.private_hosts import Shared
from tests.programs import Item, ListProgram
from tests.waiting import until
from virtwright.engine.api import Engine
from virtwright.engine.events import Event, StepProgress
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError

BUILT_IN = ("bridge", "host", "none", "ingress", "docker_gwbridge")


class SwarmLab(DockerLab):
    """An engine that is the one manager of a swarm."""

    built_in = BUILT_IN

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.api.init_swarm(advertise_addr="127.0.0.1")
        except BaseException:
            self.close()
            raise
        return self


SHARED: Final = Shared(SwarmLab)


@pytest.fixture(scope="session")
def swarm_engine() -> DockerLab:
    """One swarm for each test process; ``sweep`` empties it."""
    return SHARED.get()


def sweep(lab: DockerLab) -> None:
    """Remove all that tests have made in the swarm."""
    api = lab.api
    for each in api.services():
        api.remove_service(each["ID"])
    for each in api.containers(all=True):
        with suppress(Exception):
            api.remove_container(each["Id"], force=True, v=True)
    for each in api.secrets():
        api.remove_secret(each["ID"])
    for each in api.configs():
        api.remove_config(each["ID"])
    for each in api.networks():
        if each["Name"] not in BUILT_IN:
            until(f"the network {each['Name']} is removed", partial(_removed, api, each["Id"]))
    for each in api.volumes()["Volumes"] or ():
        api.remove_volume(each["Name"], force=True)
    for each in api.images(all=True):
        if not lab.is_own(each):
            api.remove_image(each["Id"], force=True)


def _removed(api: Any, id: str) -> bool:
    with suppress(Exception):
        api.remove_network(id)
    return all(each["Id"] != id for each in api.networks())


def until_runs(stage: "SwarmStage", name: str, copies: int) -> None:
    until(f"{copies} copies of {name} run", lambda: len(stage.running(name)) == copies)


@dataclass
class SwarmStage:
    """An engine of ours on a swarm."""

    api: Any
    """docker-py's client of a manager."""
    uri: str
    store: StateStore
    events: list[Event] = field(default_factory=list)

    def program(self, items: Sequence[Item]) -> ListProgram:
        return ListProgram(*items, hosts={"one": self.uri})

    def apply(self, *items: Item, options: RunOptions | None = None) -> dict[str, int]:
        """How many steps of each sort were done. Raises the first error."""
        failed: list[str] = []
        result = Engine(self.store, [self.events.append, _noting(failed)]).apply(self.program(items), options)
        if not result.succeeded:
            raise HostError("; ".join(failed))
        return {str(op): many for op, many in result.summary.items()}

    def plan(self, *items: Item) -> Plan:
        return Engine(self.store).plan(self.program(items))

    def fields(self, *items: Item) -> list[str]:
        """The fields that a plan would change."""
        return sorted(change.field for step in self.plan(*items).changes for change in step.changes)

    def settled(self, *items: Item) -> None:
        assert [(step.urn.name, step.changes, step.reason) for step in self.plan(*items).changes] == []

    def destroy(self) -> None:
        failed: list[str] = []
        result = Engine(self.store, [_noting(failed)]).destroy(self.program([]).name)
        assert result.succeeded, failed

    def progress(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, StepProgress)]

    def service(self, name: str = "shop_web") -> dict[str, Any]:
        found: dict[str, Any] = self.api.inspect_service(name)
        return found

    def container_spec(self, name: str = "shop_web") -> dict[str, Any]:
        found: dict[str, Any] = self.service(name)["Spec"]["TaskTemplate"]["ContainerSpec"]
        return found

    def running(self, name: str = "shop_web") -> dict[str, str]:
        """From the ids of the tasks that run to their nodes."""
        tasks = self.api.tasks(filters={"service": name})
        return {
            each["ID"]: each["NodeID"]
            for each in tasks
            if each["DesiredState"] == "running" and each["Status"]["State"] == "running"
        }

    def kept(self) -> tuple[list[str], list[str]]:
        """The names of all secrets and configs."""
        secrets, configs = self.api.secrets(), self.api.configs()
        return sorted(each["Spec"]["Name"] for each in secrets), sorted(each["Spec"]["Name"] for each in configs)


def _noting(failed: list[str]) -> Callable[[Event], None]:
    def note(event: Event) -> None:
        problem = getattr(event, "problem", None)
        if problem is not None:
            failed.append(problem.message)

    return note

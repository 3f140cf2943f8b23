"""The handler of the kind Container on Docker hosts."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.docker.client.connection import LINGER, DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.check import check_container, engine_refusals
from virtwright.providers.docker.containers.fetching import provide_image
from virtwright.providers.docker.containers.foreign.finding import find_containers
from virtwright.providers.docker.containers.impacts import container_diff, lasting
from virtwright.providers.docker.containers.lifecycle import Lifecycle
from virtwright.providers.docker.helpers import LABEL, helpers, remove_helper
from virtwright.providers.docker.labels import STACK, stamp_of
from virtwright.providers.docker.refusal import refuse
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.urn import Urn

_THIS_ENGINE: Final = "this engine"
_AT_ONCE: Final = 4
"""Inspections under way: while this process reads one answer, the daemon writes the next."""


class ContainerHandler:
    """Containers of one engine."""

    linger: float = LINGER

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection
        self._life = Lifecycle(connection)
        self._stacks: set[str] = set()

    def check(self, inputs: Container) -> Container:
        return check_container(inputs)

    def check_host(self, inputs: Container) -> None:
        refuse(engine_refusals(inputs, self._docker), _THIS_ENGINE)

    def diff(self, prior: Container, goal: Container) -> Diff:
        return container_diff(prior, goal)

    def lasting(self, inputs: Container) -> Mapping[str, Any]:
        return lasting(inputs)

    def prepare(self, inputs: Container, context: Context) -> None:
        provide_image(self._docker, inputs.image, (inputs.docker or DockerContainer()).platform, context)

    def create(self, stamp: Stamp, inputs: Container, context: Context) -> ContainerOutputs:
        return reading.read_outputs(self._life.create(stamp, inputs, context))

    def update(self, id: str, stamp: Stamp, prior: Container, goal: Container, context: Context) -> ContainerOutputs:
        return reading.read_outputs(self._life.update(id, goal, context))

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)

    def observe(self, stack: str) -> Iterator[Observed[Container, ContainerOutputs]]:
        self._stacks.add(stack)
        for found in stamped_containers(self._docker, "Container", f"{STACK}={stack}"):
            labels, name = found["Config"]["Labels"], found["Name"].lstrip("/")
            stamp = stamp_of(labels, name)
            assert stamp is not None, "only stamped ones are listed"
            inputs = reading.read_inputs(found, stamp.urn)
            complete = not reading.never_started(found)
            drift = reading.drift(found) if complete else ()
            yield Observed(stamp, found["Id"], inputs, reading.read_outputs(found), drift, complete)

    def find(self, names: Collection[str] | None) -> Iterator[Found[Container, ContainerOutputs]]:
        return find_containers(self._docker, names)

    def tidy(self) -> None:
        """Remove helpers that a killed operation left."""
        for stack in self._stacks:
            for name in helpers(self._docker, stack):
                remove_helper(self._docker, name)


def stamped_containers(
    docker: DockerConnection, kind: str, *marks: str, wanted: Callable[[Mapping[str, str]], bool] = bool
) -> Iterator[dict[str, Any]]:
    """Every container with these labels (``NAME`` or ``NAME=VALUE``) that was made for a resource of the kind, inspected:
    one listing, one inspection for each. Copies that others made, helpers, and those whose labels are not ``wanted`` are
    left out."""
    filters = {"label": [*marks]}
    listed = docker.call("list its containers", lambda client: client.containers(all=True, filters=filters))
    ids = [each["Id"] for each in listed if _is_stamped(each, kind) and wanted(each["Labels"])]
    with ThreadPoolExecutor(min(_AT_ONCE, docker.host.max_parallel), "inspect") as threads:
        yield from (found for found in threads.map(partial(_inspect, docker), ids) if found is not None)


def _is_stamped(listed: Mapping[str, Any], kind: str) -> bool:
    labels, names = listed.get("Labels") or {}, [name.lstrip("/") for name in listed.get("Names") or ()]
    stamp = next((stamp for name in names if (stamp := stamp_of(labels, name)) is not None), None)
    return stamp is not None and LABEL not in labels and Urn.parse(stamp.urn).kind == kind


def _inspect(docker: DockerConnection, id: str) -> dict[str, Any] | None:
    """None where it has gone meanwhile."""
    try:
        found: dict[str, Any] = docker.call("look at a container", lambda client: client.inspect_container(id))
    except GoneError:
        return None
    return found

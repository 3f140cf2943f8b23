"""The handler of the kind Container on Docker hosts."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.docker.client.connection import LINGER, DockerConnection
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.check import check_container, engine_refusals
from virtwright.providers.docker.containers.foreign.finding import find_containers
from virtwright.providers.docker.containers.impacts import container_diff, lasting
from virtwright.providers.docker.containers.lifecycle import Lifecycle
from virtwright.providers.docker.containers.listing import containers_of_stack, inspected
from virtwright.providers.docker.containers.rehearsal import prepare_container
from virtwright.providers.docker.helpers import tidy_helpers
from virtwright.providers.docker.labels import told_time
from virtwright.providers.docker.owners import forget, note, owners, with_owner
from virtwright.providers.docker.refusal import refuse
from virtwright.schemas.container import Container, ContainerOutputs

_THIS_ENGINE: Final = "this engine"


class ContainerHandler:
    """Containers of one engine."""

    linger: float = LINGER

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection
        self._life = Lifecycle(connection)

    def check(self, inputs: Container) -> Container:
        return check_container(inputs)

    def check_host(self, inputs: Container) -> None:
        refuse(engine_refusals(inputs, self._docker), _THIS_ENGINE)

    def diff(self, prior: Container, goal: Container) -> Diff:
        return container_diff(prior, goal)

    def lasting(self, inputs: Container) -> Mapping[str, Any]:
        return lasting(inputs)

    def prepare(self, inputs: Container, context: Context) -> None:
        assert context.known is not None, "there is something that is to be replaced"
        prepare_container(self._docker, inputs, context.known.urn, context)

    def create(self, stamp: Stamp, inputs: Container, context: Context) -> ContainerOutputs:
        return reading.read_outputs(self._life.create(stamp, inputs, context))

    def update(self, id: str, stamp: Stamp, prior: Container, goal: Container, context: Context) -> ContainerOutputs:
        return reading.read_outputs(self._life.update(id, goal, context))

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)
        forget(self._docker, id, context)

    def note_owner(self, id: str, identity: str, context: Context) -> None:
        note(self._docker, id, identity, context)

    def observe(self, stack: str) -> Iterator[Observed[Container, ContainerOutputs]]:
        noted = owners(self._docker)
        for found in inspected(self._docker, "Container", containers_of_stack(self._docker, stack)):
            stamp = reading.stamp_on(found)
            assert stamp is not None, "only stamped ones are listed"
            inputs = reading.read_inputs(found, stamp.urn)
            complete, displacement = not reading.never_started(found), reading.displacement(found)
            drift = (*displacement, *(reading.drift(found) if complete else ()))
            yield Observed(
                with_owner(stamp, found["Id"], noted),
                found["Id"],
                inputs,
                reading.read_outputs(found),
                drift,
                complete,
                displaced=bool(displacement),
                made=told_time(found.get("Created")),
            )

    def stop(self, id: str, context: Context) -> None:
        Lifecycle(self._docker).stop(id, context)

    def find(self, names: Collection[str] | None) -> Iterator[Found[Container, ContainerOutputs]]:
        return find_containers(self._docker, names)

    def tidy(self, stack: str, identity: str) -> None:
        """Remove helpers that a killed operation left."""
        tidy_helpers(self._docker, stack, identity)

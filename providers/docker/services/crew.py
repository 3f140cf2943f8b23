"""What is done to the copies of one service: made, healed, watched and removed, several at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers.fetching import fetch_image
from virtwright.providers.docker.containers.lifecycle import Lifecycle
from virtwright.providers.docker.containers.rehearsal import prepare_container
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.names import object_name
from virtwright.providers.docker.services.check import copy_inputs
from virtwright.providers.docker.services.copies import Copy, copies_of_service, engines_of, marks
from virtwright.providers.docker.services.watching import await_good
from virtwright.schemas.container import Container
from virtwright.schemas.service import Service

T = TypeVar("T")
STEP = "docker.service"
"""The failpoint after each copy that was made or removed."""


@dataclass(frozen=True, slots=True)
class Crew:
    """The copies of one service, on the hosts that it may use."""

    service: str
    home: str
    peers: Mapping[str, DockerConnection]
    context: Context

    def copies(self) -> list[Copy]:
        """As they are now, oldest first. Those of another state with a service of this name are none of them, nor are those of the
        service on another host, which it comes from or goes to."""
        return copies_of_service(self.peers, self.service, self.home, self.context.identity)

    def one_name_each(self, hosts: Sequence[str]) -> list[str]:
        """The engines that these are, by the names that ``copies`` has them under."""
        names = engines_of(self.peers, self.service, self.home).names
        return [*dict.fromkeys(names.get(name, name) for name in hosts)]

    def host(self, name: str) -> DockerConnection:
        """Raises ``HostError`` for a host that the stack doesn't have, or that is no Docker host."""
        if name not in self.peers:
            known = ", ".join(sorted(self.peers))
            raise HostError(
                f"a copy is to run on {name}, which is no Docker host of the stack", hint=f"it has: {known}"
            )
        return self.peers[name]

    def make(self, stamp: Stamp, inputs: Service, number: int, host: str) -> Copy:
        """A new copy that runs and is ready, but for its health, which ``watch`` waits for. Leaves nothing where it fails."""
        docker = self.host(host)
        labels = marks(self.service, self.home, number, inputs)
        name = object_name(stamp, str(number))
        found = Lifecycle(docker).create(
            stamp, _without_health(copy_inputs(inputs)), self.context, name=name, marks=labels
        )
        reach(STEP)
        return Copy(host, docker, stamp, found)

    def prepare(self, host: str, urn: str, inputs: Service) -> None:
        """Raises ``HostError`` for what keeps the host from making a new copy, as far as that can be seen while old ones run.
        Fields may hold ``UNKNOWN``."""
        prepare_container(self.host(host), copy_inputs(inputs), urn, self.context)

    def watch(self, copy: Copy, inputs: Service) -> None:
        """Raises ``HostError`` where the copy is not good."""
        await_good(copy.docker, copy.id, copy.name, inputs, self.context)

    def heal(self, copy: Copy, inputs: Service) -> Copy:
        """Put in force what can change in place."""
        found = Lifecycle(copy.docker).update(copy.id, copy_inputs(inputs), self.context)
        return replace(copy, found=found)

    def remove(self, copy: Copy) -> None:
        Lifecycle(copy.docker).delete(copy.id, self.context)
        reach(STEP)

    def remove_all(self, copies: Iterable[Copy]) -> None:
        self.at_once(copies, self.remove)

    def stand_in(self, stamp: Stamp, inputs: Service) -> Copy:
        """A container that never runs and bears the stamp of a service without copies."""
        docker = self.host(self.home)
        name = object_name(stamp, "0")
        labels = {**stamped_labels(stamp, name, {}), **marks(self.service, self.home, 0, inputs)}
        body = {"Image": inputs.image, "Cmd": ["-"], "Labels": labels, "HostConfig": {"NetworkMode": "none"}}

        def make() -> dict[str, Any]:
            made: dict[str, Any] = docker.post(f"create {name}", "/containers/create", body, self.context, name=name)
            return made

        try:
            made = make()
        except GoneError:
            fetch_image(docker, inputs.image, None, self.context)
            made = make()
        reach(STEP)
        found = docker.call(f"look at {name}", lambda client: client.inspect_container(made["Id"]), self.context)
        return Copy(self.home, docker, stamp, found)

    def at_once(self, items: Iterable[T], work: Callable[[T], Any], most: int | None = None) -> list[HostError]:
        """Do the work for all items side by side; returns the errors, and raises the first where ``most`` is None."""
        items = list(items)
        if not items:
            return []
        with ThreadPoolExecutor(most or min(len(items), 8), thread_name_prefix="copy") as threads:
            done = [threads.submit(work, each) for each in items]
        errors = [error for each in done if isinstance(error := each.exception(), HostError)]
        bugs = [error for each in done if (error := each.exception()) is not None and not isinstance(error, HostError)]
        if bugs:
            raise bugs[0]
        if errors and most is None:
            raise errors[0]
        return errors


def _without_health(inputs: Container) -> Container:
    """A container may become healthy after all; a copy that is unhealthy is not waited for any longer."""
    wait = inputs.wait_for
    return (
        inputs if wait is None else inputs.model_copy(update={"wait_for": wait.model_copy(update={"healthy": False})})
    )


def split(copies: Sequence[Copy], version: str) -> tuple[list[Copy], list[Copy]]:
    """Those of this version, and the others."""
    return [each for each in copies if each.version == version], [each for each in copies if each.version != version]

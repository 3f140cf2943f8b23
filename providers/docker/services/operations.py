"""Logs of, and commands in, the copies of services on plain Docker hosts."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from virtwright.errors import HostError
from virtwright.providers.base import CopyState, LogLine
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.reading import read_outputs, state_of
from virtwright.providers.docker.operating.operations import ContainerOperations
from virtwright.providers.docker.services.copies import Copy, Peers, copies_of_service

_JOINT: Final = "/"
"""Between the name of a host and the id of a container on it."""


class ServiceOperations:
    """For the services that belong to one engine. An id is a service's, which stands for its first copy that runs, or a copy's."""

    logs_together: ClassVar[bool] = False

    def __init__(self, home: DockerConnection, peers: Peers) -> None:
        self._home = home
        self._peers = peers

    def copies(self, id: str) -> Sequence[CopyState]:
        found = [each for each in copies_of_service(self._reachable(), id, self._home.name) if each.number > 0]
        newest_first = found[::-1]
        return [_state(each) for each in sorted(newest_first, key=lambda copy: copy.number)]

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        operations, container = self._copy(id)
        yield from operations.logs(container, follow=follow, tail=tail)

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        operations, container = self._copy(id)
        return operations.execute(container, command, interactive=interactive, tty=tty)

    def _copy(self, id: str) -> tuple[ContainerOperations, str]:
        """Raises ``HostError`` where no copy of the service runs."""
        host, joint, container = id.partition(_JOINT)
        if not joint:
            running = next((each for each in self.copies(id) if each.state == "running"), None)
            if running is None:
                raise HostError(f"no copy of the service {id} runs", hint="to see why:\n    virtwright status")
            return self._copy(running.id)
        docker = self._reachable().get(host)
        if docker is None:
            raise HostError(f"the stack has no Docker host {host} any more")
        return ContainerOperations(docker), container

    def _reachable(self) -> dict[str, DockerConnection]:
        return {self._home.name: self._home, **self._peers()}


def _state(copy: Copy) -> CopyState:
    outputs = read_outputs(copy.found)
    return CopyState(
        copy.number,
        f"{copy.host}{_JOINT}{copy.id}",
        copy.host,
        state_of(copy.found),
        outputs.address or "",
        outputs.health or "",
        copy.created,
    )

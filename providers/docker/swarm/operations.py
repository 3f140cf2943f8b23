"""Logs of, and commands in, the services of a swarm."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from virtwright.errors import HostError
from virtwright.providers.base import CopyState, LogLine
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.operating.frames import frames, lines, terminal
from virtwright.providers.docker.operating.operations import ContainerOperations
from virtwright.providers.docker.swarm.asking import Found, Manager
from virtwright.providers.docker.swarm.copies import copy_states
from virtwright.providers.docker.swarm.following import until_gone
from virtwright.providers.docker.swarm.reading import has_ended, runs

Peers = Callable[[], Mapping[str, DockerConnection]]


class ServiceOperations:
    """For one swarm. An id is a service's, which stands for all its copies, or a copy's."""

    logs_together: ClassVar[bool] = True

    def __init__(self, connection: DockerConnection, peers: Peers = dict) -> None:
        """``peers`` are the stack's other Docker hosts, by name: some may be nodes of the swarm."""
        self._docker = connection
        self._manager = Manager(connection)
        self._peers = peers

    def copies(self, id: str) -> Sequence[CopyState]:
        return copy_states(self._manager.tasks(id), self._node_names())

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        """Of all copies, wherever they run, also of those to come."""
        what, found = self._look(id)
        spec = found["Spec"] if what == "tasks" else found["Spec"]["TaskTemplate"]
        words = (
            f"/{what}/{id}/logs",
            bool(spec["ContainerSpec"].get("TTY")),
            follow,
            "all" if tail is None else str(tail),
        )
        yield from until_gone(self._read(*words), lambda: self._is_over(id)) if follow else self._read(*words)

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        """In a copy on the manager, else in one on a node that is a host of the stack: the swarm passes no commands on."""
        what, found = self._look(id)
        running = [task for task in ([found] if what == "tasks" else self._manager.tasks(id)) if runs(task)]
        if not running:
            raise HostError("no copy of the service runs", hint="to see why:\n    virtwright status")
        for node in self._nodes():
            here = next((task for task in running if task.get("NodeID") == _node_id(node)), None)
            if here is not None:
                container = str(here["Status"]["ContainerStatus"]["ContainerID"])
                return ContainerOperations(node).execute(container, command, interactive=interactive, tty=tty)
        nodes = self._node_names()
        names = sorted({nodes.get(str(task.get("NodeID")), "?") for task in running})
        raise HostError(
            f"no copy of the service runs on this manager: they run on {', '.join(names)}",
            hint="make such a node a host of the stack, so that it can be reached:\n"
            f"    {names[0]}: {{uri: docker+ssh://USER@{names[0]}}}",
        )

    def _look(self, id: str) -> tuple[Literal["services", "tasks"], Found]:
        try:
            return "services", self._manager.service(id)
        except GoneError:
            try:
                return "tasks", self._manager.task(id)
            except GoneError as error:
                raise HostError(f"the service {id[:12]} is not in this swarm", hint="apply the stack first") from error

    def _is_over(self, id: str) -> bool:
        try:
            what, found = self._look(id)
        except HostError:
            return True
        return what == "tasks" and has_ended(found)

    def _read(self, path: str, has_terminal: bool, follow: bool, tail: str) -> Iterator[LogLine]:
        from virtwright.providers.docker.client.library import patience

        params = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "tail": tail}
        client = self._docker.client
        with self._docker.errors("read its log"), patience(None if follow else 60.0):
            answer = client._get(client._url("{0}", path), params=params, stream=True)
            client._raise_for_status(answer)
            try:
                yield from lines(terminal(answer.raw.read1) if has_terminal else frames(answer.raw.read))
            finally:
                answer.close()

    def _node_names(self) -> dict[str, str]:
        return {str(each["ID"]): str(each["Description"].get("Hostname", "?")) for each in self._manager.nodes()}

    def _nodes(self) -> Iterator[DockerConnection]:
        """The manager first. Others are asked only when they are needed."""
        yield self._docker
        yield from (each for each in self._peers().values() if each.address != self._docker.address)


def _node_id(node: DockerConnection) -> str | None:
    """None where it is in no swarm, or can't be asked."""
    try:
        return Manager(node).swarm().get("NodeID") or None
    except HostError:
        return None

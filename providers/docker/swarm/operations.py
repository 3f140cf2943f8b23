"""Logs of, and commands in, the services of a swarm."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from virtwright.errors import HostError
from virtwright.providers.base import LogLine
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.operating.frames import frames, lines, terminal
from virtwright.providers.docker.operating.operations import ContainerOperations
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.following import until_gone
from virtwright.providers.docker.swarm.reading import runs

Peers = Callable[[], Mapping[str, DockerConnection]]


class ServiceOperations:
    """For one swarm; an id is a service's."""

    def __init__(self, connection: DockerConnection, peers: Peers = dict) -> None:
        """``peers`` are the stack's other Docker hosts, by name: some may be nodes of the swarm."""
        self._docker = connection
        self._manager = Manager(connection)
        self._peers = peers

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        """Of all copies, wherever they run."""
        try:
            found = self._manager.service(id)
        except GoneError as error:
            raise HostError(f"the service {id[:12]} is not in this swarm", hint="apply the stack first") from error
        has_terminal = bool(found["Spec"]["TaskTemplate"]["ContainerSpec"].get("TTY"))
        written = self._read(id, has_terminal, follow, "all" if tail is None else str(tail))
        yield from until_gone(written, lambda: not self._manager.services({"id": id})) if follow else written

    def _read(self, id: str, has_terminal: bool, follow: bool, tail: str) -> Iterator[LogLine]:
        from virtwright.providers.docker.client.library import patience

        params = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "tail": tail}
        client = self._docker.client
        with self._docker.errors("read its log"), patience(None if follow else 60.0):
            answer = client._get(client._url("/services/{0}/logs", id), params=params, stream=True)
            client._raise_for_status(answer)
            try:
                yield from lines(terminal(answer.raw.read1) if has_terminal else frames(answer.raw.read))
            finally:
                answer.close()

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        """In a copy on the manager, else in one on a node that is a host of the stack: the swarm passes no commands on."""
        running = [task for task in self._manager.tasks(id) if runs(task)]
        if not running:
            raise HostError("no copy of the service runs", hint="to see why:\n    virtwright plan")
        for node in self._nodes():
            here = next((task for task in running if task.get("NodeID") == _node_id(node)), None)
            if here is not None:
                container = str(here["Status"]["ContainerStatus"]["ContainerID"])
                return ContainerOperations(node).execute(container, command, interactive=interactive, tty=tty)
        nodes = {str(each["ID"]): str(each["Description"]["Hostname"]) for each in self._manager.nodes()}
        names = sorted({nodes.get(str(task.get("NodeID")), "?") for task in running})
        raise HostError(
            f"no copy of the service runs on this manager: they run on {', '.join(names)}",
            hint="make such a node a host of the stack, so that it can be reached:\n"
            f"    {names[0]}: {{uri: docker+ssh://USER@{names[0]}}}",
        )

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

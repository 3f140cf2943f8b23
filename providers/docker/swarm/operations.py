"""Logs of, and commands in, the services of a swarm."""

from collections.abc import Iterator, Sequence

from virtwright.errors import HostError
from virtwright.providers.base import LogLine
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.operating.frames import frames, lines, terminal
from virtwright.providers.docker.operating.operations import ContainerOperations
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.reading import runs


class ServiceOperations:
    """For one swarm; an id is a service's."""

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection
        self._manager = Manager(connection)

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        """Of all copies, wherever they run."""
        from virtwright.providers.docker.client.library import patience

        try:
            found = self._manager.service(id)
        except GoneError as error:
            raise HostError(f"the service {id[:12]} is not in this swarm", hint="apply the stack first") from error
        params = {
            "stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "tail": "all" if tail is None else str(tail),
        }  # fmt: skip
        has_terminal = bool(found["Spec"]["TaskTemplate"]["ContainerSpec"].get("TTY"))
        client = self._docker.client
        with self._docker.errors("read its log"), patience(None if follow else 60.0):
            answer = client._get(client._url("/services/{0}/logs", id), params=params, stream=True)
            client._raise_for_status(answer)
            try:
                yield from lines(terminal(answer.raw.read1) if has_terminal else frames(answer.raw.read))
            finally:
                answer.close()

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        """In a copy on the node that is connected to: the swarm passes no commands on to others."""
        node = self._manager.swarm().get("NodeID")
        running = [task for task in self._manager.tasks(id) if runs(task)]
        here = next((task for task in running if task.get("NodeID") == node), None)
        if here is not None:
            container = str(here["Status"]["ContainerStatus"]["ContainerID"])
            return ContainerOperations(self._docker).execute(container, command, interactive=interactive, tty=tty)
        if not running:
            raise HostError("no copy of the service runs", hint="to see why:\n    virtwright plan")
        nodes = {str(each["ID"]): str(each["Description"]["Hostname"]) for each in self._manager.nodes()}
        names = sorted({nodes.get(str(task.get("NodeID")), "?") for task in running})
        raise HostError(
            f"no copy of the service runs on this manager: they run on {', '.join(names)}",
            hint=f"run the command on that node, by Docker's own client:\n    docker -H ssh://{names[0]} exec ...",
        )

"""Logs of, and commands in, the containers of a Docker host."""

from collections.abc import Iterator, Sequence
from typing import Any

from virtwright.errors import HostError
from virtwright.providers.base import LogLine
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.operating.frames import frames, lines, terminal


class ContainerOperations:
    """For one engine; an id is a container's."""

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        from virtwright.providers.docker.client.library import patience

        found = self._inspect(id)
        params = {
            "stdout": 1, "stderr": 1, "timestamps": 1, "follow": int(follow), "tail": "all" if tail is None else str(tail),
        }  # fmt: skip
        client = self._docker.client
        with self._docker.errors("read its log"), patience(None if follow else 60.0):
            answer = client._get(client._url("/containers/{0}/logs", id), params=params, stream=True)
            client._raise_for_status(answer)
            parts = terminal if found["Config"]["Tty"] else frames
            try:
                yield from lines(parts(answer.raw.read if not found["Config"]["Tty"] else answer.raw.read1))
            finally:
                answer.close()

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        from virtwright.providers.docker.operating.execution import Execution

        try:
            return Execution(self._docker, id, command, interactive, tty).run()
        except GoneError as error:
            raise _gone(id) from error
        except ConflictError as error:
            state = self._inspect(id)["State"]["Status"]
            raise HostError(
                f"the container does not run: {state}", hint="apply the stack: that starts it again"
            ) from error

    def _inspect(self, id: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._docker.call("look at it", lambda client: client.inspect_container(id))
        except GoneError as error:
            raise _gone(id) from error
        return found


def _gone(id: str) -> HostError:
    return HostError(f"the container {id[:12]} is not on this host", hint="apply the stack first")

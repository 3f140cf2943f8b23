"""What is asked of a manager, and what it is told to remove. docker-py's own methods for this have no types."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.swarm.sorts import Sort

Found = Mapping[str, Any]
_LISTS: Final = {"Secret": "secrets", "Config": "configs"}


class Manager:
    """One manager of a swarm. Every method may raise ``HostError``."""

    def __init__(self, connection: DockerConnection) -> None:
        self.connection = connection

    def services(self, filters: Mapping[str, str] | None = None) -> list[Found]:
        """With how many of their tasks run, and should."""

        def work(client: Any) -> list[Found]:
            found: list[Found] = client.services(filters=dict(filters or {}), status=True)
            return found

        return self.connection.call("list services", work)

    def service(self, id: str, context: Context | None = None) -> Found:
        """By its id or name. Raises ``GoneError``."""

        def work(client: Any) -> Found:
            found: Found = client.inspect_service(id)
            return found

        return self.connection.call("look at the service", work, context)

    def tasks(self, service: str | None = None) -> list[Found]:
        """Of all services, or of one."""

        def work(client: Any) -> list[Found]:
            found: list[Found] = client.tasks(filters={"service": service} if service is not None else {})
            return found

        return self.connection.call("list tasks", work)

    def task(self, id: str) -> Found:
        """Raises ``GoneError``."""

        def work(client: Any) -> Found:
            found: Found = client.inspect_task(id)
            return found

        return self.connection.call("look at the copy", work)

    def networks(self) -> dict[str, str]:
        """From the names of the swarm's networks to their ids."""

        def work(client: Any) -> dict[str, str]:
            return {each["Name"]: each["Id"] for each in client.networks(filters={"scope": "swarm"})}

        return self.connection.call("list networks", work)

    def nodes(self) -> list[Found]:
        def work(client: Any) -> list[Found]:
            found: list[Found] = client.nodes()
            return found

        return self.connection.call("list nodes", work)

    def within_reach(self, tasks: Sequence[Found]) -> list[Found]:
        """Those on nodes that answer: a lost node tells of its tasks when it is back, and stops them then."""
        if not tasks:
            return []
        lost = {node["ID"] for node in self.nodes() if node["Status"].get("State") != "ready"}
        return [task for task in tasks if task.get("NodeID") not in lost]

    def swarm(self) -> Found:
        """What the engine says of the swarm that it is in."""

        def work(client: Any) -> Found:
            found: Found = client.info().get("Swarm") or {}
            return found

        return self.connection.call("ask about the swarm", work)

    def objects(self, sort: Sort, label: str) -> list[Found]:
        """Secrets or configs with a label."""

        def work(client: Any) -> list[Found]:
            found: list[Found] = getattr(client, _LISTS[sort])(filters={"label": label})
            return found

        return self.connection.call(f"list {_LISTS[sort]}", work)

    def make_object(self, sort: Sort, name: str, data: bytes, labels: dict[str, str], context: Context) -> str:
        """A secret or config; its id. Raises ``ConflictError`` where the name is taken."""

        def work(client: Any) -> str:
            return str(getattr(client, f"create_{sort.lower()}")(name, data, labels)["ID"])

        return self.connection.call(f"create the {sort.lower()} {name}", work, context)

    def remove_object(self, sort: Sort, id: str, name: str) -> None:
        """It may be gone already."""
        try:
            self.connection.call(
                f"remove the {sort.lower()} {name}", lambda client: getattr(client, f"remove_{sort.lower()}")(id)
            )
        except GoneError:
            return

    def remove_service(self, id: str, name: str, context: Context) -> None:
        """It may be gone already."""

        def work(client: Any) -> None:
            client.remove_service(id)

        try:
            self.connection.call(f"delete the service {name}", work, context)
        except GoneError:
            return

"""The connection to a manager of a swarm."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from virtwright.errors import HostError
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import docker_errors

if TYPE_CHECKING:
    from virtwright.providers.docker.client.library import Client


class SwarmConnection(DockerConnection):
    """As any engine's, but the engine must be a manager: asked once, when the connection is made."""

    def _connect(self) -> "Client":
        client = super()._connect()
        try:
            with docker_errors("ask about the swarm", self.address):
                told = client.info()
            require_manager(told.get("Swarm") or {}, str(self.address))
        except BaseException:
            client.close()
            raise
        return client


def require_manager(swarm: Mapping[str, Any], address: str) -> None:
    """``swarm`` is that part of ``GET /info``. Raises ``HostError`` where the engine manages no swarm."""
    if swarm.get("ControlAvailable"):
        return
    state = swarm.get("LocalNodeState") or "inactive"
    if state == "inactive":
        raise HostError(
            f"the engine at {address} is in no swarm",
            hint="make one there, or let it join as a manager:\n    docker swarm init --advertise-addr ADDRESS",
        )
    if state == "locked":
        raise HostError(f"the manager at {address} is locked", hint="unlock it there:\n    docker swarm unlock")
    managers = [str(each.get("Addr", "")).rpartition(":")[0] for each in swarm.get("RemoteManagers") or ()]
    if state == "active" and managers:
        raise HostError(
            f"the engine at {address} is a worker of its swarm, and only a manager can be asked",
            hint=f"name a manager in the stack:\n    uri: swarm+ssh://USER@{managers[0]}",
        )
    raise HostError(
        f"the engine at {address} can't reach the managers of its swarm: its state is {state}",
        hint="see on it what is wrong:\n    docker info",
    )

"""What a manager says of its swarm, for ``virtwright host check``."""

from collections.abc import Iterator
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.base import HostFact
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.swarm.asking import Found, Manager
from virtwright.providers.docker.swarm.connection import require_manager

_SAFE: Final = 3
"""With fewer managers, the loss of one stops the swarm's management."""


def swarm_facts(docker: DockerConnection) -> Iterator[HostFact]:
    manager = Manager(docker)
    told = manager.swarm()
    try:
        require_manager(told, str(docker.address))
    except HostError as error:
        yield HostFact("swarm", error.message, False, error.hint)
        return
    nodes = manager.nodes()
    managers = [each for each in nodes if each["Spec"].get("Role") == "manager"]
    yield HostFact("swarm", f"{told.get('LocalNodeState')}, this engine is a manager")
    yield HostFact("nodes", f"{len(managers)} managers, {len(nodes) - len(managers)} workers")
    if len(managers) == 2:
        hint = f"make it {_SAFE}: of two managers both are needed\n    docker node promote NODE"
        yield HostFact("managers", "2", False, hint)
    for each in nodes:
        yield from _trouble(each)


def _trouble(node: Found) -> Iterator[HostFact]:
    name = str(node["Description"].get("Hostname") or node["ID"])
    state = node["Status"].get("State")
    if state != "ready":
        said = node["Status"].get("Message") or "nothing was heard of it"
        yield HostFact(
            "node", f"{name} is {state}: {said}", False, f"start it, or take it out:\n    docker node rm {name}"
        )
    availability = node["Spec"].get("Availability")
    if availability != "active":
        hint = f"let it take tasks:\n    docker node update --availability active {name}"
        yield HostFact("node", f"{name} takes no tasks: {availability}", False, hint)
    reach = (node.get("ManagerStatus") or {}).get("Reachability")
    if reach not in (None, "reachable"):
        yield HostFact("node", f"the manager {name} is {reach}", False, "see its daemon's log")

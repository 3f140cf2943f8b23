"""Bringing a container into the networks that it is to be in."""

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.endpoints import DEFAULT, endpoint, read_endpoints
from virtwright.providers.docker.containers.reading import Found
from virtwright.providers.docker.containers.record import ENDPOINTS, recorded
from virtwright.schemas.attachments import NetworkAttachment

STEP = "docker.join"


def join(docker: DockerConnection, id: str, network: str, settings: dict[str, object], context: Context) -> None:
    body = {"Container": id, "EndpointConfig": settings}

    def work(client: object) -> None:
        url = client._url("/networks/{0}/connect", network)  # type: ignore[attr-defined]
        client._raise_for_status(client._post_json(url, data=body))  # type: ignore[attr-defined]

    docker.call(f"join the network {network}", work, context)
    reach(STEP)


def leave(docker: DockerConnection, id: str, network: str, context: Context) -> None:
    try:
        docker.call(
            f"leave the network {network}",
            lambda client: client.disconnect_container_from_network(id, network, force=True),
            context,
        )
    except HostError as error:
        if "is not connected" not in error.message:
            raise
    reach(STEP)


def rejoin(
    docker: DockerConnection, found: Found, wanted: list[NetworkAttachment], own_name: str, context: Context
) -> bool:
    """Leave and join until the memberships are those that are wanted; whether anything had to be done. What somebody else
    made has no ``own_name`` (empty), and stays in Docker's default network, which its inputs can't name."""
    id, mode = str(found["Id"]), found["HostConfig"].get("NetworkMode") or "default"
    if mode in ("host", "none") or mode.startswith("container:"):
        return False
    joined = dict((found.get("NetworkSettings") or {}).get("Networks") or {})
    asked = recorded(found["Config"].get("Labels") or {}).get(ENDPOINTS, {})
    if not own_name and wanted:
        joined.pop(DEFAULT, None)
    now = {each.network: each for each in read_endpoints(joined, own_name, id, asked)}
    goal = {each.network: each for each in wanted}
    settings: dict[str, dict[str, object]] = {name: endpoint(each, own_name) for name, each in goal.items()}
    if not goal:
        settings, now_default = {DEFAULT: {}}, now.get(DEFAULT)
        goal = {DEFAULT: now_default or NetworkAttachment(network=DEFAULT)}
    changed = [name for name in now if now[name] != goal.get(name)]
    for name in changed:
        leave(docker, id, name, context)
    missing = [name for name in goal if name not in now or name in changed]
    for name in missing:
        join(docker, id, name, settings[name], context)
    return bool(changed or missing)

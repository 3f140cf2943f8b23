"""Looking for containers by their ids and names."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from virtwright.providers.base import Found
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.foreign.settings import Daemon
from virtwright.providers.docker.containers.foreign.telling import tell
from virtwright.providers.docker.helpers import LABEL
from virtwright.providers.docker.labels import stamp_of
from virtwright.schemas.container import Container, ContainerOutputs

_OTHERS: Final = {LABEL, "com.docker.swarm.task.id"}
"""Labels of helpers, and of the copies of a swarm's services."""


def find_containers(
    docker: DockerConnection, names: Collection[str] | None
) -> Iterator[Found[Container, ContainerOutputs]]:
    """One inspection for each, one of each image, and one question about the engine."""
    listed = docker.call("list its containers", lambda client: client.containers(all=True))
    called = {each["Id"]: str((each.get("Names") or ["/"])[0]).lstrip("/") for each in listed}
    wanted = (
        names
        if names is not None
        else [each["Id"] for each in listed if not _OTHERS & (each.get("Labels") or {}).keys()]
    )
    images: dict[str, Mapping[str, Any]] = {}
    for name in wanted:
        found = _container(docker, name)
        if found is None:
            continue
        image = found["Image"]
        if image not in images:
            images[image] = _image_config(docker, image)
        inputs, unsaid = tell(found, images[image], Daemon.of(docker.told), called)
        own_name = reading.name_of(found)
        stamp = stamp_of(found["Config"].get("Labels"), own_name)
        yield Found(found["Id"], own_name, inputs, reading.read_outputs(found), stamp, reading.drift(found), unsaid)


def _container(docker: DockerConnection, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = docker.call("look at a container", lambda client: client.inspect_container(name))
    except GoneError:
        return None
    return found


def _image_config(docker: DockerConnection, image: str) -> Mapping[str, Any]:
    """Empty where the image is gone: then all that the container has counts as its own."""

    def ask(client: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = client.inspect_image(image)
        return found

    try:
        found = docker.call("look at an image", ask)
    except GoneError:
        return {}
    return found.get("Config") or {}

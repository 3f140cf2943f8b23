"""What can be done and seen before an old container goes that a new one is to take the place of.

The engine is asked for a creation that can't come about: it looks at all that is asked for before it finds that no container
can be called so. Nothing is made, so that nothing can be left behind.
"""

from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.fetching import provide_image
from virtwright.providers.docker.containers.mapping import create_body
from virtwright.providers.docker.names import host_name
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown, has_unknown

_NO_NAME: Final = "-"
"""What no engine takes for a name: https://github.com/moby/moby/blob/v26.1.5/daemon/names/names.go"""
_REFUSALS: Final = ("Invalid container name", "names must match")
"""What Docker and Podman say of it, when there is nothing else to say."""
_PARTS: Final = ("networks", "volumes", "environment", "labels", "files")
"""Fields that can be left out in part, or that the engine does not look at."""


def prepare_container(docker: DockerConnection, inputs: Container, urn: str, context: Context) -> None:
    """Before the old container goes: pull the image of the one that takes its place, and let the engine look at it. What is
    not known yet is left out. Raises ``HostError``."""
    docker_block = inputs.docker if isinstance(inputs.docker, DockerContainer) else DockerContainer()
    if isinstance(inputs.image, str) and not isinstance(docker_block.platform, Unknown):
        provide_image(docker, inputs.image, docker_block.platform, context)
    rehearse(docker, inputs, host_name(Urn.parse(urn).name), context)


def rehearse(docker: DockerConnection, inputs: Container, own_name: str, context: Context) -> None:
    """Raises ``HostError`` for what the engine would refuse of a new container: a path that is not there, limits that it
    can't keep, an image that it lacks. What it would refuse at the start only, nobody can tell before."""
    whole = _known_part(inputs)
    if whole is None:
        return
    body = create_body(whole, own_name, {})
    platform = (whole.docker or DockerContainer()).platform
    params = {"name": _NO_NAME, **({"platform": platform} if platform else {})}
    try:
        docker.post(f"create the container {own_name} anew", "/containers/create", body, context, **params)
    except HostError as error:
        if not any(text in error.message for text in _REFUSALS):
            raise


def _known_part(inputs: Container) -> Container | None:
    """Without what is not known yet; None where too little is left to be judged."""
    told = to_properties(inputs)
    if any(has_unknown(value) for name, value in told.items() if name not in _PARTS):
        return None
    return inputs.model_copy(update={name: _known(name, getattr(inputs, name), told[name]) for name in _PARTS})


def _known(field: str, items: Any, told: Any) -> Any:
    if isinstance(items, dict):
        return {key: item for key, item in items.items() if not has_unknown(told[key])}
    if isinstance(items, list):
        return [item for item, plain in zip(items, told, strict=True) if not has_unknown(plain)]
    return Container.model_fields[field].default

"""An image that a container names and the host does not have yet."""

from typing import Any

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.images.credentials import Logins
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.images.registry import Registry


def fetch_image(docker: DockerConnection, reference: str, platform: str | None, context: Context) -> None:
    """Pull it. Raises ``HostError`` where it can't be had."""
    name = parse(reference) if not reference.startswith("sha256:") else None
    if name is None:
        raise HostError(
            f"the host has no image {reference!r}, and it is no name that could be pulled",
            hint="write it as nginx:1.27 or registry.example.org:5000/team/app:1.2",
        )
    Registry(docker, Logins(docker.host)).pull(name, platform, context)


def provide_image(docker: DockerConnection, reference: str, platform: str | None, context: Context) -> None:
    """Pull it where the host has none of that name. Raises ``HostError`` where it can't be had."""

    def look(client: Any) -> None:
        client.inspect_image(reference)

    try:
        docker.call(f"look for {reference}", look, context)
    except GoneError:
        fetch_image(docker, reference, platform, context)

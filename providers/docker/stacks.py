"""Which stacks have something on an engine."""

from typing import Any

from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.listing import HostImages
from virtwright.providers.docker.labels import STACK


def stacks_here(docker: DockerConnection) -> set[str]:
    """The full names, ``PROJECT/STACK``, on any container, network, volume or image."""
    marked = {"label": STACK}

    def ask(client: Any) -> list[dict[str, Any]]:
        volumes = client.volumes(filters=marked).get("Volumes") or ()
        return [*client.containers(all=True, filters=marked), *client.networks(filters=marked), *volumes]

    found = docker.call("list what bears a stamp", ask)
    urns = [bearer.urn for image in HostImages(docker).all() for bearer in image.bearers()]
    return {str(each["Labels"][STACK]) for each in found} | {f"{urn.project}/{urn.stack}" for urn in urns}

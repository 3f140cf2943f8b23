"""The provider of Docker engines and Swarms, local and remote."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from virtwright.providers.base import Handler, HostFact, Operations
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.schemas.host import Host


class DockerProvider:
    """One engine. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = ("docker", "docker+unix", "docker+tcp", "docker+ssh")

    def __init__(self, name: str, host: Host) -> None:
        self.connection = DockerConnection(name, host)

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(name, host)

    @cached_property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        from virtwright.providers.docker.containers.handler import ContainerHandler
        from virtwright.providers.docker.images.handler import ImageHandler
        from virtwright.providers.docker.networks.handler import NetworkHandler
        from virtwright.providers.docker.volumes.handler import VolumeHandler

        return {
            "Network": NetworkHandler(self.connection),
            "Volume": VolumeHandler(self.connection),
            "Image": ImageHandler(self.connection),
            "Container": ContainerHandler(self.connection),
        }

    def operations(self, kind: str) -> Operations | None:
        return None

    def facts(self) -> Sequence[HostFact]:
        version = self.connection.call("ask for its version", lambda client: client.version())
        return [HostFact("Docker", str(version["Version"]))]

    def close(self) -> None:
        self.connection.close()

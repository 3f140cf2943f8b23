"""The provider of Docker Swarms, reached through one of their managers."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from virtwright.providers.base import Handler, HostFact, Operations
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.swarm.connection import SwarmConnection
from virtwright.schemas.host import Host


class SwarmProvider:
    """One swarm. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = ("swarm", "swarm+unix", "swarm+tcp", "swarm+ssh")

    def __init__(self, name: str, host: Host) -> None:
        self.connection = SwarmConnection(name, host)

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(name, host)

    @cached_property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        from virtwright.providers.docker.images.handler import ImageHandler
        from virtwright.providers.docker.networks.handler import NetworkHandler
        from virtwright.providers.docker.networks.mapping import OVERLAY
        from virtwright.providers.docker.swarm.handler import SwarmServiceHandler
        from virtwright.providers.docker.swarm.refused import RefusedContainerHandler
        from virtwright.providers.docker.swarm.volumes import SwarmVolumeHandler

        return {
            "Network": NetworkHandler(self.connection, OVERLAY),
            "Volume": SwarmVolumeHandler(self.connection),
            "Image": ImageHandler(self.connection),
            "Container": RefusedContainerHandler(),
            "Service": SwarmServiceHandler(self.connection),
        }

    def operations(self, kind: str) -> Operations | None:
        if kind != "Service":
            return None
        from virtwright.providers.docker.swarm.operations import ServiceOperations

        return ServiceOperations(self.connection)

    def facts(self) -> Sequence[HostFact]:
        from virtwright.providers.docker.operating.facts import engine_facts
        from virtwright.providers.docker.swarm.facts import swarm_facts

        engine = DockerConnection(self.connection.name, self.connection.host)
        try:
            return [*engine.way(), *engine_facts(engine), *swarm_facts(engine)]
        finally:
            engine.close()

    def close(self) -> None:
        self.connection.close()

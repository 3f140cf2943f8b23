"""The provider of Docker Swarms, reached through one of their managers."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from virtwright.errors import Problem
from virtwright.providers.base import Handler, HostFact, Operations, Provider
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.swarm.connection import SwarmConnection
from virtwright.schemas.host import Host


class SwarmProvider:
    """One swarm. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = ("swarm", "swarm+unix", "swarm+tcp", "swarm+ssh")

    def __init__(self, name: str, host: Host) -> None:
        self._connection = SwarmConnection(name, host)
        self._met: Callable[[], Mapping[str, Provider]] = dict

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
            "Network": NetworkHandler(self._connection, OVERLAY),
            "Volume": SwarmVolumeHandler(self._connection),
            "Image": ImageHandler(self._connection),
            "Container": RefusedContainerHandler(),
            "Service": SwarmServiceHandler(self._connection),
        }

    def operations(self, kind: str) -> Operations | None:
        if kind != "Service":
            return None
        from virtwright.providers.docker.swarm.operations import ServiceOperations

        return ServiceOperations(self._connection, self._peers)

    def facts(self) -> Sequence[HostFact]:
        from virtwright.providers.docker.operating.facts import engine_facts
        from virtwright.providers.docker.swarm.facts import swarm_facts

        engine = DockerConnection(self._connection.name, self._connection.host)
        try:
            return [*engine.way(), *engine_facts(engine), *swarm_facts(engine)]
        finally:
            engine.close()

    def way_warnings(self) -> Iterable[Problem]:
        return self._connection.address.warnings()

    def stacks(self) -> Collection[str]:
        from virtwright.providers.docker.stacks import stacks_here
        from virtwright.providers.docker.swarm.asking import Manager
        from virtwright.providers.docker.swarm.files import FileObjects
        from virtwright.providers.docker.swarm.listing import stacks_of_services

        manager = Manager(self._connection)
        files = {held.stack for held in FileObjects(manager).listed() if held.stack}
        return stacks_here(self._connection) | stacks_of_services(manager) | files

    def evidence(self) -> Mapping[str, str]:
        """Each of its managers answers for the swarm."""
        cluster = (self._connection.told.get("Swarm") or {}).get("Cluster") or {}
        return {"swarm": str(cluster["ID"])} if cluster.get("ID") else {}

    def meet(self, peers: Callable[[], Mapping[str, Provider]]) -> None:
        self._met = peers

    def _peers(self) -> dict[str, DockerConnection]:
        """Of which some may be nodes of the swarm."""
        from virtwright.providers.docker.provider import engines_among

        return engines_among(self._met())

    def close(self) -> None:
        self._connection.close()

"""The provider of Docker engines, local and remote. Swarms have one of their own: ``swarm/provider.py``."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from virtwright.errors import Problem
from virtwright.providers.base import Handler, HostFact, Operations, Provider
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.schemas.host import Host


class DockerProvider:
    """One engine. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = ("docker", "docker+unix", "docker+tcp", "docker+ssh")

    def __init__(self, name: str, host: Host) -> None:
        self._connection = DockerConnection(name, host)
        self._met: Callable[[], Mapping[str, Provider]] = dict

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(name, host)

    @cached_property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        from virtwright.providers.docker.containers.handler import ContainerHandler
        from virtwright.providers.docker.images.handler import ImageHandler
        from virtwright.providers.docker.networks.handler import EngineNetworkHandler
        from virtwright.providers.docker.services.handler import ServiceHandler
        from virtwright.providers.docker.volumes.handler import VolumeHandler

        return {
            "Network": EngineNetworkHandler(self._connection),
            "Volume": VolumeHandler(self._connection),
            "Image": ImageHandler(self._connection),
            "Container": ContainerHandler(self._connection),
            "Service": ServiceHandler(self._connection, self._peers),
        }

    def operations(self, kind: str) -> Operations | None:
        if kind == "Container":
            from virtwright.providers.docker.operating.operations import ContainerOperations

            return ContainerOperations(self._connection)
        if kind == "Service":
            from virtwright.providers.docker.services.operations import ServiceOperations

            return ServiceOperations(self._connection, self._peers)
        return None

    def facts(self) -> Sequence[HostFact]:
        from virtwright.providers.docker.operating.facts import engine_facts

        return [*self._connection.way(), *engine_facts(self._connection)]

    def way_warnings(self) -> Iterable[Problem]:
        return self._connection.address.warnings()

    def stacks(self) -> Collection[str]:
        from virtwright.providers.docker.stacks import stacks_here

        return stacks_here(self._connection)

    def evidence(self) -> Mapping[str, str]:
        id = self._connection.told.get("ID")
        return {"engine": str(id)} if id else {}

    def meet(self, peers: Callable[[], Mapping[str, Provider]]) -> None:
        self._met = peers
        self._connection.answers.begin()

    def _peers(self) -> dict[str, DockerConnection]:
        """Which a service's copies may run on."""
        return engines_among(self._met())

    def close(self) -> None:
        self._connection.close()


def engines_among(hosts: Mapping[str, Provider]) -> dict[str, DockerConnection]:
    """The Docker hosts of a stack, by name."""
    return {name: each._connection for name, each in hosts.items() if isinstance(each, DockerProvider)}

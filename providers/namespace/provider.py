"""The provider of ``namespace:///``: this machine, with no daemon and no other container engine."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from virtwright.providers.base import Handler, HostFact, Operations
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.host import Host

if TYPE_CHECKING:
    from virtwright.providers.context import Context
    from virtwright.providers.namespace.sandbox.spec import SandboxSpec
    from virtwright.providers.namespace.sandbox.status import Status
    from virtwright.providers.namespace.supervisor import Supervisor

_RUNNING: Final = ("Container", "VirtualMachine")
_CACHE: Final = "cache"


class NamespaceProvider:
    """One runtime root. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = ("namespace",)

    def __init__(self, root: Root) -> None:
        self._root = root
        self._started: Supervisor | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(Root.from_uri(host.uri))

    @cached_property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        """Service is not offered: copies are spread over hosts, and this is one machine."""
        from virtwright.providers.namespace.guard import AsRoot, AsRootRunning

        makers: dict[str, Callable[[], Handler[Any, Any]]] = {
            "Network": self._network,
            "Volume": self._volume,
            "Image": self._image,
            "VirtualMachine": self._machine,
            "Container": self._container,
        }
        return {
            kind: (AsRootRunning if kind in _RUNNING else AsRoot)(
                make, partial(self._tidy, kind), partial(self._recorded, kind)
            )
            for kind, make in makers.items()
        }

    def _network(self) -> Handler[Any, Any]:
        from virtwright.providers.namespace.network.handler import NetworkHandler

        return NetworkHandler(self._root)

    def _volume(self) -> Handler[Any, Any]:
        from virtwright.providers.namespace.volumes.handler import VolumeHandler

        return VolumeHandler(self._root)

    def _image(self) -> Handler[Any, Any]:
        from virtwright.providers.namespace.images.handler import ImageHandler

        return ImageHandler(self._root)

    def _machine(self) -> Handler[Any, Any]:
        from virtwright.providers.namespace.containers.machine_handler import MachineHandler

        return MachineHandler(self._root, self._start)

    def _container(self) -> Handler[Any, Any]:
        from virtwright.providers.namespace.containers.container_handler import ContainerHandler

        return ContainerHandler(self._root, self._start)

    def _tidy(self, kind: str) -> None:
        from virtwright.providers.namespace.tidying import tidy

        tidy(self._root, kind)

    def _recorded(self, kind: str, stack: str) -> bool:
        from virtwright.providers.namespace.records import Records

        return any(True for _ in Records(self._root).list(kind, stack))

    def operations(self, kind: str) -> Operations | None:
        if kind not in _RUNNING:
            return None
        from virtwright.providers.namespace.operations import NamespaceMachineOperations, NamespaceOperations

        made = NamespaceMachineOperations if kind == "VirtualMachine" else NamespaceOperations
        return made(self._root, kind, self._supervisor)

    def stacks(self) -> frozenset[str]:
        from virtwright.providers.namespace.guard import guarded
        from virtwright.providers.namespace.records import Records

        with guarded():
            records = Records(self._root)
            return frozenset(record.stamp.stack for kind in self.handlers for record in records.list(kind))

    def evidence(self) -> Mapping[str, str]:
        from virtwright.providers.namespace.machine import machine_id

        id = machine_id()
        return {"machine": id} if id else {}

    def facts(self) -> Sequence[HostFact]:
        from virtwright.providers.namespace.facts import host_facts

        return host_facts(self._root)

    def close(self) -> None:
        if self._started is not None:
            self._started.close()

    @property
    def _supervisor(self) -> "Supervisor":
        """Made when it is first needed, once: handlers ask for it on many threads, and two would each have a launcher."""
        from virtwright.providers.namespace.supervisor import Supervisor

        with self._lock:
            if self._started is None:
                self._started = Supervisor(self._root.path / _CACHE, private=(self._root.path,))
            return self._started

    def _start(self, spec: "SandboxSpec", meanwhile: "Callable[[], None]", context: "Context") -> "Status":
        return self._supervisor.start(spec, meanwhile, context)

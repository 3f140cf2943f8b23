"""The provider of libvirt hosts: QEMU/KVM, LXC, Xen, and libvirt's own test driver; local and over SSH."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from virtwright.providers.base import Handler, HostFact, Operations
from virtwright.providers.libvirt.connection.address import DRIVERS, TRANSPORTS
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.schemas.host import Host


class LibvirtProvider:
    """One driver of one libvirt daemon. Nothing is imported or touched before it is needed."""

    schemes: ClassVar[tuple[str, ...]] = tuple(
        f"{driver}+{way}" if way else driver for driver in DRIVERS for way in TRANSPORTS
    )

    def __init__(self, name: str, host: Host) -> None:
        self._connection = LibvirtConnection(name, host)

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(name, host)

    @cached_property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        """A Container is not offered, nor a Service: libvirt runs machines."""
        from virtwright.providers.libvirt.images.handler import ImageHandler
        from virtwright.providers.libvirt.machines.handler import MachineHandler
        from virtwright.providers.libvirt.networks.handler import NetworkHandler
        from virtwright.providers.libvirt.storage.glance import Glance
        from virtwright.providers.libvirt.storage.pool_check import PoolCheck
        from virtwright.providers.libvirt.volumes.handler import VolumeHandler

        glance, pools = Glance(self._connection), PoolCheck(self._connection)
        return {
            "Network": NetworkHandler(self._connection),
            "Volume": VolumeHandler(self._connection, glance, pools),
            "Image": ImageHandler(self._connection, glance, pools),
            "VirtualMachine": MachineHandler(self._connection),
        }

    def operations(self, kind: str) -> Operations | None:
        if kind != "VirtualMachine":
            return None
        from virtwright.providers.libvirt.machines.operations import MachineOperations

        return MachineOperations(self._connection)

    def facts(self) -> Sequence[HostFact]:
        from virtwright.providers.libvirt.facts import host_facts

        return [*self._connection.way(), *host_facts(self._connection)]

    def stacks(self) -> Collection[str]:
        from virtwright.providers.libvirt.stacks import stacks_here

        return stacks_here(self._connection)

    def evidence(self) -> Mapping[str, str]:
        from virtwright.providers.libvirt.facts import host_uuid

        uuid = host_uuid(self._connection)
        return {"libvirt": uuid} if uuid else {}

    def close(self) -> None:
        self._connection.close()

"""A component: machines of one kind on a network of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from virtwright.sdk.inputs.attachments import NetworkAttachmentArgs
from virtwright.sdk.inputs.storage import DiskArgs
from virtwright.sdk.resources.machine import VirtualMachine
from virtwright.sdk.resources.network import Network
from virtwright.sdk.resources.volume import Volume

if TYPE_CHECKING:
    from virtwright.sdk.inputs.cloud_init import CloudInitArgs, CloudInitArgsDict

_MOUNT = "/var/lib/data"


@dataclass(kw_only=True)
class ClusterArgs:
    """What the machines of a cluster are like."""

    machines: int
    """How many machines, at least 1."""
    image: pulumi.Input[str] | None = None
    """What each machine is made from: an image, a path or ``host``."""
    cpus: pulumi.Input[int] | None = None
    """CPUs of each machine. Default: 1."""
    memory: pulumi.Input[int | str] | None = None
    """Memory of each machine in bytes, as ``2GiB``. Default: 1GiB."""
    cidr: pulumi.Input[str] | None = None
    """The IPv4 network of the machines. Default: chosen by the provider."""
    volume_size: pulumi.Input[int | str] | None = None
    """Gives each machine a volume of this size in bytes, as ``10GiB``. Default: no volumes."""
    volume_mount: pulumi.Input[str] | None = None
    """Where that volume is mounted. Default: /var/lib/data."""
    cloud_init: pulumi.Input[CloudInitArgs | CloudInitArgsDict] | None = None
    """What each machine does at its first start. Default: nothing."""


class Cluster(pulumi.ComponentResource):
    """Machines of one kind on a network of their own: ``NAME`` is the network, ``NAME-0``, ``NAME-1``, ... are the
    machines, and their volumes where they have some."""

    network: Network
    """Their network."""
    machines: Sequence[VirtualMachine]
    """The machines, in their order."""
    volumes: Sequence[Volume]
    """The volume of each machine, in the same order; none where they have no volumes."""
    addresses: pulumi.Output[Sequence[str | None]]
    """The address of each machine, in their order."""

    def __init__(self, resource_name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises ``ValueError`` where ``machines`` is no whole number of at least 1: how many there are must be known in a plan."""
        if not isinstance(args.machines, int) or args.machines < 1:
            raise ValueError(
                f"a cluster has a whole number of machines, at least 1, that is known at once; not {args.machines!r}"
            )
        super().__init__("virtwright:index:Cluster", resource_name, None, opts)
        self._own = pulumi.ResourceOptions(parent=self)
        self.network = Network(resource_name, cidr=args.cidr, opts=self._own)
        names = [f"{resource_name}-{index}" for index in range(args.machines)]
        size = args.volume_size
        self.volumes = [Volume(name, size=size, opts=self._own) for name in names] if size is not None else []
        self.machines = [self._machine(name, index, args) for index, name in enumerate(names)]
        self.addresses = pulumi.Output.all(*(machine.address for machine in self.machines)).apply(list)
        self.register_outputs({"network": self.network, "addresses": self.addresses})

    def _machine(self, name: str, index: int, args: ClusterArgs) -> VirtualMachine:
        mount = args.volume_mount if args.volume_mount is not None else _MOUNT
        return VirtualMachine(
            name,
            image=args.image,
            cpus=args.cpus,
            memory=args.memory,
            networks=[NetworkAttachmentArgs(network=self.network.name)],
            disks=[DiskArgs(volume=self.volumes[index].name, mount=mount)] if self.volumes else None,
            cloud_init=args.cloud_init,
            opts=self._own,
        )

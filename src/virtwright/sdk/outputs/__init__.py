"""What programs are told of nested values, as ``vw.outputs.Disk``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from virtwright.sdk.outputs.attachments import File, NetworkAttachment, PublishedPort
from virtwright.sdk.outputs.cloud_init import CloudInit, User
from virtwright.sdk.outputs.container import ContainerResources, NamespaceContainer
from virtwright.sdk.outputs.cpu import Cpu, CpuTopology
from virtwright.sdk.outputs.docker_container import Device, DockerContainer, DockerService, Tmpfs, Ulimit
from virtwright.sdk.outputs.graphics import Graphics
from virtwright.sdk.outputs.host import RegistryLogin, SshSettings, TlsSettings
from virtwright.sdk.outputs.image import BuildContext, ImageSource
from virtwright.sdk.outputs.machine import KernelBoot, MachineResources
from virtwright.sdk.outputs.machine_hosts import LibvirtMachine, NamespaceMachine
from virtwright.sdk.outputs.network import Dhcp, DhcpRange, DhcpReservation, Dns, DnsRecord, DockerNetwork
from virtwright.sdk.outputs.overlay import LibvirtOverlay
from virtwright.sdk.outputs.readiness import Healthcheck, WaitFor
from virtwright.sdk.outputs.service import Placement, RollbackPolicy, UpdatePolicy
from virtwright.sdk.outputs.storage import Disk, Mount
from virtwright.sdk.outputs.volume import DockerVolume, VolumeSource

__all__ = [
    "BuildContext",
    "CloudInit",
    "ContainerResources",
    "Cpu",
    "CpuTopology",
    "Device",
    "Dhcp",
    "DhcpRange",
    "DhcpReservation",
    "Disk",
    "Dns",
    "DnsRecord",
    "DockerContainer",
    "DockerNetwork",
    "DockerService",
    "DockerVolume",
    "File",
    "Graphics",
    "Healthcheck",
    "ImageSource",
    "KernelBoot",
    "LibvirtMachine",
    "LibvirtOverlay",
    "MachineResources",
    "Mount",
    "NamespaceContainer",
    "NamespaceMachine",
    "NetworkAttachment",
    "Placement",
    "PublishedPort",
    "RegistryLogin",
    "RollbackPolicy",
    "SshSettings",
    "TlsSettings",
    "Tmpfs",
    "Ulimit",
    "UpdatePolicy",
    "User",
    "VolumeSource",
    "WaitFor",
]

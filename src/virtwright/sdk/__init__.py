"""Everything that a Python stack uses, as ``vw.Network``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from virtwright.sdk import outputs
from virtwright.sdk.cluster import Cluster, ClusterArgs
from virtwright.sdk.functions import (
    GetHostResult,
    GetImageResult,
    HostFact,
    get_host,
    get_host_output,
    get_image,
    get_image_output,
)
from virtwright.sdk.inputs.attachments import (
    FileArgs,
    FileArgsDict,
    NetworkAttachmentArgs,
    NetworkAttachmentArgsDict,
    PublishedPortArgs,
    PublishedPortArgsDict,
)
from virtwright.sdk.inputs.cloud_init import CloudInitArgs, CloudInitArgsDict, UserArgs, UserArgsDict
from virtwright.sdk.inputs.container import (
    ContainerResourcesArgs,
    ContainerResourcesArgsDict,
    NamespaceContainerArgs,
    NamespaceContainerArgsDict,
)
from virtwright.sdk.inputs.cpu import CpuArgs, CpuArgsDict, CpuTopologyArgs, CpuTopologyArgsDict
from virtwright.sdk.inputs.docker_container import (
    DeviceArgs,
    DeviceArgsDict,
    DockerContainerArgs,
    DockerContainerArgsDict,
    DockerServiceArgs,
    DockerServiceArgsDict,
    TmpfsArgs,
    TmpfsArgsDict,
    UlimitArgs,
    UlimitArgsDict,
)
from virtwright.sdk.inputs.graphics import GraphicsArgs, GraphicsArgsDict
from virtwright.sdk.inputs.host import (
    RegistryLoginArgs,
    RegistryLoginArgsDict,
    SshSettingsArgs,
    SshSettingsArgsDict,
    TlsSettingsArgs,
    TlsSettingsArgsDict,
)
from virtwright.sdk.inputs.image import BuildContextArgs, BuildContextArgsDict, ImageSourceArgs, ImageSourceArgsDict
from virtwright.sdk.inputs.machine import (
    KernelBootArgs,
    KernelBootArgsDict,
    MachineResourcesArgs,
    MachineResourcesArgsDict,
)
from virtwright.sdk.inputs.machine_hosts import (
    LibvirtMachineArgs,
    LibvirtMachineArgsDict,
    NamespaceMachineArgs,
    NamespaceMachineArgsDict,
)
from virtwright.sdk.inputs.network import (
    DhcpArgs,
    DhcpArgsDict,
    DhcpRangeArgs,
    DhcpRangeArgsDict,
    DhcpReservationArgs,
    DhcpReservationArgsDict,
    DnsArgs,
    DnsArgsDict,
    DnsRecordArgs,
    DnsRecordArgsDict,
    DockerNetworkArgs,
    DockerNetworkArgsDict,
)
from virtwright.sdk.inputs.overlay import LibvirtOverlayArgs, LibvirtOverlayArgsDict
from virtwright.sdk.inputs.readiness import HealthcheckArgs, HealthcheckArgsDict, WaitForArgs, WaitForArgsDict
from virtwright.sdk.inputs.service import (
    PlacementArgs,
    PlacementArgsDict,
    RollbackPolicyArgs,
    RollbackPolicyArgsDict,
    UpdatePolicyArgs,
    UpdatePolicyArgsDict,
)
from virtwright.sdk.inputs.storage import DiskArgs, DiskArgsDict, MountArgs, MountArgsDict
from virtwright.sdk.inputs.volume import DockerVolumeArgs, DockerVolumeArgsDict, VolumeSourceArgs, VolumeSourceArgsDict
from virtwright.sdk.resources.container import Container
from virtwright.sdk.resources.host import Host
from virtwright.sdk.resources.image import Image
from virtwright.sdk.resources.machine import VirtualMachine
from virtwright.sdk.resources.network import Network
from virtwright.sdk.resources.service import Service
from virtwright.sdk.resources.volume import Volume
from virtwright.sdk.values import known, text

__all__ = [
    "BuildContextArgs",
    "BuildContextArgsDict",
    "CloudInitArgs",
    "CloudInitArgsDict",
    "Cluster",
    "ClusterArgs",
    "Container",
    "ContainerResourcesArgs",
    "ContainerResourcesArgsDict",
    "CpuArgs",
    "CpuArgsDict",
    "CpuTopologyArgs",
    "CpuTopologyArgsDict",
    "DeviceArgs",
    "DeviceArgsDict",
    "DhcpArgs",
    "DhcpArgsDict",
    "DhcpRangeArgs",
    "DhcpRangeArgsDict",
    "DhcpReservationArgs",
    "DhcpReservationArgsDict",
    "DiskArgs",
    "DiskArgsDict",
    "DnsArgs",
    "DnsArgsDict",
    "DnsRecordArgs",
    "DnsRecordArgsDict",
    "DockerContainerArgs",
    "DockerContainerArgsDict",
    "DockerNetworkArgs",
    "DockerNetworkArgsDict",
    "DockerServiceArgs",
    "DockerServiceArgsDict",
    "DockerVolumeArgs",
    "DockerVolumeArgsDict",
    "FileArgs",
    "FileArgsDict",
    "GetHostResult",
    "GetImageResult",
    "GraphicsArgs",
    "GraphicsArgsDict",
    "HealthcheckArgs",
    "HealthcheckArgsDict",
    "Host",
    "HostFact",
    "Image",
    "ImageSourceArgs",
    "ImageSourceArgsDict",
    "KernelBootArgs",
    "KernelBootArgsDict",
    "LibvirtMachineArgs",
    "LibvirtMachineArgsDict",
    "LibvirtOverlayArgs",
    "LibvirtOverlayArgsDict",
    "MachineResourcesArgs",
    "MachineResourcesArgsDict",
    "MountArgs",
    "MountArgsDict",
    "NamespaceContainerArgs",
    "NamespaceContainerArgsDict",
    "NamespaceMachineArgs",
    "NamespaceMachineArgsDict",
    "Network",
    "NetworkAttachmentArgs",
    "NetworkAttachmentArgsDict",
    "PlacementArgs",
    "PlacementArgsDict",
    "PublishedPortArgs",
    "PublishedPortArgsDict",
    "RegistryLoginArgs",
    "RegistryLoginArgsDict",
    "RollbackPolicyArgs",
    "RollbackPolicyArgsDict",
    "Service",
    "SshSettingsArgs",
    "SshSettingsArgsDict",
    "TlsSettingsArgs",
    "TlsSettingsArgsDict",
    "TmpfsArgs",
    "TmpfsArgsDict",
    "UlimitArgs",
    "UlimitArgsDict",
    "UpdatePolicyArgs",
    "UpdatePolicyArgsDict",
    "UserArgs",
    "UserArgsDict",
    "VirtualMachine",
    "Volume",
    "VolumeSourceArgs",
    "VolumeSourceArgsDict",
    "WaitForArgs",
    "WaitForArgsDict",
    "get_host",
    "get_host_output",
    "get_image",
    "get_image_output",
    "known",
    "outputs",
    "text",
]

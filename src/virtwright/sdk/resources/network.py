"""The resource Network.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.network import (
    DhcpArgs,
    DhcpArgsDict,
    DnsArgs,
    DnsArgsDict,
    DockerNetworkArgs,
    DockerNetworkArgsDict,
)
from virtwright.sdk.inputs.overlay import LibvirtOverlayArgs, LibvirtOverlayArgsDict


class Network(pulumi.CustomResource):
    """A network that machines and containers join."""

    mode: pulumi.Output[str]
    """``nat``: members reach outside through the host. ``isolated``: only each other; what of the host, the provider
    says. ``routed``: as nat, with their own addresses. ``bridge``: joined to the host's existing bridge
    ``bridge``. Default: nat."""
    cidr: pulumi.Output[str | None]
    """Its IPv4 network."""
    cidr6: pulumi.Output[str | None]
    """Its IPv6 network."""
    gateway: pulumi.Output[str | None]
    """The host's own address on it."""
    gateway6: pulumi.Output[str | None]
    """The host's own IPv6 address on the network. Default: the first address of ``cidr6``."""
    dhcp: pulumi.Output[outputs.Dhcp | None]
    """The DHCP server. Default: as the provider hands out addresses."""
    dns: pulumi.Output[outputs.Dns]
    """Names that can be resolved. Default: those of the members."""
    mtu: pulumi.Output[int | None]
    """Largest packet in bytes. Default: the provider's."""
    bridge: pulumi.Output[str | None]
    """The bridge device on the host."""
    uplink: pulumi.Output[str | None]
    """The host's interface through which members reach outside. Default: as the host routes."""
    vlan: pulumi.Output[int | None]
    """The VLAN's number on the bridge. Default: untagged."""
    labels: pulumi.Output[Mapping[str, str]]
    """Marks for people and tools. Default: none."""
    docker: pulumi.Output[outputs.DockerNetwork | None]
    """Settings for Docker hosts only."""
    libvirt: pulumi.Output[outputs.LibvirtOverlay | None]
    """Settings for libvirt hosts only."""
    existing: pulumi.Output[str | None]
    """The name that it has on the host, where somebody else made it: it is used as it is, and never made, changed or
    deleted. Nothing else can be said of it then. Default: it is the stack's own."""
    name: pulumi.Output[str]
    """The network's name on the host."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        mode: pulumi.Input[Literal["nat", "isolated", "routed", "bridge"]] | None = None,
        cidr: pulumi.Input[str] | None = None,
        cidr6: pulumi.Input[str] | None = None,
        gateway: pulumi.Input[str] | None = None,
        gateway6: pulumi.Input[str] | None = None,
        dhcp: pulumi.Input[DhcpArgs | DhcpArgsDict] | None = None,
        dns: pulumi.Input[DnsArgs | DnsArgsDict] | None = None,
        mtu: pulumi.Input[int] | None = None,
        bridge: pulumi.Input[str] | None = None,
        uplink: pulumi.Input[str] | None = None,
        vlan: pulumi.Input[int] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        docker: pulumi.Input[DockerNetworkArgs | DockerNetworkArgsDict] | None = None,
        libvirt: pulumi.Input[LibvirtOverlayArgs | LibvirtOverlayArgsDict] | None = None,
        existing: pulumi.Input[str] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param mode: ``nat``: members reach outside through the host. ``isolated``: only each other; what of
            the host, the provider says. ``routed``: as nat, with their own addresses. ``bridge``: joined to the
            host's existing bridge ``bridge``. Default: nat.
        :param cidr: The IPv4 network, as ``10.40.0.0/24``. Default: chosen by the provider.
        :param cidr6: The IPv6 network, as ``fd00:40::/64``. Default: no IPv6.
        :param gateway: The host's own address on the network. Default: the first address of ``cidr``.
        :param gateway6: The host's own IPv6 address on the network. Default: the first address of ``cidr6``.
        :param dhcp: The DHCP server. Default: as the provider hands out addresses.
        :param dns: Names that can be resolved. Default: those of the members.
        :param mtu: Largest packet in bytes. Default: the provider's.
        :param bridge: The bridge device: the existing one to join in mode ``bridge``, else the name to give
            it. Default: made up.
        :param uplink: The host's interface through which members reach outside. Default: as the host routes.
        :param vlan: The VLAN's number on the bridge. Default: untagged.
        :param labels: Marks for people and tools. Default: none.
        :param docker: Settings for Docker hosts only.
        :param libvirt: Settings for libvirt hosts only.
        :param existing: The name that it has on the host, where somebody else made it: it is used as it is,
            and never made, changed or deleted. Nothing else can be said of it then. Default: it is the stack's
            own.
        """
        properties: dict[str, Any] = {
            "mode": mode,
            "cidr": cidr,
            "cidr6": cidr6,
            "gateway": gateway,
            "gateway6": gateway6,
            "dhcp": dhcp,
            "dns": dns,
            "mtu": mtu,
            "bridge": bridge,
            "uplink": uplink,
            "vlan": vlan,
            "labels": labels,
            "docker": docker,
            "libvirt": libvirt,
            "existing": existing,
            "name": None,
        }
        super().__init__("virtwright:index:Network", resource_name, properties, opts)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Network:
        """One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."""
        return Network(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

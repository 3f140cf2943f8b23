"""Inputs from ``schemas/network.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class DhcpArgs:
    """What the network's DHCP server hands out."""

    range: pulumi.Input[DhcpRangeArgs | DhcpRangeArgsDict] | None = None
    """The addresses it hands out. Default: the whole network without the gateway."""
    reservations: pulumi.Input[Sequence[pulumi.Input[DhcpReservationArgs | DhcpReservationArgsDict]]] | None = None
    """Members that always get the same address. Default: none."""
    lease_time: pulumi.Input[float | str] | None = None
    """How long an address is lent, in seconds, as ``12h``; at least 2 minutes. Default: the provider's."""


class DhcpArgsDict(TypedDict):
    """What the network's DHCP server hands out."""

    range: NotRequired[pulumi.Input[DhcpRangeArgs | DhcpRangeArgsDict] | None]
    """The addresses it hands out. Default: the whole network without the gateway."""
    reservations: NotRequired[
        pulumi.Input[Sequence[pulumi.Input[DhcpReservationArgs | DhcpReservationArgsDict]]] | None
    ]
    """Members that always get the same address. Default: none."""
    lease_time: NotRequired[pulumi.Input[float | str] | None]
    """How long an address is lent, in seconds, as ``12h``; at least 2 minutes. Default: the provider's."""


@pulumi.input_type
@dataclass(kw_only=True)
class DhcpRangeArgs:
    """The addresses that are handed out, both ends included."""

    start: pulumi.Input[str]
    """The first address."""
    end: pulumi.Input[str]
    """The last address."""


class DhcpRangeArgsDict(TypedDict):
    """The addresses that are handed out, both ends included."""

    start: pulumi.Input[str]
    """The first address."""
    end: pulumi.Input[str]
    """The last address."""


@pulumi.input_type
@dataclass(kw_only=True)
class DhcpReservationArgs:
    """A fixed address for a MAC address."""

    mac: pulumi.Input[str]
    """The hardware address of the member."""
    address: pulumi.Input[str]
    """The address it always gets."""
    hostname: pulumi.Input[str] | None = None
    """The name it gets with it. Default: none."""


class DhcpReservationArgsDict(TypedDict):
    """A fixed address for a MAC address."""

    mac: pulumi.Input[str]
    """The hardware address of the member."""
    address: pulumi.Input[str]
    """The address it always gets."""
    hostname: NotRequired[pulumi.Input[str] | None]
    """The name it gets with it. Default: none."""


@pulumi.input_type
@dataclass(kw_only=True)
class DnsArgs:
    """Names that can be resolved on the network, besides those of its members."""

    domain: pulumi.Input[str] | None = None
    """The domain of the members' names. Default: none."""
    records: pulumi.Input[Sequence[pulumi.Input[DnsRecordArgs | DnsRecordArgsDict]]] | None = None
    """More names. One name may have several addresses. Default: none."""
    forwarders: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Servers that are asked for all other names. Default: those of the host."""


class DnsArgsDict(TypedDict):
    """Names that can be resolved on the network, besides those of its members."""

    domain: NotRequired[pulumi.Input[str] | None]
    """The domain of the members' names. Default: none."""
    records: NotRequired[pulumi.Input[Sequence[pulumi.Input[DnsRecordArgs | DnsRecordArgsDict]]] | None]
    """More names. One name may have several addresses. Default: none."""
    forwarders: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Servers that are asked for all other names. Default: those of the host."""


@pulumi.input_type
@dataclass(kw_only=True)
class DnsRecordArgs:
    """A name and its address."""

    name: pulumi.Input[str]
    """The name, without the network's domain or with it."""
    address: pulumi.Input[str]
    """What it resolves to."""


class DnsRecordArgsDict(TypedDict):
    """A name and its address."""

    name: pulumi.Input[str]
    """The name, without the network's domain or with it."""
    address: pulumi.Input[str]
    """What it resolves to."""


@pulumi.input_type
@dataclass(kw_only=True)
class DockerNetworkArgs:
    """What only Docker hosts know."""

    driver: pulumi.Input[str] | None = None
    """The network driver, as ``macvlan``. Default: bridge; overlay in a Swarm."""
    options: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Options of the driver. Default: none."""
    attachable: pulumi.Input[bool] | None = None
    """Containers may join a Swarm's overlay network, not only services. Default: false."""
    encrypted: pulumi.Input[bool] | None = None
    """Encrypt an overlay network's traffic between the nodes. Default: false."""


class DockerNetworkArgsDict(TypedDict):
    """What only Docker hosts know."""

    driver: NotRequired[pulumi.Input[str] | None]
    """The network driver, as ``macvlan``. Default: bridge; overlay in a Swarm."""
    options: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Options of the driver. Default: none."""
    attachable: NotRequired[pulumi.Input[bool] | None]
    """Containers may join a Swarm's overlay network, not only services. Default: false."""
    encrypted: NotRequired[pulumi.Input[bool] | None]
    """Encrypt an overlay network's traffic between the nodes. Default: false."""

"""Networks."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from virtwright.schemas.model import Model
from virtwright.schemas.text import Address, Address4, Address6, Cidr4, Cidr6, Hostname, Line, Mac
from virtwright.schemas.values import Unknown


class DhcpRange(Model):
    """The addresses that are handed out, both ends included."""

    start: Address4
    end: Address4


class DhcpReservation(Model):
    """A fixed address for a MAC address."""

    mac: Mac
    address: Address4
    hostname: Hostname | None = None


class Dhcp(Model):
    """What the network's DHCP server hands out."""

    range: DhcpRange | None = None
    """Default: the whole network without the gateway."""
    reservations: list[DhcpReservation] = []


class DnsRecord(Model):
    """A name and its address."""

    name: Hostname
    address: Address


class Dns(Model):
    """Names that can be resolved on the network, besides those of its members."""

    domain: Hostname | None = None
    records: list[DnsRecord] = []


class Network(Model):
    """A network that machines and containers join."""

    mode: Literal["nat", "isolated", "routed", "bridge"] = "nat"
    """``nat``: members reach outside through the host. ``isolated``: only each other and the host. ``routed``: as nat,
    with their own addresses. ``bridge``: joined to the host's existing bridge ``bridge``."""
    cidr: Cidr4 | None = None
    """The IPv4 network, as ``10.40.0.0/24``. Default: chosen by the provider."""
    cidr6: Cidr6 | None = None
    """The IPv6 network, as ``fd00:40::/64``. Default: no IPv6."""
    gateway: Address4 | None = None
    """The host's own address on the network. Default: the first address of ``cidr``."""
    gateway6: Address6 | None = None
    dhcp: Dhcp | None = None
    dns: Dns = Dns()
    mtu: Annotated[int, Field(ge=576, le=65535)] | None = None
    """Largest packet in bytes. Default: the provider's."""
    bridge: Annotated[Line, Field(pattern=r"^[A-Za-z0-9_.-]{1,15}$")] | None = None
    """The bridge device: the existing one to join in mode ``bridge``, else the name to give it."""
    vlan: Annotated[int, Field(ge=1, le=4094)] | None = None
    labels: dict[Line, Line] = {}

    @model_validator(mode="after")
    def _addresses_fit(self) -> Self:
        if self.mode == "bridge" and self.bridge is None:
            raise ValueError("mode bridge needs the field bridge: the host's bridge to join")
        if isinstance(self.cidr, Unknown) or isinstance(self.gateway, Unknown):
            return self
        if self.gateway and not self.cidr:
            raise ValueError("gateway needs cidr")
        if self.gateway and self.cidr and ipaddress.ip_address(self.gateway) not in ipaddress.ip_network(self.cidr):
            raise ValueError(f"gateway {self.gateway} is not in {self.cidr}")
        return self


class NetworkOutputs(Model):
    """What the host reports of a network."""

    id: str
    name: str
    """The network's name on the host."""
    cidr: str | None = None
    cidr6: str | None = None
    gateway: str | None = None
    bridge: str | None = None

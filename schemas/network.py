"""Networks."""

from ipaddress import IPv4Address
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from virtwright.schemas.checks import alone, inside, items, known, no_repeats
from virtwright.schemas.faults import fault
from virtwright.schemas.model import Model
from virtwright.schemas.options import Options
from virtwright.schemas.overlay import LibvirtOverlay
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import (
    Address,
    Address4,
    Address6,
    Cidr4,
    Cidr6,
    Hostname,
    Interface,
    Labels,
    Line,
    Mac,
    Reference,
)


class DhcpRange(Model):
    """The addresses that are handed out, both ends included."""

    start: Address4
    """The first address."""
    end: Address4
    """The last address."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if known(self.start, self.end) and IPv4Address(self.start) > IPv4Address(self.end):
            raise fault("the range ends at {end}, before its start {start}", start=self.start, end=self.end)
        return self


class DhcpReservation(Model):
    """A fixed address for a MAC address."""

    mac: Mac
    """The hardware address of the member."""
    address: Address4
    """The address it always gets."""
    hostname: Hostname | None = None
    """The name it gets with it. Default: none."""


class Dhcp(Model):
    """What the network's DHCP server hands out."""

    range: DhcpRange | None = None
    """The addresses it hands out. Default: the whole network without the gateway."""
    reservations: list[DhcpReservation] = []
    """Members that always get the same address. Default: none."""
    lease_time: Annotated[Duration, Field(ge=120)] | None = None
    """How long an address is lent, in seconds, as ``12h``; at least 2 minutes. Default: the provider's."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        for field in ("mac", "address"):
            given = ((("reservations", i, field), getattr(each, field)) for i, each in items(self.reservations))
            no_repeats("the reservation of", given)
        return self


class DnsRecord(Model):
    """A name and its address."""

    name: Hostname
    """The name, without the network's domain or with it."""
    address: Address
    """What it resolves to."""


class Dns(Model):
    """Names that can be resolved on the network, besides those of its members."""

    domain: Hostname | None = None
    """The domain of the members' names. Default: none."""
    records: list[DnsRecord] = []
    """More names. One name may have several addresses. Default: none."""
    forwarders: list[Address] = []
    """Servers that are asked for all other names. Default: those of the host."""


class DockerNetwork(Model):
    """What only Docker hosts know."""

    driver: Reference | None = None
    """The network driver, as ``macvlan``. Default: bridge; overlay in a Swarm."""
    options: dict[Reference, Line] = {}
    """Options of the driver. Default: none."""
    attachable: bool = False
    """Containers may join a Swarm's overlay network, not only services. Default: false."""
    encrypted: bool = False
    """Encrypt an overlay network's traffic between the nodes. Default: false."""


class Network(Model):
    """A network that machines and containers join."""

    mode: Literal["nat", "isolated", "routed", "bridge"] = "nat"
    """``nat``: members reach outside through the host. ``isolated``: only each other; what of the host, the provider says.
    ``routed``: as nat, with their own addresses. ``bridge``: joined to the host's existing bridge ``bridge``. Default: nat."""
    cidr: Cidr4 | None = None
    """The IPv4 network, as ``10.40.0.0/24``. Default: chosen by the provider."""
    cidr6: Cidr6 | None = None
    """The IPv6 network, as ``fd00:40::/64``. Default: no IPv6."""
    gateway: Address4 | None = None
    """The host's own address on the network. Default: the first address of ``cidr``."""
    gateway6: Address6 | None = None
    """The host's own IPv6 address on the network. Default: the first address of ``cidr6``."""
    dhcp: Dhcp | None = None
    """The DHCP server. Default: as the provider hands out addresses."""
    dns: Dns = Dns()
    """Names that can be resolved. Default: those of the members."""
    mtu: Annotated[int, Field(ge=576, le=65535)] | None = None
    """Largest packet in bytes. Default: the provider's."""
    bridge: Interface | None = None
    """The bridge device: the existing one to join in mode ``bridge``, else the name to give it. Default: made up."""
    uplink: Interface | None = None
    """The host's interface through which members reach outside. Default: as the host routes."""
    vlan: Annotated[int, Field(ge=1, le=4094)] | None = None
    """The VLAN's number on the bridge. Default: untagged."""
    labels: Labels = {}
    """Marks for people and tools. Default: none."""
    docker: DockerNetwork | None = None
    """Settings for Docker hosts only."""
    libvirt: LibvirtOverlay | None = None
    """Settings for libvirt hosts only."""
    existing: Reference | None = None
    """The name that it has on the host, where somebody else made it: it is used as it is, and never made, changed or
    deleted. Nothing else can be said of it then. Default: it is the stack's own."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        alone(self, Network, "existing", "it is as whoever made it has made it")
        if self.mode == "bridge" and self.bridge is None:
            raise fault("mode bridge needs the field bridge: the host's bridge to join")
        for name, cidr in (("gateway", "cidr"), ("gateway6", "cidr6")):
            address, network = getattr(self, name), getattr(self, cidr)
            if address is not None and network is None:
                raise fault(f"{name} needs {cidr}", at=(name,))
            inside("the gateway", address, network, at=(name,))
        if isinstance(self.dhcp, Dhcp):
            self._dhcp_fits(self.dhcp)
        return self

    def _dhcp_fits(self, dhcp: Dhcp) -> None:
        if isinstance(dhcp.range, DhcpRange):
            if self.cidr is None:
                raise fault("a DHCP range needs cidr", at=("dhcp", "range"))
            for end in ("start", "end"):
                inside("the DHCP range's address", getattr(dhcp.range, end), self.cidr, at=("dhcp", "range", end))
        for index, reservation in items(dhcp.reservations):
            at = ("dhcp", "reservations", index, "address")
            inside("the reserved address", reservation.address, self.cidr, at=at)
            if known(self.gateway) and reservation.address == self.gateway:
                raise fault("{address} is the gateway's", at=at, address=reservation.address)


class NetworkOutputs(Model):
    """What the host reports of a network."""

    id: str
    """The host's own identity of it."""
    name: str
    """The network's name on the host."""
    cidr: str | None = None
    """Its IPv4 network."""
    cidr6: str | None = None
    """Its IPv6 network."""
    gateway: str | None = None
    """The host's own address on it."""
    bridge: str | None = None
    """The bridge device on the host."""


class NetworkEntry(Network, Options):
    """A network that machines and containers join."""

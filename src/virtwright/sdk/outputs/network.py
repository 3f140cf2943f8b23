"""Outputs from ``schemas/network.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from virtwright.sdk import outputs


@pulumi.output_type
class Dhcp(dict[str, Any]):
    """What the network's DHCP server hands out."""

    range: outputs.DhcpRange | None
    """The addresses it hands out. Default: the whole network without the gateway."""
    reservations: Sequence[outputs.DhcpReservation]
    """Members that always get the same address. Default: none."""
    lease_time: float | None
    """How long an address is lent, in seconds, as ``12h``; at least 2 minutes. Default: the provider's."""


@pulumi.output_type
class DhcpRange(dict[str, Any]):
    """The addresses that are handed out, both ends included."""

    start: str
    """The first address."""
    end: str
    """The last address."""


@pulumi.output_type
class DhcpReservation(dict[str, Any]):
    """A fixed address for a MAC address."""

    mac: str
    """The hardware address of the member."""
    address: str
    """The address it always gets."""
    hostname: str | None
    """The name it gets with it. Default: none."""


@pulumi.output_type
class Dns(dict[str, Any]):
    """Names that can be resolved on the network, besides those of its members."""

    domain: str | None
    """The domain of the members' names. Default: none."""
    records: Sequence[outputs.DnsRecord]
    """More names. One name may have several addresses. Default: none."""
    forwarders: Sequence[str]
    """Servers that are asked for all other names. Default: those of the host."""


@pulumi.output_type
class DnsRecord(dict[str, Any]):
    """A name and its address."""

    name: str
    """The name, without the network's domain or with it."""
    address: str
    """What it resolves to."""


@pulumi.output_type
class DockerNetwork(dict[str, Any]):
    """What only Docker hosts know."""

    driver: str | None
    """The network driver, as ``macvlan``. Default: bridge; overlay in a Swarm."""
    options: Mapping[str, str]
    """Options of the driver. Default: none."""
    attachable: bool
    """Containers may join a Swarm's overlay network, not only services. Default: false."""
    encrypted: bool
    """Encrypt an overlay network's traffic between the nodes. Default: false."""

"""What can be said of a network's inputs without the machine."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

from virtwright.errors import InputError, Problem, UnsupportedError, Where
from virtwright.schemas.network import Network
from virtwright.schemas.values import Unknown

_FEWEST: Final = 4


def check_network(inputs: Network) -> None:
    """Raises ``UnsupportedError`` for what the runtime can't do and ``InputError`` for what can't be right."""
    if inputs.vlan is not None:
        raise UnsupportedError(
            "the namespace runtime does not tag VLANs",
            where=Where(path="vlan"),
            hint="make a bridge on the VLAN's device and join it: mode: bridge, bridge: NAME",
        )
    dhcp = None if isinstance(inputs.dhcp, Unknown) else inputs.dhcp
    dns = None if isinstance(inputs.dns, Unknown) else inputs.dns
    for field, value, hint in (
        ("uplink", inputs.uplink, "leave it out: the host's own routes decide"),
        ("dns.forwarders", dns and dns.forwarders, "leave it out: members ask the host's own servers"),
        ("dhcp.lease_time", dhcp and dhcp.lease_time, "leave it out: members keep their addresses"),
    ):
        if value:
            raise UnsupportedError(f"the namespace runtime has no {field}", where=Where(path=field), hint=hint)
    if inputs.mode == "bridge" and inputs.cidr is None:
        raise UnsupportedError(
            "the namespace runtime asks no DHCP server, so a network of mode bridge needs cidr",
            where=Where(path="cidr"),
            hint="give the bridge's own network as cidr, and as dhcp.range the addresses that members may have",
        )
    if problems := [*_unfit(inputs), *_dhcp(inputs)]:
        raise InputError(problems)


def _unfit(inputs: Network) -> Iterator[Problem]:
    for path, cidr in (("cidr", inputs.cidr), ("cidr6", inputs.cidr6)):
        if isinstance(cidr, str):
            net = ip_network(cidr)
            if net.num_addresses < _FEWEST:
                yield Problem(f"{cidr} is too small for a gateway and members", Where(path=path))
            elif net.is_multicast or net.is_loopback or net.is_unspecified or net.prefixlen == 0:
                yield Problem(f"{cidr} is not for networks of machines", Where(path=path))


def _dhcp(inputs: Network) -> Iterator[Problem]:
    if inputs.dhcp is not None and inputs.cidr is None:
        yield Problem("dhcp needs cidr: its addresses must be part of the network", Where(path="dhcp"))

"""Which addresses and names a network and its members get. Pure: nothing here asks the machine."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from virtwright.errors import HostError

POOL: Final = IPv4Network("10.89.0.0/16")
"""Networks without a ``cidr`` get a /24 of this."""
POOL_PREFIX: Final = 24

Net = IPv4Network | IPv6Network
Ip = IPv4Address | IPv6Address


def choose_cidr(taken: Iterable[IPv4Network]) -> IPv4Network:
    """The first free part of the pool. Raises ``HostError`` when there is none."""
    used = [network for network in taken if network.prefixlen > 0]
    for candidate in POOL.subnets(new_prefix=POOL_PREFIX):
        if not any(candidate.overlaps(network) for network in used):
            return candidate
    raise HostError(
        f"no free network is left in {POOL}", hint="give the network a cidr of its own, such as cidr: 10.200.0.0/24"
    )


def first_host(network: Net) -> Ip:
    """The first address a host may have: the gateway's, unless the stack says otherwise."""
    return network.network_address + (host_bounds(network)[0] - int(network.network_address))


def free_address(
    network: Net, taken: Collection[Ip], start: Ip | None = None, end: Ip | None = None, *, name: str = ""
) -> Ip:
    """The lowest address that nobody has. Raises ``HostError`` when all are taken."""
    bounds = host_bounds(network)
    low = max(int(start), bounds[0]) if start else bounds[0]
    high = min(int(end), bounds[1]) if end else bounds[1]
    used = {int(address) for address in taken}
    for number in range(low, high + 1):
        if number not in used:
            return network.network_address + (number - int(network.network_address))
    raise HostError(
        f"the network {name or network} has no free address left (from {network.network_address + (low - int(network.network_address))}"
        f" to {network.network_address + (high - int(network.network_address))})",
        hint="give it a larger cidr, or remove members that are no longer needed",
    )


def host_bounds(network: Net) -> tuple[int, int]:
    """The lowest and highest address a member may have: without the network's own and the broadcast address."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.num_addresses <= 2:
        return first, last
    return first + 1, last - (1 if network.version == 4 else 0)


def fixed_address(text: str, network: Net, taken: Mapping[Ip, str], *, name: str) -> Ip:
    """``text`` as an address of the network. Raises ``HostError``, which names who has it already."""
    address = ip_address(text)
    low, high = host_bounds(network)
    if address not in network or not low <= int(address) <= high:
        raise HostError(f"the address {text} is not one of the network {name} ({network})")
    if address in taken:
        raise HostError(
            f"the address {text} on the network {name} is taken by {taken[address]}", hint="give one of the two another"
        )
    return address


def overlapping(cidr: str, others: Mapping[str, Iterable[str]]) -> str | None:
    """Who of ``others`` (what it is -> its networks) has addresses in common with ``cidr``."""
    wanted = ip_network(cidr)
    for who, networks in others.items():
        for text in networks:
            other = ip_network(text)
            if other.prefixlen > 0 and other.overlaps(wanted):
                return f"{who} ({other})"
    return None


def mac_for(*identity: str) -> str:
    """A MAC address that follows from an identity: locally administered, unicast."""
    digest = hashlib.sha256("\n".join(identity).encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def bridge_name(id: str) -> str:
    """The bridge of the network ``id``: 15 characters, the most that Linux allows."""
    return f"vwb{id}"


def port_name(member: str, network: str) -> str:
    """The host's end of the cable between a member and a network, told by their ids."""
    return f"vw{hashlib.sha256(f'{member} {network}'.encode()).hexdigest()[:12]}"

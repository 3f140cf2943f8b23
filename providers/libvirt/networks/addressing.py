"""Which addresses a network has where its inputs leave it to the provider."""

import hashlib
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import Final

from virtwright.errors import HostError, Where
from virtwright.schemas.network import Network

_CHOICES: Final = IPv4Network("10.128.0.0/10")
"""Of which networks are chosen that name none."""
_CHOSEN: Final = 24


def choose_cidr(identity: str, taken: Iterable[IPv4Network]) -> str:
    """A network that overlaps none of ``taken``; for one identity always the same where it is free. Raises ``HostError``
    where there is none left."""
    used = list(taken)
    for candidate in _candidates(identity):
        if not any(candidate.overlaps(each) for each in used):
            return str(candidate)
    raise HostError(
        f"no network is left in {_CHOICES}", where=Where(path="cidr"), hint="name one:\n    cidr: 10.40.0.0/24"
    )


def _candidates(identity: str) -> Iterator[IPv4Network]:
    count = 1 << (_CHOSEN - _CHOICES.prefixlen)
    begin = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4]) % count
    size = 1 << (32 - _CHOSEN)
    for step in range(count):
        first = int(_CHOICES.network_address) + ((begin + step) % count) * size
        yield IPv4Network((first, _CHOSEN))


def gateway_of(cidr: str, gateway: str | None) -> str:
    """The host's own address, of IPv4 or IPv6."""
    return gateway if gateway is not None else str(first_address(ip_network(cidr, strict=False)))


def first_address(network: IPv4Network | IPv6Network) -> object:
    """The first that can be given to somebody."""
    alone = network.prefixlen >= network.max_prefixlen - 1
    return network.network_address if alone else network.network_address + 1


def default_range(cidr: str, gateway: str) -> tuple[str, str] | None:
    """The first and last address for members: all but the gateway's. None where none are left, or the network is too small
    to have any."""
    network = IPv4Network(cidr, strict=False)
    own = IPv4Address(gateway)
    if network.prefixlen > 29:
        return None
    first, last = network.network_address + 1, network.broadcast_address - 1
    if first == own:
        first += 1
    elif last == own:
        last -= 1
    return str(first), str(last)


def range_of(inputs: Network, cidr: str) -> tuple[str, str] | None:
    """What the network's DHCP server hands out, both ends included."""
    if inputs.dhcp is not None and inputs.dhcp.range is not None:
        return inputs.dhcp.range.start, inputs.dhcp.range.end
    return default_range(cidr, gateway_of(cidr, inputs.gateway))

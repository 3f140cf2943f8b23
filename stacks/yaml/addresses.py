"""Fixed addresses against the networks they are on: both sides stand in the file. What is not known yet passes."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.network import Network
from virtwright.schemas.values import Path
from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.expressions import Key, address
from virtwright.stacks.yaml.problems import Problems

_Ip: TypeAlias = IPv4Address | IPv6Address
_Net: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class _Side:
    """One version of IP on one network."""

    cidr: str
    net: _Net
    gateway: _Ip | None


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has an address."""

    name: str
    mac: object
    """None: derived from the resource's identity."""
    reserved: bool = False

    def shares_with(self, other: "_Holder") -> bool:
        """A reservation and the member it is meant for are one holder of the address."""
        return self.reserved != other.reserved and self.mac == other.mac


@dataclass(slots=True)
class _Book:
    """What one network has and whom its addresses were given to."""

    sides: Mapping[str, _Side]
    """By the attachment's field: ``address``, ``address6``."""
    holders: dict[_Ip, _Holder] = field(default_factory=dict)


def check_addresses(declared: Mapping[Key, Declared], problems: Problems) -> None:
    """Each fixed address and reservation must be free on its network: inside it, no one's yet, and not the gateway's."""
    books = {key: _Book(_sides(each.shape.plain)) for key, each in declared.items() if each.model is Network}
    for key, book in books.items():
        _check_reservations(declared[key], book, problems)
    for each in declared.values():
        for target, path, attachment in _attachments(each):
            for name in ("address", "address6"):
                if target in books and isinstance(text := attachment.get(name), str):
                    holder = _Holder(address(each.key), attachment.get("mac"))
                    _take(books[target], name, text, holder, each, (*path, name), problems)


def _attachments(each: Declared) -> Iterator[tuple[Key, Path, Mapping[str, Any]]]:
    for link in each.links:
        if link.path[0] == "networks" and link.path[-1] == "network":
            yield link.target, link.path[:-1], each.shape.plain["networks"][link.path[1]]


def _sides(network: Mapping[str, Any]) -> dict[str, _Side]:
    sides = {}
    for field_name, cidr, gateway in (("address", "cidr", "gateway"), ("address6", "cidr6", "gateway6")):
        if isinstance(text := network.get(cidr), str):
            net = ip_network(text)
            sides[field_name] = _Side(text, net, _gateway(network, gateway, net))
    return sides


def _gateway(network: Mapping[str, Any], name: str, net: _Net) -> _Ip | None:
    """The host's own address: as given, else the network's first. A bridge that is there already has its own rules."""
    given = network.get(name)
    if given is None:
        return net[1] if network.get("mode", "nat") in ("nat", "isolated", "routed") and net.num_addresses > 1 else None
    return ip_address(given) if isinstance(given, str) else None


def _check_reservations(each: Declared, book: _Book, problems: Problems) -> None:
    dhcp = each.shape.plain.get("dhcp")
    reservations = dhcp.get("reservations") if isinstance(dhcp, Mapping) else None
    for index, reservation in enumerate(reservations if isinstance(reservations, list) else ()):
        if isinstance(reservation, Mapping) and isinstance(text := reservation.get("address"), str):
            holder = _Holder(f"a reservation of {address(each.key)}", reservation.get("mac"), reserved=True)
            _take(book, "address", text, holder, each, ("dhcp", "reservations", index, "address"), problems)


def _take(book: _Book, name: str, text: str, holder: _Holder, each: Declared, path: Path, problems: Problems) -> None:
    ip = ip_address(text)
    side, other = book.sides.get(name), book.holders.get(ip)
    wrong = side and _misfit(ip, side)
    hint = f"choose another address of {side.cidr}" if side else "choose another address"
    if wrong is None and other is not None and not holder.shares_with(other):
        wrong = f"is given to {other.name} already"
        if other.reserved:
            hint = "give the member the mac of the reservation, or choose another address"
    if wrong is None:
        book.holders[ip] = holder
        return
    shown = "the address (secret and not shown)" if each.place.hides(path) else text
    problems.add(f"{shown} {wrong}", each.place.node.position(path), each.place.path(path), hint)


def _misfit(ip: _Ip, side: _Side) -> str | None:
    if ip not in side.net:
        return f"is not in {side.cidr}, the network's addresses"
    if ip == side.gateway:
        return "is the gateway's, the host's own on the network"
    if side.net.version == 4 and side.net.prefixlen < 31:
        if ip == side.net.network_address:
            return f"is the address of the network {side.cidr} itself"
        if ip == side.net.broadcast_address:
            return f"is the broadcast address of {side.cidr}"
    return None

"""Names of machines: those that a machine has on its networks beside its own are records of the network's DNS server."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from libvirt import virConnect


@dataclass(frozen=True, slots=True)
class Named:
    """Names of one address on one network."""

    network: str
    address: str
    names: tuple[str, ...]


def names_of(inputs: VirtualMachine) -> list[Named]:
    """libvirt takes a name for one address only: for the IPv4 one where there are two."""
    return [
        Named(join.network, str(join.address or join.address6), tuple(join.aliases))
        for join in inputs.networks
        if join.aliases
    ]


def named(network: Element) -> dict[str, frozenset[str]]:
    """Names by address, of a network's XML."""
    return {
        host.get("ip", ""): frozenset(each.text or "" for each in host.iterfind("hostname"))
        for host in network.iterfind("dns/host")
    }


class Names:
    """Those of one host's networks."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection

    def change(self, before: Iterable[Named], after: Iterable[Named], context: Context) -> None:
        """Take away what is in ``before`` only, and add what is in ``after``; what others have put there stays. A network that is
        gone has no names to take away."""
        old, new = _by_place(before), _by_place(after)
        for place in {**old, **new}:
            gone = [name for name in old.get(place, ()) if name not in new.get(place, ())]
            self._edit(place, (), gone, context)
        for place, names in new.items():
            self._edit(place, names, (), context)

    def _edit(self, place: tuple[str, str], add: Iterable[str], remove: Iterable[str], context: Context) -> None:
        add, remove = tuple(add), tuple(remove)
        if add or remove:
            what = f"name {place[1]} on {place[0]}"
            self._libvirt.call(what, partial(_edit, place=place, add=add, remove=remove), context)


def _by_place(names: Iterable[Named]) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(each.network, each.address): each.names for each in names}


def _edit(libvirt: "virConnect", place: tuple[str, str], add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    from virtwright.providers.libvirt.connection.errors import or_none
    from virtwright.providers.libvirt.networks.members import name_address

    name, address = place
    network = libvirt.networkLookupByName(name) if add else or_none(lambda: libvirt.networkLookupByName(name))
    if network is not None:
        name_address(network, address, add=add, remove=remove)

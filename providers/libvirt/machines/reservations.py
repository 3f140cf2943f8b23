"""Fixed addresses: each is a reservation in its network's DHCP server, by the interface's MAC address."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection

if TYPE_CHECKING:
    from libvirt import virConnect


@dataclass(frozen=True, slots=True)
class Reserved:
    """One address that a machine has on a network."""

    network: str
    mac: str
    address: str


def reserved(network: Element) -> dict[str, str]:
    """Addresses by MAC, of a network's XML."""
    hosts = network.iterfind("ip/dhcp/host")
    return {(host.get("mac") or "").lower(): host.get("ip") or "" for host in hosts if host.get("mac")}


class Reservations:
    """Those of one host's networks."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection

    def put(self, wanted: Iterable[Reserved], context: Context) -> None:
        """Reserve each; what the MAC address had before is given up. Those that are there already are left alone."""
        for each in wanted:
            what = f"reserve {each.address} on {each.network}"
            self._libvirt.call(what, partial(_put, wanted=each), context)

    def renew(self, id: str, wanted: Iterable[Reserved], context: Context) -> None:
        """Where the machine, which runs, still has other addresses than these, let it ask for them."""
        for each in wanted:
            what = f"let the machine ask for {each.address}"
            self._libvirt.call(what, partial(_renew, id=id, wanted=each), context)

    def drop(self, macs: Mapping[str, str], context: Context) -> None:
        """Give up what these MAC addresses, by network, have reserved. A network that is gone is fine."""
        for mac, network in macs.items():
            what = f"give up the address of {mac} on {network}"
            self._libvirt.call(what, partial(_drop, name=network, mac=mac), context)


def _put(libvirt: "virConnect", wanted: Reserved) -> None:
    from virtwright.providers.libvirt.networks.members import Reservation, reserve

    reserve(libvirt.networkLookupByName(wanted.network), Reservation(wanted.mac, wanted.address))


def _renew(libvirt: "virConnect", id: str, wanted: Reserved) -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib
    from virtwright.providers.libvirt.networks.joining import renew

    with suppress(lib.libvirtError):  # it asks by itself when its lease runs out
        machine, network = libvirt.lookupByUUIDString(id), libvirt.networkLookupByName(wanted.network)
        renew(machine, network, wanted.mac, wanted.address)


def _drop(libvirt: "virConnect", name: str, mac: str) -> None:
    from virtwright.providers.libvirt.connection.errors import or_none
    from virtwright.providers.libvirt.networks.members import release

    look_up: Callable[[], Any] = partial(libvirt.networkLookupByName, name)
    if (network := or_none(look_up)) is not None:
        release(network, mac)

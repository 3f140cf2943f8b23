"""How running machines are joined again to a network that was started anew, and made to ask for their addresses."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.xml import attribute, from_text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain, virNetwork

_NOTICED: Final = 1.0
"""Seconds after which guests have noticed that a cable is out."""
_OF_THE_NETWORK: Final = ("vlan", "virtualport")
"""Elements of a running interface that come from its network, where its definition has none of its own."""


def rejoin(libvirt: "virConnect", network: str, *, ask_again: bool = False) -> None:
    """Join the running machines to the network's bridge again: their interfaces hang in the air after it was started anew. They
    see no change; with ``ask_again`` their cables are out for a moment, so that they ask for addresses."""
    running = libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    if ask_again:
        _pull_out(((each, None) for each in running), network)
        return
    for machine in running:
        with suppress(lib.libvirtError):  # it has ended meanwhile, or sees to it itself
            for interface, _ in _interfaces(machine, network):
                _join_again(machine, interface)


def _join_again(machine: "virDomain", interface: Element) -> None:
    """A driver that can't change an interface can take it out and put it in again: its guest sees it go and come."""
    try:
        machine.updateDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)
    except lib.libvirtError as error:
        if error.get_error_code() != lib.VIR_ERR_OPERATION_UNSUPPORTED:
            raise
        machine.detachDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)
        machine.attachDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)


def renew(machine: "virDomain", network: "virNetwork", mac: str, address: str) -> None:
    """Where a running machine still has another address than its own, let it ask again."""
    leases = [each.get("ipaddr") for each in network.DHCPLeases(mac) if each.get("type") == 0]
    if leases and address not in leases:
        _pull_out([(machine, mac.lower())], network.name())


def _pull_out(machines: "Iterable[tuple[virDomain, str | None]]", network: str) -> None:
    """Pull out the cables to the network, of all interfaces or of one, and put them in again. Those that are out by definition
    stay out."""
    pulled = []
    for machine, mac in machines:
        with suppress(lib.libvirtError):
            for interface, definition in _interfaces(machine, network):
                if mac in (None, _mac(interface)):
                    _set_link(machine, interface, "down")
                    stays = definition is not None and attribute(definition, "link", "state") == "down"
                    pulled += [] if stays else [(machine, interface)]
    time.sleep(_NOTICED if pulled else 0)
    for machine, interface in pulled:
        with suppress(lib.libvirtError):
            _set_link(machine, interface, "up")


def _set_link(machine: "virDomain", interface: Element, state: str) -> None:
    link = interface.find("link")
    if link is None:
        interface.append(link := Element("link"))
    link.set("state", state)
    machine.updateDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)


def _interfaces(machine: "virDomain", network: str) -> Iterator[tuple[Element, Element | None]]:
    """Those of a running machine on the network, each without what ties it to the network as it was, and as it is defined."""
    interfaces = from_text(machine.XMLDesc()).iterfind("devices/interface")
    found = [each for each in interfaces if attribute(each, "source", "network") == network]
    defined = _defined(machine) if found and machine.isPersistent() else {}
    for interface in found:
        definition = defined.get(_mac(interface))
        _unbind(interface, definition)
        yield interface, definition


def _defined(machine: "virDomain") -> dict[str, Element]:
    root = from_text(machine.XMLDesc(lib.VIR_DOMAIN_XML_INACTIVE))
    return {_mac(each): each for each in root.iterfind("devices/interface")}


def _unbind(interface: Element, definition: Element | None) -> None:
    interface.set("type", "network")  # on somebody else's bridge, a running one is told as one of the bridge
    if (source := interface.find("source")) is not None:
        for name in ("bridge", "portid"):
            source.attrib.pop(name, None)
    for each in [each for each in interface if each.tag in _OF_THE_NETWORK]:
        interface.remove(each)
    defined = () if definition is None else definition
    interface.extend(deepcopy(each) for each in defined if each.tag in _OF_THE_NETWORK)


def _mac(interface: Element) -> str:
    return (attribute(interface, "mac", "address") or "").lower()

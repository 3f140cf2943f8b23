"""Machines on a network: who they are, the entries that they have there, and how they are joined again to a network that was
started anew."""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.xml import attribute, element, from_text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain, virNetwork

_NOTICED: Final = 1.0
"""Seconds after which guests have noticed that a cable is out."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A machine's own address on a network."""

    mac: str
    address: str
    hostname: str | None = None


def users_of(libvirt: "virConnect", network: str) -> list[str]:
    """The names of all machines that have an interface on the network, running or not."""
    return sorted(machine.name() for machine, xml in described(libvirt.listAllDomains()) if network in _networks(xml))


def rejoin(libvirt: "virConnect", network: str, *, ask_again: bool = False) -> None:
    """Join the running machines to the network's bridge again: their interfaces hang in the air after it was started anew. They
    see no change; with ``ask_again`` their cables are out for a moment, so that they ask for addresses."""
    running = libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    if ask_again:
        _pull_out(((each, None) for each in running), network)
        return
    for machine in running:
        with suppress(lib.libvirtError):  # it has ended meanwhile, or sees to it itself
            for interface in _interfaces(from_text(machine.XMLDesc()), network):
                _unbound(interface)
                machine.updateDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)


def renew(machine: "virDomain", network: "virNetwork", wanted: Reservation) -> None:
    """Where a running machine still has another address than its own, let it ask again."""
    leases = [each.get("ipaddr") for each in network.DHCPLeases(wanted.mac) if each.get("type") == 0]
    if leases and wanted.address not in leases:
        _pull_out([(machine, wanted.mac.lower())], network.name())


def _pull_out(machines: "Iterable[tuple[virDomain, str | None]]", network: str) -> None:
    """Pull out the cables to the network, of all interfaces or of one, and put them in again. Those that are out by definition
    stay out."""
    pulled = []
    for machine, mac in machines:
        with suppress(lib.libvirtError):
            out = _out_by_definition(machine)
            for interface in _interfaces(from_text(machine.XMLDesc()), network):
                own = (attribute(interface, "mac", "address") or "").lower()
                if mac in (None, own):
                    _unbound(interface)
                    _set_link(machine, interface, "down")
                    pulled += [(machine, interface)] if own not in out else []
    time.sleep(_NOTICED if pulled else 0)
    for machine, interface in pulled:
        with suppress(lib.libvirtError):
            _set_link(machine, interface, "up")


def _out_by_definition(machine: "virDomain") -> set[str]:
    if not machine.isPersistent():
        return set()
    interfaces = from_text(machine.XMLDesc(lib.VIR_DOMAIN_XML_INACTIVE)).iterfind("devices/interface")
    return {
        (attribute(each, "mac", "address") or "").lower()
        for each in interfaces
        if attribute(each, "link", "state") == "down"
    }


def _set_link(machine: "virDomain", interface: Element, state: str) -> None:
    link = interface.find("link")
    if link is None:
        interface.append(link := Element("link"))
    link.set("state", state)
    machine.updateDeviceFlags(to_text(interface), lib.VIR_DOMAIN_AFFECT_LIVE)


def reserve(network: "virNetwork", wanted: Reservation) -> None:
    """Give a machine's hardware address its address, now and after the network's next start. Does nothing where that is so."""
    found = _reserved(network, wanted.mac)
    host = element("host", mac=wanted.mac.lower(), name=wanted.hostname, ip=wanted.address)
    if found is not None:
        if found.attrib == host.attrib:
            return
        edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_DELETE, lib.VIR_NETWORK_SECTION_IP_DHCP_HOST, found)
    edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, lib.VIR_NETWORK_SECTION_IP_DHCP_HOST, host)


def release(network: "virNetwork", mac: str) -> None:
    """Take a machine's reservation away. Does nothing where there is none."""
    found = _reserved(network, mac)
    if found is not None:
        edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_DELETE, lib.VIR_NETWORK_SECTION_IP_DHCP_HOST, found)


def name_address(network: "virNetwork", address: str, *, add: Collection[str], remove: Collection[str]) -> None:
    """Change the names that the network's DNS server has for an address. Does nothing where they are as they should be."""
    hosts = from_text(network.XMLDesc()).iterfind("dns/host")
    found = next((host for host in hosts if host.get("ip") == address), None)
    there = [each.text or "" for each in found.iterfind("hostname")] if found is not None else []
    wanted = [name for name in there if name not in remove]
    wanted += [name for name in add if name not in wanted]
    if wanted == there:
        return
    if found is not None:
        gone = element("host", ip=address)
        edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_DELETE, lib.VIR_NETWORK_SECTION_DNS_HOST, gone)
    if wanted:
        host = element("host", *(element("hostname", name) for name in wanted), ip=address)
        edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, lib.VIR_NETWORK_SECTION_DNS_HOST, host)


def edit(network: "virNetwork", command: int, section: int, item: Element, parent: int = -1) -> None:
    """One change of a network, now (where it is active) and for its next start."""
    flags = lib.VIR_NETWORK_UPDATE_AFFECT_CONFIG
    if network.isActive():
        flags |= lib.VIR_NETWORK_UPDATE_AFFECT_LIVE
    network.update(command, section, parent, to_text(item), flags)


def _reserved(network: "virNetwork", mac: str) -> Element | None:
    hosts = from_text(network.XMLDesc()).iterfind("ip/dhcp/host")
    return next((host for host in hosts if (host.get("mac") or "").lower() == mac.lower()), None)


def _networks(xml: str) -> set[str | None]:
    return {source.get("network") for source in from_text(xml).iterfind("devices/interface/source")}


def _interfaces(root: Element, network: str) -> Iterator[Element]:
    for interface in root.iterfind("devices/interface"):
        source = interface.find("source")
        if source is not None and source.get("network") == network:
            yield interface


def _unbound(interface: Element) -> None:
    """Without what ties it to the bridge that is gone."""
    source = interface.find("source")
    for name in ("bridge", "portid"):
        if source is not None:
            source.attrib.pop(name, None)

"""Machines on a network: who they are, the entries that they have there, and how they are joined again to a network that was
started anew."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.xml import element, from_text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virNetwork


@dataclass(frozen=True, slots=True)
class Reservation:
    """A machine's own address on a network."""

    mac: str
    address: str
    hostname: str | None = None


def users_of(libvirt: "virConnect", network: str) -> list[str]:
    """The names of all machines that have an interface on the network, running or not."""
    return sorted(machine.name() for machine, xml in described(libvirt.listAllDomains()) if network in _networks(xml))


def rejoin(libvirt: "virConnect", network: str) -> None:
    """Join the running machines to the network's bridge again: their interfaces hang in the air after it was started anew. They
    see no change."""
    for machine in libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        with suppress(lib.libvirtError):  # it has ended meanwhile, or sees to it itself
            for interface in _interfaces(from_text(machine.XMLDesc()), network):
                _unbound(interface)
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

"""Machines on a network: who they are, and the entries that they have there."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
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

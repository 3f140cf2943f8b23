"""The addresses of one machine: as its networks gave them out, as its agent tells, as the host has seen them."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.xml import from_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain

Source = Literal["lease", "agent", "ARP"]


@dataclass(frozen=True, slots=True)
class Lease:
    """What a network's DHCP server gave out. One that a machine had in an earlier life has another end."""

    mac: str
    address: str
    ends: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One address, and how it is known."""

    address: str
    source: Source


def leases(connection: LibvirtConnection, uuid: str, context: Context) -> frozenset[Lease]:
    """All that the networks of the machine have given to it."""
    return connection.call(
        "ask for its leases", lambda libvirt: frozenset(_leases(libvirt, uuid)), context, repeatable=True
    )


def seen(connection: LibvirtConnection, uuid: str, stale: frozenset[Lease], context: Context) -> list[Seen]:
    """Its addresses, IPv4 before IPv6; none twice. Leases that are ``stale`` don't count."""
    found = connection.call(
        "ask for its addresses", lambda libvirt: list(_seen(libvirt, uuid, stale)), context, repeatable=True
    )
    unique: dict[str, Seen] = {}
    for each in found:
        unique.setdefault(each.address, each)
    return sorted(unique.values(), key=lambda each: ip_address(each.address).version)


def _seen(libvirt: "virConnect", uuid: str, stale: frozenset[Lease]) -> Iterator[Seen]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    old = {each.address for each in stale}
    for lease in _leases(libvirt, uuid):
        if lease not in stale:
            old.discard(lease.address)
            yield Seen(lease.address, "lease")
    domain = libvirt.lookupByUUIDString(uuid)
    macs = set(_macs(domain))
    sources: dict[Source, int] = {
        "agent": lib.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
        "ARP": lib.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
    }
    for name, number in sources.items():
        for address in _told(domain, number, macs):
            if name == "agent" or address not in old:  # the host remembers a neighbour longer than that one lives
                yield Seen(address, name)


def _told(domain: "virDomain", source: int, macs: set[str]) -> Iterator[str]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        interfaces = domain.interfaceAddresses(source) or {}
    except lib.libvirtError:
        return  # no agent, or a driver without the question
    for interface in interfaces.values():
        if str(interface.get("hwaddr", "")).lower() in macs:
            for each in interface.get("addrs") or ():
                if (address := _address(each.get("addr"))) and not (address.is_link_local or address.is_loopback):
                    yield str(address)


def _address(told: object) -> IPv4Address | IPv6Address | None:
    """None for what is none: a guest's agent may say anything."""
    try:
        return ip_address(str(told).partition("%")[0])
    except ValueError:
        return None


def _leases(libvirt: "virConnect", uuid: str) -> Iterator[Lease]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    domain = libvirt.lookupByUUIDString(uuid)
    for mac, network in _joined(domain):
        try:
            told = libvirt.networkLookupByName(network).DHCPLeases(mac)
        except lib.libvirtError:
            continue  # it gives out none
        yield from (Lease(mac, each["ipaddr"], int(each.get("expirytime") or 0)) for each in told if each.get("ipaddr"))


def _joined(domain: "virDomain") -> Iterator[tuple[str, str]]:
    for each in _interfaces(domain):
        mac, source = each.find("mac"), each.find("source")
        if mac is not None and source is not None and source.get("network"):
            yield mac.get("address", "").lower(), source.get("network", "")


def _macs(domain: "virDomain") -> Iterator[str]:
    return (mac.get("address", "").lower() for each in _interfaces(domain) if (mac := each.find("mac")) is not None)


def _interfaces(domain: "virDomain") -> list[Any]:
    return from_text(domain.XMLDesc(0)).findall("devices/interface")

"""From a network's inputs to libvirt's XML. Pure.

https://libvirt.org/formatnetwork.html
"""

import hashlib
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any, Final
from xml.etree.ElementTree import Element

from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.networks.addressing import gateway_of, range_of
from virtwright.providers.libvirt.overlays import with_overlay
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.network import DhcpReservation, DnsRecord, Network

FORWARD: Final[Mapping[str, str]] = {"nat": "nat", "routed": "route", "bridge": "bridge"}
UNFINISHED: Final = "unfinished"
"""The note on a network that was started anew and whose members may still have to be joined again."""
_OPTIONAL: Final = ("cidr", "cidr6", "gateway", "gateway6", "bridge")
"""Fields that the provider gives a value where the inputs have none."""


TAKEN_OVER: Final = "taken over"
"""The note on a network that somebody else made: what it has besides stays."""


def network_mark(stamp: Stamp, inputs: Network, *, taken_over: bool = False) -> Mark:
    """The stamp, with what the XML can't tell: which values were asked for, and which entries are the network's own. Those
    of its members stand beside them."""
    reservations = inputs.dhcp.reservations if inputs.dhcp is not None else []
    notes: dict[str, Any] = {
        "declared": [field for field in _OPTIONAL if getattr(inputs, field) is not None],
        "reserved": [each.mac for each in reservations],
        "records": [[each.name, each.address] for each in inputs.dns.records],
        "dhcp": inputs.dhcp is not None,
    }
    if taken_over:
        notes[TAKEN_OVER] = True
    return Mark(stamp, inputs.labels, notes)


def bridge_name(stamp: Stamp) -> str:
    """A bridge of its own for each operation: by its other name the members of a network that was started anew are joined to it
    again. At most 15 characters, as the kernel wants it."""
    return "vw-" + hashlib.sha256(f"{stamp.urn}\n{stamp.operation}".encode()).hexdigest()[:10]


def other_bridge_name(name: str) -> str:
    """For when a program of the host still waits for a bridge of the name."""
    return "vw-" + hashlib.sha256(name.encode()).hexdigest()[:10]


def network_xml(
    inputs: Network,
    name: str,
    uuid: str,
    mark: Mark,
    cidr: str | None,
    bridge: str,
    members: "Members | None" = None,
) -> Element:
    """``cidr`` is what was chosen where the inputs name none; None in mode ``bridge``. ``members`` are entries that are not the
    network's own."""
    more = members or Members()
    made = element(
        "network",
        element("name", name),
        element("uuid", uuid),
        element("metadata", mark_element(mark, uuid, name)),
        _forward(inputs),
        _bridge(inputs, bridge),
        element("mtu", size=inputs.mtu) if inputs.mtu is not None else None,
        element("vlan", element("tag", id=inputs.vlan)) if inputs.vlan is not None else None,
        element("domain", name=inputs.dns.domain, localOnly="yes") if inputs.dns.domain else None,
        _dns(inputs, more.names),
        _ip4(inputs, cidr, more.hosts) if cidr is not None else None,
        _ip6(inputs.cidr6, inputs.gateway6) if inputs.cidr6 is not None else None,
    )
    return with_overlay(made, inputs)


class Members:
    """Entries that machines have made for themselves in a network's XML."""

    def __init__(self, hosts: Iterable[Element] = (), names: Iterable[Element] = ()) -> None:
        self.hosts = tuple(hosts)
        """``<host>`` elements of DHCP."""
        self.names = tuple(names)
        """``<host>`` elements of DNS."""


def _forward(inputs: Network) -> Element | None:
    mode = FORWARD.get(inputs.mode)
    return None if mode is None else element("forward", mode=mode, dev=inputs.uplink)


def _bridge(inputs: Network, name: str) -> Element:
    if inputs.mode == "bridge":
        return element("bridge", name=inputs.bridge)
    return element("bridge", name=inputs.bridge or name, stp="on", delay=0)


def _dns(inputs: Network, more: Iterable[Element]) -> Element | None:
    forwarders = [element("forwarder", addr=address) for address in inputs.dns.forwarders]
    hosts = [*dns_hosts(inputs.dns.records), *more]
    return element("dns", *forwarders, *_merged(hosts)) if forwarders or hosts else None


def dns_hosts(records: Iterable[DnsRecord]) -> list[Element]:
    """One element for each address, with its names in their order."""
    names: dict[str, list[str]] = {}
    for record in records:
        names.setdefault(record.address, []).append(record.name)
    return [
        element("host", *(element("hostname", name) for name in each), ip=address) for address, each in names.items()
    ]


def _merged(hosts: Iterable[Element]) -> list[Element]:
    """libvirt takes each address once."""
    found: dict[str | None, Element] = {}
    for host in hosts:
        first = found.setdefault(host.get("ip"), host)
        known = {each.text for each in first}
        first.extend([each for each in host if each.text not in known])
    return list(found.values())


def _ip4(inputs: Network, cidr: str, more: Iterable[Element]) -> Element:
    network = ip_network(cidr, strict=False)
    lease = inputs.dhcp.lease_time if inputs.dhcp is not None else None
    ends = range_of(inputs, cidr)
    reservations = inputs.dhcp.reservations if inputs.dhcp is not None else []
    own = [dhcp_host(each, lease) for each in reservations]
    dhcp = element("dhcp", dhcp_range(ends, lease), *own, *more) if ends is not None else None
    return element("ip", dhcp, address=gateway_of(cidr, inputs.gateway), prefix=network.prefixlen)


def dhcp_range(ends: tuple[str, str], lease: float | None) -> Element:
    return element("range", _lease(lease), start=ends[0], end=ends[1])


def dhcp_host(reservation: DhcpReservation, lease: float | None = None) -> Element:
    return element("host", _lease(lease), mac=reservation.mac, name=reservation.hostname, ip=reservation.address)


def _lease(seconds: float | None) -> Element | None:
    return None if seconds is None else element("lease", expiry=round(seconds), unit="seconds")


def _ip6(cidr: str, gateway: str | None) -> Element:
    prefix = ip_network(cidr, strict=False).prefixlen
    return element("ip", family="ipv6", address=gateway_of(cidr, gateway), prefix=prefix)

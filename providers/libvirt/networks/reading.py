"""From libvirt's XML of a network back to inputs and outputs. Pure."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any, Final
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change, Impact
from virtwright.providers.libvirt.networks.addressing import default_range, first_address
from virtwright.providers.libvirt.networks.mapping import FORWARD, TAKEN_OVER, UNFINISHED, Members
from virtwright.providers.libvirt.stamps import Mark, read_mark
from virtwright.providers.libvirt.xml import attribute, from_text, number, text
from virtwright.schemas.network import Network, NetworkOutputs

MODES: Final[Mapping[str | None, str]] = {forward: mode for mode, forward in FORWARD.items()}
_SECONDS: Final[Mapping[str | None, int]] = {"seconds": 1, "hours": 3600}
_SECONDS_OF_A_MINUTE: Final = 60
"""Minutes are what libvirt counts in where nothing is said."""


@dataclass(frozen=True)
class ListedNetwork:
    """One network as the host tells it."""

    root: Element
    mark: Mark | None
    active: bool
    autostart: bool

    @classmethod
    def of(cls, xml: str, *, active: bool, autostart: bool) -> "ListedNetwork":
        root = from_text(xml)
        return cls(root, read_mark(root), active, autostart)

    @property
    def id(self) -> str:
        return text(self.root, "uuid")

    @property
    def name(self) -> str:
        return text(self.root, "name")

    @property
    def is_unfinished(self) -> bool:
        return self.mark is not None and bool(self.mark.notes.get(UNFINISHED))

    @property
    def is_taken_over(self) -> bool:
        """Whether somebody else made it."""
        return self.mark is None or bool(self.mark.notes.get(TAKEN_OVER))

    @property
    def drift(self) -> tuple[Change, ...]:
        """Whether somebody else's starts with its host is theirs to say."""
        told = [("active", self.active), ("members joined", not self.is_unfinished)]
        told += [("autostart", self.autostart)] if self.mark is not None else []
        displacement = self.mark.displacement(self.name) if self.mark is not None else ()
        return (*displacement, *(Change((name,), False, True, Impact.LIVE) for name, value in told if not value))

    @property
    def stamped_name(self) -> str:
        """The name that it was made with; what it is called where no stamp tells."""
        return (self.mark.name if self.mark is not None else "") or self.name


def read_outputs(root: Element) -> NetworkOutputs:
    v4, v6 = ip_of(root, 4), ip_of(root, 6)
    return NetworkOutputs(
        id=text(root, "uuid"),
        name=text(root, "name"),
        cidr=_cidr(v4),
        cidr6=_cidr(v6),
        gateway=v4.get("address") if v4 is not None else None,
        bridge=attribute(root, "bridge", "name"),
    )


def read_network(root: Element, mark: Mark) -> Network:
    """The inputs of a network of ours."""
    notes = mark.notes
    declared = {*notes.get("declared", ())}
    values = {**_plain(root), "labels": dict(mark.labels)}
    for field in ("cidr", "cidr6", "gateway", "gateway6", "bridge"):
        if field not in declared:
            values[field] = None
    values["dhcp"] = _own_dhcp(root, notes)
    values["dns"] = {**_dns(root), "records": _own_records(root, notes)}
    return Network.model_validate(values)


def read_foreign(root: Element) -> Network:
    """The inputs of a network that somebody else made."""
    values = _plain(root)
    for gateway, cidr in (("gateway", "cidr"), ("gateway6", "cidr6")):
        if values[cidr] is None or values[gateway] == str(first_address(ip_network(values[cidr]))):
            values[gateway] = None
    dhcp = _dhcp(root, list(_reservations(root)))
    values["dhcp"] = dhcp
    values["dns"] = {**_dns(root), "records": [{"name": name, "address": address} for name, address in _records(root)]}
    return Network.model_validate(values)


def members(root: Element, notes: Mapping[str, Any]) -> Members:
    """The entries that are not the network's own."""
    own_macs, own_records = {*notes.get("reserved", ())}, {tuple(each) for each in notes.get("records", ())}
    hosts = [
        each
        for each in root.iterfind("ip/dhcp/host")
        if (mac := each.get("mac")) is None or mac.lower() not in own_macs
    ]
    names = []
    for host in root.iterfind("dns/host"):
        rest = [each for each in host.iterfind("hostname") if (each.text, host.get("ip")) not in own_records]
        if rest:
            kept = Element("host", host.attrib)
            kept.extend(rest)
            names.append(kept)
    return Members(hosts, names)


def networks_of(root: Element) -> Iterator[IPv4Network]:
    """The IPv4 networks that it takes."""
    for found in root.iterfind("ip"):
        if found.get("family", "ipv4") == "ipv4" and (cidr := _cidr(found)) is not None:
            yield IPv4Network(cidr)


def offered(root: Element) -> set[tuple[str | None, str | None]]:
    """What members learn when they ask for addresses: their networks, and the ways out of them."""
    return {(_cidr(each), each.get("address")) for each in root.iterfind("ip")}


def ip_of(root: Element, family: int) -> Element | None:
    name = f"ipv{family}"
    return next((each for each in root.iterfind("ip") if each.get("family", "ipv4") == name), None)


def _plain(root: Element) -> dict[str, Any]:
    v4, v6 = ip_of(root, 4), ip_of(root, 6)
    forward = root.find("forward")
    return {
        "mode": MODES.get(forward.get("mode"), "nat") if forward is not None else "isolated",
        "cidr": _cidr(v4),
        "cidr6": _cidr(v6),
        "gateway": v4.get("address") if v4 is not None else None,
        "gateway6": v6.get("address") if v6 is not None else None,
        "mtu": number(attribute(root, "mtu", "size")),
        "bridge": attribute(root, "bridge", "name"),
        "uplink": attribute(root, "forward", "dev"),
        "vlan": number(attribute(root, "vlan/tag", "id")),
    }


def _cidr(found: Element | None) -> str | None:
    if found is None or found.get("address") is None:
        return None
    mask = found.get("prefix") or found.get("netmask") or ("64" if found.get("family") == "ipv6" else "24")
    return str(ip_network(f"{found.get('address')}/{mask}", strict=False))


def _own_dhcp(root: Element, notes: Mapping[str, Any]) -> dict[str, Any] | None:
    by_mac = {each["mac"]: each for each in _reservations(root)}
    told = _dhcp(root, [by_mac[mac] for mac in notes.get("reserved", ()) if mac in by_mac])
    return told or ({} if notes.get("dhcp") else None)


def _dhcp(root: Element, reservations: list[dict[str, Any]]) -> dict[str, Any] | None:
    """None where it is as it is by itself."""
    found = root.find("ip/dhcp/range")
    told: dict[str, Any] = {}
    if found is not None and not _is_default(root, found):
        told["range"] = {"start": found.get("start"), "end": found.get("end")}
    if (lease := attribute(root, "ip/dhcp/range/lease", "expiry")) is not None:
        unit = attribute(root, "ip/dhcp/range/lease", "unit")
        told["lease_time"] = int(lease) * _SECONDS.get(unit, _SECONDS_OF_A_MINUTE)
    if reservations:
        told["reservations"] = reservations
    return told or None


def _is_default(root: Element, found: Element) -> bool:
    told = _plain(root)
    return told["cidr"] is not None and default_range(told["cidr"], told["gateway"]) == (
        found.get("start"),
        found.get("end"),
    )


def _reservations(root: Element) -> Iterator[dict[str, Any]]:
    for host in root.iterfind("ip/dhcp/host"):
        if (mac := host.get("mac")) is not None and host.get("ip") is not None:
            yield {"mac": mac.lower(), "address": host.get("ip"), "hostname": host.get("name")}


def _dns(root: Element) -> dict[str, Any]:
    return {
        "domain": attribute(root, "domain", "name"),
        "forwarders": [each.get("addr") for each in root.iterfind("dns/forwarder") if each.get("addr")],
    }


def _records(root: Element) -> Iterator[tuple[str, str]]:
    for host in root.iterfind("dns/host"):
        for name in host.iterfind("hostname"):
            if name.text and (address := host.get("ip")):
                yield name.text, address


def _own_records(root: Element, notes: Mapping[str, Any]) -> list[dict[str, str]]:
    there = {*_records(root)}
    own = [(each[0], each[1]) for each in notes.get("records", ())]
    return [{"name": name, "address": address} for name, address in own if (name, address) in there]

"""Changing a network in place: live where libvirt can, else by starting it anew."""

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.networks.addressing import range_of
from virtwright.providers.libvirt.networks.joining import rejoin
from virtwright.providers.libvirt.networks.making import chosen_cidr, define, described_networks, refuse_overlap
from virtwright.providers.libvirt.networks.mapping import (
    UNFINISHED,
    bridge_name,
    dhcp_host,
    dhcp_range,
    dns_hosts,
    network_mark,
    network_xml,
)
from virtwright.providers.libvirt.networks.members import edit
from virtwright.providers.libvirt.networks.reading import ListedNetwork, members, networks_of, offered, read_outputs
from virtwright.providers.libvirt.networks.starting import STEP, start, stop
from virtwright.providers.libvirt.networks.unsaid import keep
from virtwright.providers.libvirt.stamps import write_mark
from virtwright.providers.libvirt.xml import attribute, from_text
from virtwright.schemas.network import Network, NetworkOutputs

if TYPE_CHECKING:
    from libvirt import virConnect, virNetwork


def update(libvirt: "virConnect", *, id: str, stamp: Stamp, goal: Network, anew: bool) -> NetworkOutputs:
    """``anew``: something differs that a running network can't change. Safe to repeat, also after a kill."""
    network = libvirt.networkLookupByUUIDString(id)
    there = ListedNetwork.of(network.XMLDesc(), active=bool(network.isActive()), autostart=bool(network.autostart()))
    notes = there.mark.notes if there.mark is not None else {}
    cidr = goal.cidr or next(map(str, networks_of(there.root)), None) or chosen_cidr(stamp, goal, ())
    if there.stamped_name != there.name:
        network = _rename(libvirt, network, there)
        there = ListedNetwork.of(network.XMLDesc(), active=there.active, autostart=there.autostart)
    if anew or there.is_unfinished:
        refuse_overlap(goal, (root for root in described_networks(libvirt) if root.findtext("uuid") != id))
        _start_anew(libvirt, network, _Anew(goal, stamp, there, None if goal.mode == "bridge" else cidr))
        network = libvirt.networkLookupByUUIDString(id)
    elif goal.mode != "bridge" and cidr is not None:
        _edit_addresses(network, goal, range_of(goal, cidr), notes.get("reserved", ()))
        _edit_names(network, goal, [(each[0], each[1]) for each in notes.get("records", ())])
    if not network.autostart():
        network.setAutostart(1)
    if not network.isActive():
        start(network)
    mark = network_mark(stamp, goal, taken_over=there.is_taken_over)
    write_mark(network, mark, lib.VIR_NETWORK_UPDATE_AFFECT_LIVE | lib.VIR_NETWORK_UPDATE_AFFECT_CONFIG)
    reach(STEP)
    return read_outputs(from_text(network.XMLDesc()))


def _rename(libvirt: "virConnect", network: "virNetwork", there: ListedNetwork) -> "virNetwork":
    """libvirt renames no network: it is defined again. What its members name is there again then, and they follow."""
    root = deepcopy(there.root)
    for name in root.iterfind("name"):
        name.text = there.stamped_name
    stop(network)
    network.undefine()
    _restart_as(libvirt, define(libvirt, root))
    return libvirt.networkLookupByUUIDString(there.id)


def _restart_as(libvirt: "virConnect", network: "virNetwork") -> None:
    reach(STEP)
    start(network)
    rejoin(libvirt, network.name(), ask_again=False)


@dataclass(frozen=True)
class _Anew:
    """What a network is to be that is started anew."""

    goal: Network
    stamp: Stamp
    there: ListedNetwork
    cidr: str | None

    def xml(self, bridge: str | None = None) -> Element:
        """``bridge`` is a name that its bridge has for a moment. Until its members are joined again, it counts as not finished."""
        mark = network_mark(self.stamp, self.goal, taken_over=self.there.is_taken_over)
        mark = replace(mark, notes={**mark.notes, UNFINISHED: True})
        inputs = self.goal if bridge is None else self.goal.model_copy(update={"bridge": None})
        own_bridge = bridge or bridge_name(self.stamp)
        kept = members(self.there.root, self.there.mark.notes if self.there.mark is not None else {})
        made = network_xml(inputs, self.there.name, self.there.id, mark, self.cidr, own_bridge, kept)
        if self.there.is_taken_over:
            keep(self.there.root, made)
        return made


def _edit_addresses(network: "virNetwork", goal: Network, ends: tuple[str, str] | None, own: Sequence[str]) -> None:
    """Bring what the DHCP and DNS servers know to what the goal says; entries of members stay. ``ends`` is the range that is to
    be handed out, ``own`` the hardware addresses of the reservations that the network had of its own. Safe to repeat."""
    lease = goal.dhcp.lease_time if goal.dhcp is not None else None
    root = from_text(network.XMLDesc())
    ranges = [dhcp_range(ends, lease)] if ends is not None else []
    _exchange(network, lib.VIR_NETWORK_SECTION_IP_DHCP_RANGE, root.findall("ip/dhcp/range"), ranges)
    reservations = goal.dhcp.reservations if goal.dhcp is not None else []
    hosts = [dhcp_host(each, lease) for each in reservations]
    mine = {*own, *(each.mac for each in reservations)}
    there = [each for each in root.iterfind("ip/dhcp/host") if (each.get("mac") or "").lower() in mine]
    _exchange(network, lib.VIR_NETWORK_SECTION_IP_DHCP_HOST, there, hosts)


def _edit_names(network: "virNetwork", goal: Network, own: Sequence[tuple[str, str]]) -> None:
    """The same for the names of the DNS server. ``own`` are the names and addresses that it had of its own."""
    root = from_text(network.XMLDesc())
    wanted = {each.get("ip"): each for each in dns_hosts(goal.dns.records)}
    there = {each.get("ip"): each for each in root.iterfind("dns/host")}
    mine = {*own}
    old: list[Element] = []
    new: list[Element] = []
    for address in {*wanted, *(address for _, address in own)}:
        now, then = there.get(address), wanted.get(address)
        foreign = [] if now is None else [each for each in now if (each.text, address) not in mine]
        if foreign:
            then = Element("host", {"ip": str(address)}) if then is None else then
            known = {each.text for each in then}
            then.extend(each for each in foreign if each.text not in known)
        old += [now] if now is not None else []
        new += [then] if then is not None else []
    _exchange(network, lib.VIR_NETWORK_SECTION_DNS_HOST, old, new)


def _exchange(network: "virNetwork", section: int, old: Sequence[Element], new: Sequence[Element]) -> None:
    """What goes is taken away first: libvirt refuses an entry that shares a name or an address with another."""
    before, after = {_shape(each): each for each in old}, {_shape(each): each for each in new}
    for shape, item in before.items():
        if shape not in after:
            gone = Element("host", {"ip": item.get("ip", "")}) if section == lib.VIR_NETWORK_SECTION_DNS_HOST else item
            edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_DELETE, section, gone)
            reach(STEP)
    for shape, item in after.items():
        if shape not in before:
            edit(network, lib.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, section, item)
            reach(STEP)


def _shape(item: Element) -> str:
    """Equal for elements that say the same, however they are written."""
    inner = sorted(_shape(each) for each in item)
    seconds = {"seconds": 1, "hours": 3600}.get(item.get("unit", ""), 60)
    attributes = dict(item.attrib)
    if item.tag == "lease":
        attributes = {"expiry": str(int(item.get("expiry", "0")) * seconds)}
    return f"{item.tag}{sorted(attributes.items())}{(item.text or '').strip()}{inner}"


def _start_anew(libvirt: "virConnect", network: "virNetwork", anew: _Anew) -> None:
    """Define the network again over its UUID and start it with that; then join its running members again.

    Members follow to a bridge of another name only. Where the bridge keeps its name, the network has another one in between."""
    before = attribute(anew.there.root, "bridge", "name")
    goal = anew.xml()
    try:
        _restart_all(libvirt, network, anew, before, goal)
    except lib.libvirtError:
        _put_back(libvirt, network, anew.there)
        raise


def _put_back(libvirt: "virConnect", network: "virNetwork", there: ListedNetwork) -> None:
    """What was wanted can't be: its members shall not be cut off for it. Where that can't be either, the next run sees what is
    missing."""
    if not there.active:
        with suppress(lib.libvirtError):
            define(libvirt, there.root)
        return
    elsewhere = deepcopy(there.root)
    bridge = elsewhere.find("bridge")
    if bridge is not None and attribute(elsewhere, "forward", "mode") != "bridge":
        bridge.set("name", _other_bridge(bridge.get("name", "")))
    with suppress(lib.libvirtError):
        _restart(libvirt, network, elsewhere, None)
        _restart(libvirt, libvirt.networkLookupByUUIDString(there.id), there.root, None)


def _other_bridge(name: str) -> str:
    """A name for a moment: members follow to a bridge of another name only."""
    return f"{name[:13]}-x"


def _restart_all(libvirt: "virConnect", network: "virNetwork", anew: _Anew, before: str | None, goal: Element) -> None:
    if before is not None and before == attribute(goal, "bridge", "name") and anew.goal.mode != "bridge":
        _restart(libvirt, network, anew.xml(_other_bridge(before)), anew.goal)
    ask_again = anew.there.is_unfinished or offered(goal) != offered(anew.there.root)
    _restart(libvirt, network, goal, anew.goal, ask_again=ask_again)


def _restart(
    libvirt: "virConnect", network: "virNetwork", root: Element, goal: Network | None, *, ask_again: bool = False
) -> None:
    """``goal`` is what the XML was made for; None where libvirt told it."""
    stop(network)
    changed = define(libvirt, root, goal)
    reach(STEP)
    start(changed)
    rejoin(libvirt, changed.name(), ask_again=ask_again)

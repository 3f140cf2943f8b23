"""Networks to XML and back."""

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest
from tests.golden import Cases
from tests.model_fields import unseen

from virtwright.errors import HostError, InputError, UnsupportedError
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.networks.addressing import choose_cidr, default_range, gateway_of
from virtwright.providers.libvirt.networks.check import check_network
from virtwright.providers.libvirt.networks.mapping import (
    Members,
    bridge_name,
    dhcp_host,
    dhcp_range,
    network_mark,
    network_xml,
    other_bridge_name,
)
from virtwright.providers.libvirt.networks.reading import ListedNetwork, members, read_foreign, read_network
from virtwright.providers.libvirt.stamps import Mark, mark_element, read_mark
from virtwright.providers.libvirt.xml import to_text
from virtwright.schemas.network import DhcpReservation, Network

STAMP = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:Network::back", "op", "f" * 64)
UUID = "11111111-2222-3333-4444-555555555555"
CASES: Final = Cases(Path(__file__).parent / "golden", made=(".xml",))
NOT_IN_A_NETWORK: Final = {
    "docker.driver", "docker.options", "docker.attachable", "docker.encrypted",  # nothing on a libvirt host
    "existing",  # nothing is made
}  # fmt: skip


def given(name: str) -> Network:
    return Network.model_validate(CASES.read(name))


def xml_of(inputs: Network, **more: Any) -> ElementTree.Element:
    cidr = None if inputs.mode == "bridge" else inputs.cidr or "10.130.0.0/24"
    made = network_xml(inputs, "shop_back", UUID, network_mark(STAMP, inputs), cidr, bridge_name(STAMP), **more)
    return ElementTree.fromstring(to_text(made))


def text_of(inputs: Network) -> str:
    root = xml_of(inputs)
    ElementTree.indent(root)
    return to_text(root) + "\n"


@pytest.mark.parametrize("name", CASES.names())
def test_the_xml_is_the_golden_one(name: str) -> None:
    CASES.check(name, text_of(given(name)))


def test_each_field_shows_in_a_network() -> None:
    assert unseen(Network, map(given, CASES.names()), text_of) == NOT_IN_A_NETWORK
    assert CASES.strays() == []


@pytest.mark.parametrize("name", CASES.names())
def test_a_network_is_read_back_as_it_was_said(name: str) -> None:
    inputs = given(name)
    root = xml_of(inputs)
    mark = read_mark(root)
    assert mark is not None and mark.stamp == STAMP
    said = inputs.model_copy(update={"libvirt": None})  # what was laid over it is not told apart
    assert read_network(root, mark) == said


UPPER: Final = {"mac": "52:54:00:AB:00:01", "address": "10.40.0.9"}


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        ({}, {"declared": [], "reserved": [], "records": [], "dhcp": False}),
        ({"cidr": "10.40.0.0/24", "gateway": "10.40.0.9", "dhcp": {}},
         {"declared": ["cidr", "gateway"], "reserved": [], "records": [], "dhcp": True}),
        ({"cidr6": "fd00::/64", "gateway6": "fd00::9", "bridge": "br0"},
         {"declared": ["cidr6", "gateway6", "bridge"], "reserved": [], "records": [], "dhcp": False}),
        ({"cidr": "10.40.0.0/24", "dhcp": {"reservations": [UPPER]}, "dns": {"records": [{"name": "a", "address": "10.40.0.9"}]}},
         {"declared": ["cidr"], "reserved": ["52:54:00:ab:00:01"], "records": [["a", "10.40.0.9"]], "dhcp": True}),
    ],
)  # fmt: skip
def test_what_the_xml_can_t_tell_is_noted(values: dict[str, Any], notes: dict[str, Any]) -> None:
    inputs = Network.model_validate({**values, "labels": {"team": "shop"}})
    assert network_mark(STAMP, inputs) == Mark(STAMP, {"team": "shop"}, notes)
    assert network_mark(STAMP, inputs, taken_over=True).notes == {**notes, "taken over": True}


def test_each_operation_has_a_bridge_of_its_own() -> None:
    assert bridge_name(STAMP) == "vw-915f5333a7"
    others = (replace(STAMP, operation="other"), replace(STAMP, urn=f"{STAMP.urn}2"))
    assert len({bridge_name(each) for each in (STAMP, *others)}) == 3
    assert bridge_name(replace(STAMP, stack="x", inputs_hash="y")) == bridge_name(STAMP)


def test_where_a_name_is_not_free_each_bridge_gets_another() -> None:
    names = [bridge_name(STAMP)]
    for _ in range(3):
        names.append(other_bridge_name(names[-1]))
    assert len({*names}) == 4
    assert all(name.startswith("vw-") and len(name) <= 15 for name in [*names, other_bridge_name("a" * 15)])
    assert other_bridge_name("vw-915f5333a7") == "vw-834a527e5a"


def test_entries_of_members_are_merged_with_the_networks_own() -> None:
    inputs = Network.model_validate(
        {"cidr": "10.40.0.0/24", "dns": {"records": [{"name": "a", "address": "10.40.0.9"}]}}
    )
    names = (
        "<host ip='10.40.0.9'><hostname>a</hostname><hostname>b</hostname></host>",
        "<host ip='10.40.0.7'><hostname>c</hostname></host>",
    )
    more = Members([ElementTree.fromstring("<host ip='10.40.0.5'/>")], map(ElementTree.fromstring, names))
    root = xml_of(inputs, members=more)
    dns, dhcp = root.find("dns"), root.find("ip/dhcp")
    assert dns is not None and dhcp is not None
    assert to_text(dns) == (
        '<dns><host ip="10.40.0.9"><hostname>a</hostname><hostname>b</hostname></host>'
        '<host ip="10.40.0.7"><hostname>c</hostname></host></dns>'
    )
    assert to_text(dhcp) == '<dhcp><range start="10.40.0.2" end="10.40.0.254" /><host ip="10.40.0.5" /></dhcp>'


@pytest.mark.parametrize(
    ("lease", "xml"), [(None, ""), (3600, '<lease expiry="3600" unit="seconds" />'), (120.6, '<lease expiry="121" unit="seconds" />')]
)  # fmt: skip
def test_a_lease(lease: float | None, xml: str) -> None:
    reservation = DhcpReservation(mac="52:54:00:AB:00:01", address="10.40.0.9", hostname="db")
    assert to_text(dhcp_host(reservation, lease)).replace(" />", "/>") == (
        f'<host mac="52:54:00:ab:00:01" name="db" ip="10.40.0.9">{xml}</host>'.replace(
            "></host>" if not xml else "\0", "/>"
        )
    ).replace(" />", "/>")
    assert to_text(dhcp_range(("10.40.0.2", "10.40.0.9"), lease)).startswith('<range start="10.40.0.2" end="10.40.0.9"')


@pytest.mark.parametrize(
    ("cidr", "gateway", "wanted"),
    [
        ("10.40.0.0/24", None, "10.40.0.1"), ("10.40.0.0/24", "10.40.0.9", "10.40.0.9"), ("10.40.0.7/24", None, "10.40.0.1"),
        ("10.40.0.8/30", None, "10.40.0.9"), ("10.40.0.8/31", None, "10.40.0.8"), ("10.40.0.8/32", None, "10.40.0.8"),
        ("fd00::/64", None, "fd00::1"), ("fd00::/127", None, "fd00::"), ("fd00::/126", None, "fd00::1"),
    ],
)  # fmt: skip
def test_the_gateway_is_the_first_address(cidr: str, gateway: str | None, wanted: str) -> None:
    assert gateway_of(cidr, gateway) == wanted


def test_where_no_network_is_left() -> None:
    with pytest.raises(HostError, match=r"no network is left in 10\.128\.0\.0/10"):
        choose_cidr("urn", [IPv4Network("10.0.0.0/8")])
    last = IPv4Network("10.128.0.0/10").address_exclude(IPv4Network("10.191.255.0/24"))
    assert choose_cidr("urn", last) == "10.191.255.0/24"
    assert choose_cidr("urn", []) == "10.169.134.0/24"


def test_a_stamp_counts_for_its_own_uuid_alone() -> None:
    root = xml_of(Network(cidr="10.40.0.0/24"))
    uuid = root.find("uuid")
    assert uuid is not None
    uuid.text = UUID.replace("1", "9")
    assert read_mark(root) is None
    assert read_foreign(root).cidr == "10.40.0.0/24"


def test_a_stamp_bears_the_identity_and_one_from_before_has_none() -> None:
    for stamp in (STAMP, replace(STAMP, identity="0123456789abcdef")):
        root = ElementTree.Element("network")
        ElementTree.SubElement(root, "uuid").text = "1"
        ElementTree.SubElement(root, "metadata").append(mark_element(Mark(stamp), "1", "net"))
        assert read_mark(root) == Mark(stamp, name="net")


@pytest.mark.parametrize(("written", "now", "changes"), [("a", "a", []), ("a", "b", [("b", "a")]), ("", "b", [])])
def test_a_stamp_tells_that_its_object_was_renamed(written: str, now: str, changes: list[tuple[str, str]]) -> None:
    """One that an older version wrote names none."""
    found = Mark(STAMP, name=written).displacement(now)
    assert [(each.prior, each.goal) for each in found] == changes


def test_entries_of_members_are_no_inputs_and_are_kept() -> None:
    inputs = Network.model_validate(
        {"cidr": "10.40.0.0/24", "dns": {"records": [{"name": "a", "address": "10.40.0.9"}]}}
    )
    root = xml_of(inputs)
    dhcp, dns = root.find("ip/dhcp"), root.find("dns/host[@ip='10.40.0.9']")
    assert dhcp is not None and dns is not None
    dhcp.append(ElementTree.fromstring("<host mac='52:54:00:00:00:07' ip='10.40.0.7'/>"))
    dns.append(ElementTree.fromstring("<hostname>alias</hostname>"))
    mark = read_mark(root)
    assert mark is not None
    assert read_network(root, mark) == inputs
    again = xml_of(inputs.model_copy(update={"mtu": 1400}), members=members(root, mark.notes))
    assert [each.get("mac") for each in again.iterfind("ip/dhcp/host")] == ["52:54:00:00:00:07"]
    assert [each.text for each in again.iterfind("dns/host/hostname")] == ["a", "alias"]


def test_an_overlay_is_laid_over() -> None:
    inputs = Network.model_validate(
        {"cidr": "10.40.0.0/24", "libvirt": {"xml": "<network><bridge stp='off'/><portgroup name='p'/></network>"}}
    )
    root = xml_of(inputs)
    bridge = root.find("bridge")
    assert bridge is not None
    assert (bridge.get("stp"), bridge.get("name")) == ("off", bridge_name(STAMP))
    assert root.find("portgroup") is not None
    with pytest.raises(InputError, match="no XML"):
        xml_of(inputs.model_copy(update={"libvirt": inputs.libvirt.model_copy(update={"xml": "<network>"})}))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"vlan": 42}, "vlan"),
        ({"mode": "bridge", "bridge": "br0", "cidr": "10.40.0.0/24"}, "cidr"),
        ({"mode": "bridge", "bridge": "br0", "dhcp": {}}, "dhcp"),
        ({"mode": "bridge", "bridge": "br0", "dns": {"domain": "x"}}, "dns"),
        ({"mode": "bridge", "bridge": "br0", "mtu": 1400}, "mtu"),
    ],
)
def test_what_libvirt_can_t_do_is_refused(values: dict[str, Any], field: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        check_network(Network.model_validate(values))
    assert caught.value.where.path == field


def test_a_chosen_network_is_free_and_stays() -> None:
    first = choose_cidr("urn", [])
    assert choose_cidr("urn", []) == first
    taken = [IPv4Network(first), IPv4Network("10.128.0.0/16")]
    assert not any(IPv4Network(choose_cidr("urn", taken)).overlaps(each) for each in taken)


@pytest.mark.parametrize(
    ("cidr", "gateway", "wanted"),
    [
        ("10.40.0.0/24", "10.40.0.1", ("10.40.0.2", "10.40.0.254")),
        ("10.40.0.0/24", "10.40.0.254", ("10.40.0.1", "10.40.0.253")),
        ("10.40.0.0/24", "10.40.0.9", ("10.40.0.1", "10.40.0.254")),
        ("10.40.0.0/29", "10.40.0.1", ("10.40.0.2", "10.40.0.6")),
        ("10.40.0.0/30", "10.40.0.1", None),
        ("10.0.0.0/8", "10.0.0.1", ("10.0.0.2", "10.255.255.254")),
    ],
)
def test_the_default_range_leaves_out_the_gateway(cidr: str, gateway: str, wanted: tuple[str, str] | None) -> None:
    assert default_range(cidr, gateway) == wanted


def test_forwarders_alone_are_written() -> None:
    dns = xml_of(Network.model_validate({"dns": {"forwarders": ["10.0.0.1"]}})).find("dns")
    assert dns is not None and [each.attrib for each in dns] == [{"addr": "10.0.0.1"}]


def test_the_note_of_what_is_unfinished_stays_readable() -> None:
    """It is on hosts, written by earlier versions."""
    notes = {"unfinished": True}
    root = xml_of(Network())
    listed = ListedNetwork(root, replace(network_mark(STAMP, Network()), notes=notes), active=True, autostart=True)
    assert listed.is_unfinished
    assert [each.path for each in listed.drift if each.path == ("members joined",)] == [("members joined",)]

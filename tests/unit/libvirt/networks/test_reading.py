"""From a network's XML to inputs and outputs, element by element."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.libvirt.networks.reading import (
    ListedNetwork,
    ip_of,
    members,
    networks_of,
    offered,
    read_foreign,
    read_network,
    read_outputs,
)
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.network import NetworkOutputs

UUID = "11111111-2222-3333-4444-555555555555"
STAMP = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:Network::back", "op", "f" * 64)
V4 = "<ip address='10.40.0.1' prefix='24'>{}</ip>"
ALL = {"declared": ["cidr", "cidr6", "gateway", "gateway6", "bridge"]}
HOST = "<host mac='52:54:00:00:00:0{}' ip='10.40.0.{}'/>"


def network(inside: str) -> Any:
    return from_text(f"<network>{inside}</network>")


def foreign(inside: str) -> dict[str, Any]:
    return read_foreign(network(inside)).model_dump(exclude_defaults=True)


def own(inside: str, notes: dict[str, Any]) -> dict[str, Any]:
    return read_network(network(inside), Mark(STAMP, {}, notes)).model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<forward mode='nat'/>", {}),
        ("<forward/>", {}),
        ("<forward mode='open'/>", {}),
        ("<forward mode='route'/>", {"mode": "routed"}),
        ("<forward mode='bridge'/><bridge name='br0'/>", {"mode": "bridge", "bridge": "br0"}),
        ("", {"mode": "isolated"}),
        ("<forward mode='nat' dev='eth0'/>", {"uplink": "eth0"}),
        ("<forward/><mtu size='1400'/><vlan><tag id='42'/></vlan>", {"mtu": 1400, "vlan": 42}),
        ("<forward/>" + V4.format(""), {"cidr": "10.40.0.0/24"}),
        ("<forward/><ip address='10.40.0.1' netmask='255.255.0.0'/>", {"cidr": "10.40.0.0/16"}),
        ("<forward/><ip address='10.40.0.1'/>", {"cidr": "10.40.0.0/24"}),
        ("<forward/><ip family='ipv4' address='10.40.0.9' prefix='24'/>", {"cidr": "10.40.0.0/24", "gateway": "10.40.0.9"}),
        ("<forward/><ip family='ipv6' address='fd00:40::1'/>", {"cidr6": "fd00:40::/64"}),
        ("<forward/><ip family='ipv6' address='fd00:40::5' prefix='48'/>", {"cidr6": "fd00:40::/48", "gateway6": "fd00:40::5"}),
        ("<forward/><ip/>", {}),
        ("<forward/><domain name='lan'/>", {"dns": {"domain": "lan"}}),
        ("<forward/><dns><host><hostname>a</hostname></host><host ip='10.40.0.9'><hostname/></host></dns>", {}),
        ("<forward/><dns><forwarder addr='9.9.9.9'/><forwarder domain='x'/></dns>", {"dns": {"forwarders": ["9.9.9.9"]}}),
        (f"<forward/>{V4.format('<dhcp/>')}<dns><host ip='10.40.0.9'><hostname>a</hostname><hostname>b</hostname></host></dns>",
         {"cidr": "10.40.0.0/24", "dns": {"records": [{"name": "a", "address": "10.40.0.9"}, {"name": "b", "address": "10.40.0.9"}]}}),
    ],
)  # fmt: skip
def test_a_network_of_others(inside: str, wanted: dict[str, Any]) -> None:
    assert foreign(inside) == wanted


@pytest.mark.parametrize(
    ("dhcp", "wanted"),
    [
        ("", None),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'/></dhcp>", None),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.99'/></dhcp>", {"range": {"start": "10.40.0.2", "end": "10.40.0.99"}}),
        ("<dhcp><range start='10.40.0.3' end='10.40.0.254'/></dhcp>", {"range": {"start": "10.40.0.3", "end": "10.40.0.254"}}),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'><lease expiry='5'/></range></dhcp>", {"lease_time": 300.0}),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'><lease expiry='500' unit='seconds'/></range></dhcp>", {"lease_time": 500.0}),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'><lease expiry='5' unit='minutes'/></range></dhcp>", {"lease_time": 300.0}),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'><lease expiry='5' unit='hours'/></range></dhcp>", {"lease_time": 18000.0}),
        ("<dhcp><range start='10.40.0.2' end='10.40.0.254'><lease expiry='5' unit='odd'/></range></dhcp>", {"lease_time": 300.0}),
        ("<dhcp><host mac='52:54:00:00:00:0A' ip='10.40.0.9' name='a'/><host name='b' ip='10.40.0.8'/><host mac='52:54:00:00:00:0b'/></dhcp>",
         {"reservations": [{"mac": "52:54:00:00:00:0a", "address": "10.40.0.9", "hostname": "a"}]}),
    ],
)  # fmt: skip
def test_dhcp_of_others(dhcp: str, wanted: dict[str, Any] | None) -> None:
    assert foreign(f"<forward/>{V4.format(dhcp)}").get("dhcp") == wanted


def test_a_range_without_a_network_is_told_as_it_is() -> None:
    told = "<forward/><ip><dhcp><range start='10.40.0.2' end='10.40.0.254'/></dhcp></ip>"
    with pytest.raises(ValueError, match="needs cidr"):
        foreign(told)


@pytest.mark.parametrize(
    ("notes", "wanted"),
    [
        ({}, {}),
        (ALL, {"cidr": "10.40.0.0/24", "cidr6": "fd00:40::/64", "gateway": "10.40.0.1", "gateway6": "fd00:40::1", "bridge": "vw-1"}),
        *(({"declared": [name]}, {name: value}) for name, value in
          (("cidr", "10.40.0.0/24"), ("cidr6", "fd00:40::/64"), ("bridge", "vw-1"))),
        ({"dhcp": True}, {"dhcp": {}}),
    ],
)  # fmt: skip
def test_of_ours_only_what_was_declared_is_an_input(notes: dict[str, Any], wanted: dict[str, Any]) -> None:
    inside = f"<forward/><bridge name='vw-1'/>{V4}<ip family='ipv6' address='fd00:40::1' prefix='64'/>"
    assert own(inside, notes) == wanted


def test_reservations_and_records_of_ours_are_those_that_are_noted() -> None:
    dhcp = f"<dhcp>{HOST.format(1, 8)}{HOST.format(2, 9)}{HOST.format('C', 7)}</dhcp>"
    names = "<dns><host ip='10.40.0.8'><hostname>a</hostname><hostname>b</hostname></host></dns>"
    inside = f"<forward/>{V4.format(dhcp)}{names}"
    reserved = {"reserved": ["52:54:00:00:00:02", "52:54:00:00:00:03", "52:54:00:00:00:0c"], "declared": ["cidr"]}
    records = {"records": [["b", "10.40.0.8"], ["a", "10.40.0.9"], ["c", "10.40.0.8"]]}
    assert own(inside, {**reserved, **records}) == {
        "cidr": "10.40.0.0/24",
        "dhcp": {
            "reservations": [
                {"mac": "52:54:00:00:00:02", "address": "10.40.0.9"},
                {"mac": "52:54:00:00:00:0c", "address": "10.40.0.7"},
            ]
        },
        "dns": {"records": [{"name": "b", "address": "10.40.0.8"}]},
    }


def test_labels_are_those_of_the_mark() -> None:
    assert read_network(network("<forward/>"), Mark(STAMP, {"team": "shop"})).labels == {"team": "shop"}


def test_what_members_have_added() -> None:
    dhcp = f"<dhcp><host mac='52:54:00:00:00:0A' ip='10.40.0.8'/>{HOST.format(2, 9)}<host ip='10.40.0.7'/></dhcp>"
    names = (
        "<dns><host ip='10.40.0.8'><hostname>a</hostname><hostname>b</hostname></host>"
        "<host ip='10.40.0.9'><hostname>a</hostname></host></dns>"
    )
    notes = {"reserved": ["52:54:00:00:00:0a"], "records": [["a", "10.40.0.8"], ["a", "10.40.0.9"]]}
    found = members(network(f"{V4.format(dhcp)}{names}"), notes)
    assert [to_text(each) for each in found.hosts] == [
        '<host mac="52:54:00:00:00:02" ip="10.40.0.9" />',
        '<host ip="10.40.0.7" />',
    ]
    assert [to_text(each) for each in found.names] == ['<host ip="10.40.0.8"><hostname>b</hostname></host>']
    everything = members(network(f"{V4.format(dhcp)}{names}"), {})
    assert (len(everything.hosts), len(everything.names)) == (3, 2)


def test_outputs() -> None:
    inside = f"<name>shop_back</name><uuid>{UUID}</uuid><bridge name='vw-1'/>{V4}<ip family='ipv6' address='fd00::1' prefix='64'/>"
    assert read_outputs(network(inside)) == NetworkOutputs(
        id=UUID, name="shop_back", cidr="10.40.0.0/24", cidr6="fd00::/64", gateway="10.40.0.1", bridge="vw-1"
    )
    assert read_outputs(network("<name>a</name><uuid>b</uuid>")) == NetworkOutputs(id="b", name="a")


def test_the_networks_that_it_takes() -> None:
    root = network(
        f"{V4}<ip family='ipv6' address='fd00::1' prefix='64'/><ip family='ipv4' address='10.41.0.1' prefix='16'/><ip/>"
    )
    assert [*networks_of(root)] == [IPv4Network("10.40.0.0/24"), IPv4Network("10.41.0.0/16")]
    assert offered(root) == {
        ("10.40.0.0/24", "10.40.0.1"),
        ("fd00::/64", "fd00::1"),
        ("10.41.0.0/16", "10.41.0.1"),
        (None, None),
    }
    first, second = ip_of(root, 4), ip_of(root, 6)
    assert first is not None and first.get("address") == "10.40.0.1"
    assert second is not None and second.get("address") == "fd00::1"
    assert ip_of(network(V4), 6) is None


def listed(notes: dict[str, Any] | None, *, active: bool = True, autostart: bool = True) -> ListedNetwork:
    mark = "" if notes is None else to_text(mark_element(Mark(STAMP, {}, notes), UUID, ""))
    xml = f"<network><name>shop_back</name><uuid>{UUID}</uuid><metadata>{mark}</metadata></network>"
    return ListedNetwork.of(xml, active=active, autostart=autostart)


def test_one_that_is_listed() -> None:
    found = listed({})
    assert (found.id, found.name, found.active, found.autostart) == (UUID, "shop_back", True, True)
    assert found.mark is not None and found.mark.stamp == STAMP


@pytest.mark.parametrize(
    ("notes", "active", "autostart", "drift"),
    [
        ({}, True, True, []),
        ({}, False, True, ["active"]),
        ({}, True, False, ["autostart"]),
        ({"unfinished": True}, True, True, ["members joined"]),
        ({"unfinished": True}, False, False, ["active", "members joined", "autostart"]),
        (None, True, False, []),
        (None, False, False, ["active"]),
    ],
)
def test_what_of_it_has_drifted(notes: dict[str, Any] | None, active: bool, autostart: bool, drift: list[str]) -> None:
    found = listed(notes, active=active, autostart=autostart)
    assert found.drift == tuple(Change((name,), False, True, Impact.LIVE) for name in drift)
    assert found.is_unfinished is bool(notes)


@pytest.mark.parametrize(
    ("stamped", "name", "called"),
    [
        pytest.param("shop_back", "shop_back", (), id="as it was made"),
        pytest.param("shop_back", "mine", (Change(("name",), "mine", "shop_back", Impact.REBOOT),), id="renamed"),
        pytest.param("", "mine", (), id="stamped by an older version"),
    ],
)
def test_a_network_has_the_name_of_its_stamp(stamped: str, name: str, called: tuple[Change, ...]) -> None:
    mark = Mark(STAMP, {}, {}, stamped)
    found = ListedNetwork(network(f"<name>{name}</name>"), mark, active=False, autostart=True)
    assert found.drift == (*called, Change(("active",), False, True, Impact.LIVE))
    assert found.stamped_name == (stamped or name)


def test_a_network_without_a_stamp_is_called_what_it_is_called() -> None:
    found = ListedNetwork(network("<name>mine</name>"), None, active=True, autostart=True)
    assert (found.stamped_name, found.drift) == ("mine", ())


@pytest.mark.parametrize(("notes", "theirs"), [({}, False), ({"taken over": True}, True), (None, True)])
def test_whether_somebody_else_made_it(notes: dict[str, Any] | None, theirs: bool) -> None:
    assert listed(notes).is_taken_over is theirs

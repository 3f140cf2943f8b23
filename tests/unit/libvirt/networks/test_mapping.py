"""Networks to XML and back."""

from typing import Any
from xml.etree import ElementTree

import pytest

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.networks.addressing import choose_cidr, default_range
from virtwright.providers.libvirt.networks.check import check_network
from virtwright.providers.libvirt.networks.mapping import bridge_name, network_mark, network_xml
from virtwright.providers.libvirt.networks.reading import members, read_foreign, read_network
from virtwright.providers.libvirt.stamps import read_mark
from virtwright.providers.libvirt.xml import to_text
from virtwright.schemas.network import Network

STAMP = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:Network::back", "op", "f" * 64)
UUID = "11111111-2222-3333-4444-555555555555"
RESERVATION = {"mac": "52:54:00:00:00:01", "address": "10.40.0.9", "hostname": "db"}
NETWORKS: list[dict[str, Any]] = [
    {},
    {"cidr": "10.40.0.0/24", "labels": {"a": "b", "c": "</d>&'\""}},
    {"cidr": "10.40.0.0/24", "gateway": "10.40.0.254", "mtu": 1400, "bridge": "br-x", "uplink": "eth0"},
    {"cidr": "10.40.0.0/24", "mode": "routed", "cidr6": "fd00:40::/64", "gateway6": "fd00:40::5"},
    {"cidr": "10.40.0.0/24", "mode": "isolated", "dhcp": {}},
    {"cidr": "10.40.0.0/24", "dhcp": {"range": {"start": "10.40.0.9", "end": "10.40.0.20"}, "lease_time": "12h"}},
    {"cidr": "10.40.0.0/24", "dhcp": {"reservations": [RESERVATION]}},
    {"cidr": "10.40.0.0/24",
     "dns": {"domain": "shop.example", "forwarders": ["9.9.9.9", "2620:fe::fe"],
             "records": [{"name": "a", "address": "10.40.0.9"}, {"name": "x", "address": "10.40.0.8"}, {"name": "b", "address": "10.40.0.9"}]}},
    {"mode": "bridge", "bridge": "br0", "vlan": 42},
    {"cidr": "10.40.0.0/30"},
]  # fmt: skip


def xml_of(inputs: Network, **more: Any) -> ElementTree.Element:
    cidr = None if inputs.mode == "bridge" else inputs.cidr or "10.130.0.0/24"
    made = network_xml(inputs, "shop_back", UUID, network_mark(STAMP, inputs), cidr, bridge_name(STAMP), **more)
    return ElementTree.fromstring(to_text(made))


@pytest.mark.parametrize("values", NETWORKS)
def test_a_network_is_read_back_as_it_was_said(values: dict[str, Any]) -> None:
    inputs = Network.model_validate(values)
    root = xml_of(inputs)
    mark = read_mark(root)
    assert mark is not None and mark.stamp == STAMP
    assert read_network(root, mark) == inputs


def test_a_stamp_counts_for_its_own_uuid_alone() -> None:
    root = xml_of(Network(cidr="10.40.0.0/24"))
    uuid = root.find("uuid")
    assert uuid is not None
    uuid.text = UUID.replace("1", "9")
    assert read_mark(root) is None
    assert read_foreign(root).cidr == "10.40.0.0/24"


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
    from ipaddress import IPv4Network

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

"""Changes, conflicts, damage from outside, and the loss of all that is volatile."""

import re
import socket
import subprocess
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from tests.namespace_lab import QUICK, Lab, fetch, in_threads, outside, stamp

from virtwright.errors import HostError
from virtwright.providers.base import Observed
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.namespace.network import firewall
from virtwright.providers.namespace.network.attach import attach, detach
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.network.inspection import Inspection
from virtwright.providers.namespace.network.links import configure, index_of, netlink, remove_link
from virtwright.providers.namespace.network.members import load
from virtwright.providers.namespace.network.netns import exists, inside, opened, remove, write_sysctl
from virtwright.providers.namespace.records import Record
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.network import Network, NetworkOutputs

pytestmark = pytest.mark.root
PORT = PublishedPort(port=80, host_port=8080)


def network(lab: Lab, name: str, **fields: object) -> NetworkOutputs:
    return NetworkHandler(lab.root).create(stamp("Network", name), Network.model_validate(fields), Context())


def seen(lab: Lab) -> list[Observed[Network, NetworkOutputs]]:
    return list(NetworkHandler(lab.root).observe("shop/shop"))


def heal(lab: Lab) -> None:
    for item in seen(lab):
        goal = Network.model_validate(lab.records.get("Network", item.id).inputs)  # type: ignore[union-attr]
        NetworkHandler(lab.root).update(item.id, item.stamp, item.inputs, goal, Context())


def drift(lab: Lab) -> list[tuple[str, Impact]]:
    return [(change.field, change.impact) for item in seen(lab) for change in item.drift]


def wrong(lab: Lab, record: Record) -> list[tuple[str, Impact]]:
    look = Inspection(lab.root)
    return [(change.field, change.impact) for change in look.member_drift("Container", record.id)]


def joins(*names: str) -> list[NetworkAttachment]:
    return [NetworkAttachment(network=name) for name in names]


def nft(*words: str) -> str:
    return subprocess.run(["nft", *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mode": "isolated", "cidr": "10.1.0.0/28", "gateway": "10.1.0.5", "mtu": 1400},
        {"mode": "routed", "cidr": "10.2.0.0/16", "cidr6": "fd00:2::/64", "bridge": "mine0"},
        {
            "mode": "nat",
            "cidr": "10.3.0.0/24",
            "labels": {"a": "b"},
            "dhcp": {"range": {"start": "10.3.0.9", "end": "10.3.0.9"}},
        },
    ],
)
def test_what_was_applied_shows_no_change(lab: Lab, fields: dict[str, object]) -> None:
    back = network(lab, "back", **fields)
    record, _ = lab.container("web", back.name, ports=[PORT])
    (item,) = seen(lab)
    assert (item.inputs, item.drift, item.complete) == (Network.model_validate(fields), (), True)
    assert wrong(lab, record) == []


def test_a_dhcp_range_and_reservations_decide_on_addresses(lab: Lab) -> None:
    mac = "52:54:00:00:00:07"
    dhcp = {
        "range": {"start": "10.3.0.20", "end": "10.3.0.21"},
        "reservations": [{"mac": mac, "address": "10.3.0.20", "hostname": "printer"}],
    }
    back = network(lab, "back", cidr="10.3.0.0/24", dhcp=dhcp)
    _, first = lab.container("first", back.name)
    _, known = lab.container("known", NetworkAttachment(network=back.name, mac=mac))
    assert (first.address, known.address) == ("10.3.0.21", "10.3.0.20")
    assert "10.3.0.20 known printer" in first.hosts_file.read_text().splitlines()
    with pytest.raises(HostError, match=r"no free address left \(from 10.3.0.20 to 10.3.0.21\)"):
        lab.container("late", back.name)


def test_a_taken_address_names_who_has_it_and_leaves_nothing(lab: Lab) -> None:
    back = network(lab, "back")
    _, web = lab.container("web", NetworkAttachment(network=back.name, address="10.89.0.40"))
    assert web.address == "10.89.0.40"
    for address, who in (("10.89.0.40", "the Container shop-web"), ("10.89.0.1", "the gateway")):
        with pytest.raises(HostError, match=f"the address {address} on the network shop-back is taken by {who}"):
            lab.container("late", NetworkAttachment(network=back.name, address=address))
    with pytest.raises(HostError, match=r"the address 10\.90\.0\.4 is not one of the network shop-back"):
        lab.container("late", NetworkAttachment(network=back.name, address="10.90.0.4"))
    late = lab.records.named("Container", "shop-late")
    assert late and load(lab.root, "Container", late.id) is None
    assert not exists(lab.root.netns / late.id)


def test_a_taken_port_names_who_has_it_and_leaves_nothing(lab: Lab) -> None:
    back = network(lab, "back")
    lab.container("web", back.name, ports=[PORT])
    before = nft("list", "ruleset")
    with pytest.raises(HostError, match=r"the host's port \*:8080/tcp is already published by the Container shop-web"):
        lab.container("late", back.name, ports=[PORT])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = PublishedPort(port=80, host_port=taken.getsockname()[1])
        with pytest.raises(
            HostError, match=rf"the host's port \*:{port.host_port}/tcp is in use by \S+ \(process \d+\)"
        ):
            lab.container("late", back.name, ports=[port])
    with pytest.raises(HostError, match=r"the host has no address 192\.0\.2\.77"):
        lab.container("late", back.name, ports=[PublishedPort(port=80, host_port=81, host_address="192.0.2.77")])
    with pytest.raises(HostError, match="needs an IPv6 address on a network"):
        lab.container("late", back.name, ports=[PublishedPort(port=80, host_port=81, host_address="::1")])
    late = lab.records.named("Container", "shop-late")
    assert late and not exists(lab.root.netns / late.id)
    assert nft("list", "ruleset") == before


def test_udp_and_tcp_of_one_number_are_two_ports(lab: Lab) -> None:
    back = network(lab, "back")
    lab.container("web", back.name, ports=[PORT, PublishedPort(port=80, host_port=8080, protocol="udp")])
    assert len(firewall.present_ports(lab.root, firewall.ruleset())) == 2


def test_networks_are_joined_and_left_and_ports_changed_while_it_runs(lab: Lab) -> None:
    back, front = network(lab, "back"), network(lab, "front")
    record, web = lab.container("web", back.name, ports=[PORT])
    _, app = lab.container("app", front.name)
    lab.serve(web.netns, 80, "web")
    with opened(web.netns) as namespace:
        changed = attach(
            lab.root, record, joins(front.name, back.name), [PublishedPort(port=80, host_port=9090)], ["web"]
        )
        with inside(namespace):
            assert {name for _, name in socket.if_nameindex()} == {"lo", "eth0", "eth1"}
    assert changed.addresses[back.name] == web.address
    assert lab.get(app.netns, changed.addresses[front.name], 80), "the running server is reached on the new network"
    assert fetch("127.0.0.1", 9090)
    assert fetch("127.0.0.1", 8080, QUICK) is None
    assert f"{changed.addresses[front.name]} web" in app.hosts_file.read_text()

    attach(lab.root, record, joins(front.name), [], ["web"])
    assert lab.get(app.netns, changed.addresses[front.name], 80)
    assert fetch(web.address or "", 80, QUICK) is None
    assert fetch("127.0.0.1", 9090, QUICK) is None
    assert wrong(lab, record) == []


def test_a_conflict_in_an_update_changes_nothing(lab: Lab) -> None:
    back = network(lab, "back")
    record, web = lab.container("web", back.name)
    lab.container("other", back.name, ports=[PORT])
    lab.serve(web.netns, 80, "web")
    before = load(lab.root, "Container", record.id)
    with pytest.raises(HostError, match="already published"):
        attach(lab.root, record, joins(back.name), [PORT], ["web"])
    assert load(lab.root, "Container", record.id) == before
    assert fetch(web.address or "", 80)


def test_a_deleted_bridge_is_seen_and_mended_with_its_members(lab: Lab) -> None:
    back = network(lab, "back")
    record, web = lab.container("web", back.name, ports=[PORT])
    lab.serve(web.netns, 80, "web")
    remove_link(back.bridge or "")
    assert drift(lab) == [("bridge", Impact.LIVE)]
    assert wrong(lab, record) == [("networks[0]", Impact.LIVE)]
    heal(lab)
    assert (drift(lab), wrong(lab, record)) == ([], [])
    assert fetch(web.address or "", 80)
    assert fetch("127.0.0.1", 8080)


def test_what_else_is_broken_from_outside_is_seen_and_mended(lab: Lab) -> None:
    back = network(lab, "back", mtu=1400)
    record, web = lab.container("web", back.name, ports=[PORT])
    lab.serve(web.netns, 80, "web")
    index = index_of(back.bridge or "")
    with netlink("break it") as connection:
        connection.link("set", index=index, state="down", mtu=1300)
        connection.addr("del", index=index, address=back.gateway, prefixlen=24)
        connection.addr("add", index=index, address="10.99.0.1", prefixlen=24)
    nft("delete", "table", "inet", firewall.table_name(lab.root))
    write_sysctl("net/ipv4/ip_forward", "0")
    (item,) = seen(lab)
    assert item.inputs.mtu == 1300
    assert [change.field for change in item.drift] == ["bridge.state", "gateway", "forwarding", "firewall"]
    assert wrong(lab, record) == [("ports[0]", Impact.LIVE)]
    heal(lab)
    assert (drift(lab), wrong(lab, record)) == ([], [])
    assert seen(lab)[0].inputs.mtu == 1400
    assert fetch("127.0.0.1", 8080)


def test_single_rules_and_elements_that_are_gone_are_seen_and_mended(lab: Lab) -> None:
    back = network(lab, "back")
    lab.container("web", back.name)
    table = firewall.table_name(lab.root)
    nft("flush", "chain", "inet", table, "passing")
    assert drift(lab) == [("firewall", Impact.LIVE)]
    heal(lab)
    nft("delete", "element", "inet", table, "masqueraded4", f"{{ {back.cidr} }}")
    assert drift(lab) == [("firewall", Impact.LIVE)]
    heal(lab)
    assert drift(lab) == []


def test_a_members_lost_cable_and_address_are_seen_and_mended(lab: Lab) -> None:
    back = network(lab, "back", cidr6="fd00:9::/64")
    record, web = lab.container("web", back.name)
    lab.serve(web.netns, 80, "web")
    with opened(web.netns) as namespace, inside(namespace), netlink("break it") as connection:
        connection.addr("del", index=index_of("eth0"), address=web.address, prefixlen=24)
        connection.addr("del", index=index_of("eth0"), address="fd00:9::2", prefixlen=64)
    assert wrong(lab, record) == [("networks[0].address", Impact.LIVE), ("networks[0].address6", Impact.LIVE)]
    attach(lab.root, record, joins(back.name), [], ["web"])
    assert wrong(lab, record) == []

    member = load(lab.root, "Container", record.id)
    assert member
    remove_link(member.networks[0].port)
    assert wrong(lab, record) == [("networks[0]", Impact.LIVE)]
    assert attach(lab.root, record, joins(back.name), [], ["web"]).address == web.address
    assert wrong(lab, record) == []
    assert fetch(web.address or "", 80)


def test_after_a_reboot_everything_is_seen_as_gone_and_comes_back_with_its_addresses(lab: Lab) -> None:
    back = network(lab, "back")
    first, _ = lab.container("first", back.name)
    second, web = lab.container("second", back.name, ports=[PORT])
    detach(lab.root, "Container", first.id)
    lab.records.remove("Container", first.id)
    remove(web.netns)
    remove_link(back.bridge or "")
    nft("delete", "table", "inet", firewall.table_name(lab.root))

    assert drift(lab) == [("bridge", Impact.LIVE)]
    assert wrong(lab, second) == [("networks", Impact.REBOOT)]
    heal(lab)
    again = attach(lab.root, second, joins(back.name), [PORT], ["second"])
    assert again.address == web.address == "10.89.0.3"
    lab.serve(again.netns, 80, "web")
    assert fetch("127.0.0.1", 8080)
    assert (drift(lab), wrong(lab, second)) == ([], [])


def test_the_mtu_changes_live(lab: Lab) -> None:
    back = network(lab, "back")
    _, web = lab.container("web", back.name)
    (item,) = seen(lab)
    goal = Network(mtu=1280)
    assert NetworkHandler(lab.root).diff(item.inputs, goal).impact == Impact.LIVE
    NetworkHandler(lab.root).update(item.id, item.stamp, item.inputs, goal, Context())
    with opened(web.netns) as namespace, inside(namespace), netlink("look") as connection:
        assert connection.get_links(index_of("eth0"))[0].get_attr("IFLA_MTU") == 1280
    assert seen(lab)[0].inputs == goal


def test_a_member_that_leaves_while_its_network_changes_is_waited_for(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = network(lab, "back")
    record, _ = lab.container("web", back.name)
    (item,) = seen(lab)
    leaving = threading.Thread(target=detach, args=(lab.root, "Container", record.id))

    def while_it_leaves(*parts: Any, **more: Any) -> None:
        leaving.start()
        leaving.join(0.3)
        configure(*parts, **more)

    monkeypatch.setattr("virtwright.providers.namespace.network.attach.configure", while_it_leaves)
    NetworkHandler(lab.root).update(item.id, item.stamp, item.inputs, Network(mtu=1400), Context())
    leaving.join()
    assert list(lab.root.netns.iterdir()) == []
    assert (seen(lab)[0].inputs.mtu, drift(lab)) == (1400, [])


@pytest.mark.parametrize(("field", "value"), [("cidr", "10.4.0.0/24"), ("mode", "isolated"), ("bridge", "other0")])
def test_what_means_a_new_network(lab: Lab, field: str, value: str) -> None:
    found = NetworkHandler(lab.root).diff(Network(), Network.model_validate({field: value}))
    assert found.impact == Impact.RECREATE
    assert found.delete_before_create


def test_a_network_with_members_is_not_deleted_and_one_without_leaves_nothing(lab: Lab) -> None:
    before = nft("list", "ruleset"), socket.if_nameindex()
    back = network(lab, "back")
    record, _ = lab.container("web", back.name, ports=[PORT])
    handler = NetworkHandler(lab.root)
    with pytest.raises(HostError, match="the network shop-back is in use by the Container shop-web"):
        handler.delete(back.id, Context())
    assert drift(lab) == []
    detach(lab.root, "Container", record.id)
    detach(lab.root, "Container", record.id)
    handler.delete(back.id, Context())
    handler.delete(back.id, Context())
    assert (nft("list", "ruleset"), socket.if_nameindex()) == before
    assert list(lab.root.netns.iterdir()) == []
    assert list((lab.root.path / "networks").iterdir()) == []


def test_ranges_that_overlap_are_refused_and_nothing_is_made(lab: Lab) -> None:
    network(lab, "back", cidr="10.5.0.0/16")
    with pytest.raises(HostError, match=r"10\.5\.7\.0/24 overlaps with the network shop-back \(10\.5\.0\.0/16\)"):
        network(lab, "front", cidr="10.5.7.0/24")
    with outside(), pytest.raises(HostError, match="overlaps with a route of this machine"):
        network(lab, "front", cidr="198.51.100.0/25")
    with pytest.raises(HostError, match="the machine has a device lo already"):
        network(lab, "front", bridge="lo")
    assert [record.name for record in lab.records.list("Network")] == ["shop-back"]


def test_an_existing_bridge_is_joined_and_left_alone(lab: Lab) -> None:
    with pytest.raises(HostError, match="the machine has no bridge lan0"):
        network(lab, "lan", mode="bridge", bridge="lan0", cidr="192.168.5.0/24")
    with netlink("make the test's bridge") as connection:
        connection.link("add", ifname="lan0", kind="bridge", state="up")
        connection.addr("add", index=index_of("lan0"), address="192.168.5.1", prefixlen=24)
    lan = network(lab, "lan", mode="bridge", bridge="lan0", cidr="192.168.5.0/24", gateway="192.168.5.1")
    record, web = lab.container("web", lan.name)
    lab.serve(web.netns, 80, "web")
    assert fetch(web.address or "", 80)
    assert (drift(lab), wrong(lab, record)) == ([], [])
    with pytest.raises(HostError, match="needs an address on a network of mode nat"):
        lab.container("late", lan.name, ports=[PORT])
    detach(lab.root, "Container", record.id)
    NetworkHandler(lab.root).delete(lan.id, Context())
    assert index_of("lan0")


def test_a_filter_that_drops_what_is_forwarded_is_passed_and_otherwise_left_alone(lab: Lab) -> None:
    nft("add", "table", "ip", "filter")
    nft("add", "chain", "ip", "filter", "FORWARD", "{ type filter hook forward priority filter; policy drop; }")
    nft("add", "chain", "ip", "filter", "DOCKER-USER")
    nft("add", "rule", "ip", "filter", "FORWARD", "jump", "DOCKER-USER")
    before = nft("list", "ruleset")
    back = network(lab, "back")
    _, web = lab.container("web", back.name)
    with outside() as beyond:
        lab.serve_in(beyond, 8000, "beyond")
        assert lab.get(web.netns, "198.51.100.2", 8000)
        nft("flush", "chain", "ip", "filter", "DOCKER-USER")
        assert lab.get(web.netns, "198.51.100.2", 8000, QUICK) is None
        assert drift(lab) == [("firewall", Impact.LIVE)]
        heal(lab)
        assert lab.get(web.netns, "198.51.100.2", 8000)
    for record in lab.records.list("Container"):
        detach(lab.root, "Container", record.id)
    NetworkHandler(lab.root).delete(back.id, Context())
    assert nft("list", "ruleset") == before


def test_many_at_once_get_different_addresses(lab: Lab) -> None:
    back = network(lab, "back")
    made = in_threads([partial(lab.container, f"c{number}", back.name) for number in range(16)])
    addresses: Sequence[str | None] = [attached.address for _, attached in made]
    assert len(set(addresses)) == 16
    assert all(wrong(lab, record) == [] for record, _ in made)
    files = {attached.hosts_file.read_text() for _, attached in made}
    assert len(files) == 1
    assert len(re.findall(r"^10\.89\.0\.\d+ c\d+$", files.pop(), re.MULTILINE)) == 16


def test_a_failure_half_way_leaves_nothing_and_the_next_try_works(lab: Lab) -> None:
    back = network(lab, "back")
    remove_link(back.bridge or "")
    with pytest.raises(HostError, match=r"the bridge \S+ of the network shop-back is gone"):
        lab.container("web", back.name, ports=[PORT])
    record = lab.records.named("Container", "shop-web")
    assert record and not exists(lab.root.netns / record.id)
    assert load(lab.root, "Container", record.id) is None
    heal(lab)
    assert firewall.present_ports(lab.root, firewall.ruleset()) == set()
    assert lab.container("web", back.name, ports=[PORT])[1].address == "10.89.0.2"


def test_a_network_file_that_a_power_cut_emptied_is_made_anew(lab: Lab) -> None:
    back = network(lab, "back")
    record, web = lab.container("web", back.name)
    (lab.root.folder("Container", record.id) / "network.json").write_bytes(b"")
    assert wrong(lab, record) == [("networks", Impact.REBOOT)]
    assert attach(lab.root, record, joins(back.name), [], ["web"]).address == web.address
    assert wrong(lab, record) == []

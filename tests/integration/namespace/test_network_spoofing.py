"""A member without a user namespace makes frames as it likes: nobody hears it under another's address.

Each frame that must not be heard is heard from a privileged machine, which may send what it likes: so the frame itself is right.
"""

import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests import frames
from tests.frames import ALL_NODES, BROADCAST, ethernet
from tests.namespace_lab import Lab, stamp

from virtwright.providers.context import Context
from virtwright.providers.namespace.network import firewall, senders
from virtwright.providers.namespace.network.attach import Attached, attach, detach
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.network.links import index_of, netlink
from virtwright.providers.namespace.network.members import Member, load
from virtwright.providers.namespace.network.netns import inside, opened
from virtwright.providers.namespace.network.senders import link_local
from virtwright.providers.namespace.network.tables import SENT
from virtwright.providers.namespace.records import Record
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.network import Network, NetworkOutputs

pytestmark = pytest.mark.root
GATEWAY, GATEWAY6 = "10.66.1.1", "fd00:66:1::1"
MAC, OTHER = "52:54:00:00:00:66", "52:54:00:00:00:99"
OWN, OWN6, OWN_LINK = "10.66.1.66", "fd00:66:1::66", "fe80::5054:ff:fe00:66"
NEIGHBOUR, NEIGHBOUR6 = "10.66.1.77", "fd00:66:1::77"
ALL4, ALL6 = "10.66.1.255", "ff02::1"
IP, ARP, IP6 = 0x0800, 0x0806, 0x86DD
Frame = Callable[[bytes], bytes]


def ip4(source: str, *, mac: str = MAC, **more: tuple[int, int]) -> Frame:
    return lambda mark: ethernet(mac, BROADCAST, IP, frames.udp(source, ALL4, mark, **more))


def ip6(source: str, *, mac: str = MAC, **more: tuple[int, int]) -> Frame:
    return lambda mark: ethernet(mac, ALL_NODES, IP6, frames.udp(source, ALL6, mark, **more))


def claim(operation: int, mac: str, address: str) -> Frame:
    return lambda mark: ethernet(MAC, BROADCAST, ARP, frames.arp(operation, mac, address, NEIGHBOUR) + mark)


def advertised(mark: bytes) -> bytes:
    return ethernet(MAC, ALL_NODES, IP6, frames.router_advertisement(OWN_LINK, "2001:db8:bad::", mark))


def fragmented(mark: bytes) -> bytes:
    """An advertisement behind a header for fragments, where a filter might not look (RFC 7113)."""
    packet = advertised(mark)[14:]
    body = struct.pack("!BBHI", packet[6], 0, 0, 1) + packet[40:]
    head = packet[:4] + struct.pack("!HBB", len(body), 44, packet[7]) + packet[8:40]
    return ethernet(MAC, ALL_NODES, IP6, head + body)


def redirect(mark: bytes) -> bytes:
    return ethernet(MAC, ALL_NODES, IP6, frames.icmp6(OWN_LINK, ALL6, 137, bytes(36) + frames.nonce(mark)))


def said(kind: int) -> Frame:
    """In ICMP (RFC 792, RFC 1256)."""
    return lambda mark: ethernet(MAC, BROADCAST, IP, frames.icmp(OWN, ALL4, kind, bytes(4) + mark))


def shown(source: str, claimed: str) -> Frame:
    return lambda mark: ethernet(MAC, ALL_NODES, IP6, frames.neighbour_advertisement(source, claimed, MAC, mark))


def asked(source: str, claimed: str) -> Frame:
    return lambda mark: ethernet(MAC, ALL_NODES, IP6, frames.neighbour_solicitation(source, claimed, mark))


FORBIDDEN: dict[str, Frame] = {
    "ARP that claims the gateway": claim(2, MAC, GATEWAY),
    "ARP that asks as a neighbour": claim(1, MAC, NEIGHBOUR),
    "ARP that gives its own address away": claim(2, OTHER, OWN),
    "ARP from nobody": claim(1, MAC, "0.0.0.0"),
    "another's IPv4 address": ip4(NEIGHBOUR),
    "the gateway's IPv4 address": ip4(GATEWAY),
    "an address of no network here": ip4("10.66.3.77"),
    "an address of the loopback": ip4("127.0.0.1"),
    "no IPv4 address": ip4("0.0.0.0", ports=(68, 67)),
    "an answer of a DHCP server": ip4(OWN, ports=(67, 68)),
    "an answer of a DHCPv6 server": ip6(OWN_LINK, ports=(547, 546)),
    "another's MAC address": ip4(OWN, mac=OTHER),
    "another's MAC address, IPv6": ip6(OWN6, mac=OTHER),
    "another's IPv6 address": ip6(NEIGHBOUR6),
    "the gateway's IPv6 address": ip6(GATEWAY6),
    "another's link-local address": ip6("fe80::1"),
    "a router advertisement": advertised,
    "a router advertisement in a fragment": fragmented,
    "an IPv6 redirect": redirect,
    "an IPv4 redirect": said(5),
    "an IPv4 router advertisement": said(9),
    "a virtual router": lambda mark: ethernet(MAC, BROADCAST, IP, frames.ip4(OWN, ALL4, 112, bytes(8) + mark)),
    "an advertisement of another's address": shown(OWN_LINK, NEIGHBOUR6),
    "an advertisement of the gateway's": shown(OWN6, GATEWAY6),
    "a probe of another's address": asked("::", NEIGHBOUR6),
    "no IPv6 address": ip6("::"),
    "a VLAN tag": lambda mark: frames.tagged(MAC, BROADCAST, 7, IP, frames.udp(OWN, ALL4, mark)),
    "a VLAN tag of zero": lambda mark: frames.tagged(MAC, BROADCAST, 0, IP, frames.udp(NEIGHBOUR, ALL4, mark)),
    "a provider's VLAN tag": lambda mark: frames.tagged(MAC, BROADCAST, 7, IP, frames.udp(OWN, ALL4, mark), by=0x88A8),
    "spanning tree": lambda mark: ethernet(MAC, "01:80:c2:00:00:00", 38, b"\x42\x42\x03" + bytes(35) + mark),
    "link layer discovery": lambda mark: ethernet(MAC, "01:80:c2:00:00:0e", 0x88CC, mark),
    "something of its own": lambda mark: ethernet(MAC, BROADCAST, 0x88B5, mark),
}
NEVER_PASSED_ON = {"link layer discovery"}
"""By any bridge."""
ALLOWED: dict[str, Frame] = {
    "ARP about itself": claim(2, MAC, OWN),
    "its IPv4 address": ip4(OWN),
    "a question whether somebody is there": said(8),
    "its IPv6 address": ip6(OWN6),
    "its link-local address": ip6(OWN_LINK),
    "an advertisement of itself": shown(OWN_LINK, OWN6),
    "a question for a neighbour": asked(OWN_LINK, NEIGHBOUR6),
    "a probe of its own address": asked("::", OWN_LINK),
}


@dataclass
class Street:
    """A network with a member that makes frames by hand, and its neighbour."""

    lab: Lab
    network: NetworkOutputs
    hostile: Attached
    neighbour: Attached

    def says(self, *sent: bytes) -> None:
        with opened(self.hostile.netns) as namespace, inside(namespace):
            frames.send("eth0", *sent)

    def heard(self, makers: dict[str, Frame]) -> tuple[set[str], set[str]]:
        """Which of the frames the neighbour and the host hear."""
        marks = {frames.mark(): (name, make) for name, make in makers.items()}
        last = frames.mark()
        with (
            opened(self.neighbour.netns) as namespace,
            frames.tap(self.network.bridge or "") as host,
            inside(namespace),
            frames.tap("eth0") as neighbour,
        ):
            self.says(*(make(mark) for mark, (_, make) in marks.items()), ip4(OWN)(last))
            found = [frames.until_marked(listener, last) for listener in (neighbour, host)]
        named = [
            {name for mark, (name, _) in marks.items() if any(mark in frame for frame in heard)} for heard in found
        ]
        return named[0], named[1]


def network(lab: Lab, **fields: object) -> NetworkOutputs:
    goal = {"cidr": "10.66.1.0/24", "cidr6": "fd00:66:1::/64", **fields}
    return NetworkHandler(lab.root).create(stamp("Network", "street"), Network.model_validate(goal), Context())


def machine(lab: Lab, name: str, inputs: dict[str, object], *joins: NetworkAttachment) -> tuple[Record, Attached]:
    record = Record.new("VirtualMachine", stamp("VirtualMachine", name), inputs)
    with lab.root.lock():
        lab.records.create(record, Context())
    return record, attach(lab.root, record, joins, [], [name])


def place(name: str, address: str = OWN, address6: str = OWN6, mac: str = MAC) -> NetworkAttachment:
    return NetworkAttachment(network=name, address=address, address6=address6, mac=mac)


@pytest.fixture
def street(lab: Lab) -> Street:
    net = network(lab)
    _, hostile = lab.container("hostile", place(net.name))
    _, neighbour = lab.container("neighbour", place(net.name, NEIGHBOUR, NEIGHBOUR6, OTHER))
    return Street(lab, net, hostile, neighbour)


def test_nothing_that_is_false_is_heard_and_all_that_is_true(street: Street) -> None:
    assert street.heard(FORBIDDEN) == (set(), set())
    neighbour, host = street.heard(ALLOWED)
    assert neighbour == set(ALLOWED)
    assert host == set(ALLOWED)


def test_a_member_of_somebody_elses_bridge_is_held_too(lab: Lab) -> None:
    with netlink("make the test's bridge") as connection:
        connection.link("add", ifname="lan0", kind="bridge", state="up")
    net = network(lab, mode="bridge", bridge="lan0", gateway=GATEWAY)
    _, hostile = lab.container("hostile", place(net.name))
    _, neighbour = lab.container("neighbour", place(net.name, NEIGHBOUR, NEIGHBOUR6, OTHER))
    street = Street(lab, net, hostile, neighbour)
    assert street.heard(FORBIDDEN) == (set(), set())
    assert street.heard(ALLOWED)[0] == set(ALLOWED)


def test_a_privileged_machine_may_send_what_its_own_networks_send(lab: Lab) -> None:
    net = network(lab)
    record, hostile = machine(lab, "hostile", {"namespace": {"privileged": True}}, place(net.name))
    _, neighbour = lab.container("neighbour", place(net.name, NEIGHBOUR, NEIGHBOUR6, OTHER))
    heard, _ = Street(lab, net, hostile, neighbour).heard(FORBIDDEN)
    assert heard == set(FORBIDDEN) - NEVER_PASSED_ON
    detach(lab.root, "VirtualMachine", record.id)


def test_a_machine_that_is_not_privileged_is_held(lab: Lab) -> None:
    net = network(lab)
    _, hostile = machine(lab, "hostile", {"namespace": {"privileged": False}}, place(net.name))
    _, neighbour = lab.container("neighbour", place(net.name, NEIGHBOUR, NEIGHBOUR6, OTHER))
    assert Street(lab, net, hostile, neighbour).heard(FORBIDDEN) == (set(), set())


def neighbours_of(street: Street, address: str) -> str:
    """What the neighbour believes of an address."""
    with opened(street.neighbour.netns) as namespace, inside(namespace):
        return subprocess.run(["ip", "neigh", "show", address], capture_output=True, text=True, check=True).stdout


def test_the_neighbour_goes_on_believing_the_gateway(street: Street) -> None:
    """What it is for: the neighbour's packets to the gateway do not come to the hostile member."""
    street.lab.serve(street.lab.root_netns, 9000, "host")
    for address in (GATEWAY, GATEWAY6):
        assert street.lab.get(street.neighbour.netns, address, 9000)
    before = [neighbours_of(street, address).split()[4] for address in (GATEWAY, GATEWAY6)]
    street.heard({name: make for name, make in FORBIDDEN.items() if "claims" in name or "gateway's" in name})
    assert [neighbours_of(street, address).split()[4] for address in (GATEWAY, GATEWAY6)] == before


def test_the_host_takes_no_way_out_from_a_member(lab: Lab) -> None:
    """Where only IPv4 is asked for, the host forwards no IPv6 and would believe a router."""
    net = network(lab, cidr6=None)
    record, hostile = machine(
        lab, "hostile", {"namespace": {"privileged": True}}, NetworkAttachment(network=net.name, address=OWN, mac=MAC)
    )
    _, neighbour = lab.container("neighbour", net.name)
    street = Street(lab, net, hostile, neighbour)
    street.says(advertised(frames.mark()))
    street.heard(ALLOWED)
    routes = subprocess.run(["ip", "-6", "route"], capture_output=True, text=True, check=True).stdout
    assert "default" not in routes
    assert "2001:db8:bad" not in routes
    detach(lab.root, "VirtualMachine", record.id)


def test_a_frame_that_no_bridge_passes_on_does_not_get_round_the_hosts_filter(lab: Lab) -> None:
    """To the addresses 01:80:c2:00:00:0X the kernel answers as if the cable did not lead to a bridge."""
    net = network(lab, mode="isolated")
    _, hostile = lab.container("hostile", place(net.name))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
        opened(hostile.netns) as namespace,
    ):
        service.bind(("0.0.0.0", 9000))
        service.settimeout(120)
        mac = frames.mac_bytes(MAC)
        with inside(namespace):
            for last in (3, 1, 0, 2, 14):
                packet = frames.udp(OWN, GATEWAY, b"round the filter by %d" % last)
                frames.send("eth0", ethernet(MAC, f"01:80:c2:00:00:{last:02x}", IP, packet))
        assert mac
        asker.sendto(b"last", ("127.0.0.1", 9000))
        assert service.recv(64) == b"last"


def test_a_member_of_two_networks_answers_under_each_of_its_addresses(lab: Lab) -> None:
    net = network(lab)
    other = NetworkHandler(lab.root).create(stamp("Network", "other"), Network(cidr="10.66.2.0/24"), Context())
    _, both = lab.container("both", place(net.name), NetworkAttachment(network=other.name, address="10.66.2.66"))
    _, neighbour = lab.container("neighbour", place(net.name, NEIGHBOUR, NEIGHBOUR6, OTHER))
    street = Street(lab, net, both, neighbour)
    assert street.heard({"the other": ip4("10.66.2.66"), "ARP": claim(2, MAC, "10.66.2.66")})[0] == {"the other", "ARP"}


def sent(lab: Lab) -> set[tuple[str, str, str]]:
    """What the filter lets members send, as (family, set, element)."""
    names = {"cables", *SENT.sets}
    found = firewall.set_elements(firewall.ruleset(), firewall.table_name(lab.root))
    return {(family, name, text) for family, name, text in found if name in names}


def expected(*members: Member) -> set[tuple[str, str, str]]:
    return {
        (item.family, item.set, item.text.replace('"', "")) for member in members for item in senders.elements(member)
    }


def test_members_that_come_change_and_go_take_their_elements_along(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(lab)
    record, _ = lab.container("one", place(net.name))
    other, _ = lab.container("two", net.name)
    monkeypatch.delattr("virtwright.providers.namespace.network.attach.sync_firewall")  # each is a change of its own

    def find(record: Record) -> Member:
        member = load(lab.root, "Container", record.id)
        assert member
        return member

    assert sent(lab) == expected(find(record), find(other))
    attach(lab.root, record, [place(net.name, "10.66.1.88")], [], ["one"])
    assert ("bridge", "addresses4", f"{find(record).networks[0].port} . 10.66.1.88") in sent(lab)
    assert sent(lab) == expected(find(record), find(other))
    attach(lab.root, record, [], [], ["one"])
    assert sent(lab) == expected(find(other))
    detach(lab.root, "Container", other.id)
    assert sent(lab) == set()


def test_an_element_that_is_gone_is_seen_and_mended(lab: Lab) -> None:
    net = network(lab)
    record, _ = lab.container("one", place(net.name))
    member = load(lab.root, "Container", record.id)
    assert member
    (port,) = (item for item in senders.elements(member) if item.set == "ports")
    senders.change(firewall.table_name(lab.root), (), [port])
    handler = NetworkHandler(lab.root)
    (item,) = handler.observe("shop/shop")
    assert [change.field for change in item.drift] == ["firewall"]
    assert f"what {port.port} may send" in str(item.drift[0])
    handler.update(item.id, item.stamp, item.inputs, item.inputs, Context())
    (item,) = handler.observe("shop/shop")
    assert item.drift == ()
    assert sent(lab) == expected(member)


def test_rules_of_another_version_are_no_drift_and_are_renewed_once(lab: Lab) -> None:
    """One update heals all networks of the root; what is missing after that is drift."""
    lab.container("one", network(lab).name)
    NetworkHandler(lab.root).create(stamp("Network", "other"), Network(), Context())
    table = firewall.table_name(lab.root)
    harm = f"flush chain inet {table} guard\ndelete table bridge {table}\n"
    firewall.apply(f"flush set inet {table} version\n{harm}")
    handler = NetworkHandler(lab.root)
    seen = list(handler.observe("shop/shop"))
    assert [(item.drift, [change.field for change in item.outdated]) for item in seen] == [((), ["firewall"])] * 2
    item = seen[0]
    handler.update(item.id, item.stamp, item.inputs, item.inputs, Context())
    assert [item.amends for item in handler.observe("shop/shop")] == [(), ()]
    firewall.apply(harm)
    assert [(bool(item.drift), item.outdated) for item in handler.observe("shop/shop")] == [(True, ())] * 2


def test_the_link_local_address_is_the_kernels(street: Street) -> None:
    with opened(street.hostile.netns) as namespace, inside(namespace):
        text = subprocess.run(
            ["ip", "-6", "-o", "addr", "show", "dev", "eth0"], capture_output=True, text=True, check=True
        )
    assert link_local(MAC) in text.stdout
    assert index_of(street.network.bridge or "")

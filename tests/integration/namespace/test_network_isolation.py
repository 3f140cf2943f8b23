"""What a network's mode closes: the host's services, other networks by any way round, the host's loopback."""

import socket
import subprocess
from pathlib import Path

import pytest
from tests.namespace_lab import QUICK, Lab, fetch, outside, stamp

from virtwright.providers.context import Context
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.network.netns import inside, opened, write_sysctl
from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.network import Network, NetworkOutputs

pytestmark = pytest.mark.root
HOST, HOST6 = "198.51.100.1", "2001:db8::1"


def network(lab: Lab, name: str, **fields: object) -> NetworkOutputs:
    handler = NetworkHandler(lab.root)
    return handler.create(stamp("Network", name), handler.check(Network.model_validate(fields)), Context())


def both(lab: Lab, name: str, number: int, **fields: object) -> NetworkOutputs:
    """A network of both families."""
    return network(lab, name, cidr=f"10.66.{number}.0/24", cidr6=f"fd00:66:{number}::/64", **fields)


def router_of(lab: Lab, netns: Path, gateway: str, gateway6: str) -> None:
    """Somebody inside sends everything to the host, whatever the runtime wanted."""
    lab.route(netns, "0.0.0.0/0", gateway)
    lab.route(netns, "::/0", gateway6)


def pings(lab: Lab, netns: Path, address: str) -> bool:
    """By the datagram socket of ICMP, which needs no capability."""
    family, protocol, kind = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128) if ":" in address else (socket.AF_INET, socket.IPPROTO_ICMP, 8)
    )
    with opened(netns) as namespace, inside(namespace), socket.socket(family, socket.SOCK_DGRAM, protocol) as echo:
        echo.settimeout(QUICK)
        echo.sendto(bytes([kind, 0, 0, 0, 0, 1, 0, 1]), (address, 0))
        try:
            return bool(echo.recv(64))
        except TimeoutError:
            return False


def link_local(device: str) -> str:
    """The host's address of a device that every IPv6 neighbour knows."""
    text = subprocess.run(
        ["ip", "-6", "-o", "addr", "show", "dev", device, "scope", "link"], capture_output=True, text=True, check=True
    ).stdout
    return text.split()[3].partition("/")[0]


def test_an_isolated_member_reaches_no_service_of_the_host_by_any_of_its_addresses(lab: Lab) -> None:
    vault, front = both(lab, "vault", 1, mode="isolated"), both(lab, "front", 2)
    _, store = lab.container("store", vault.name)
    lab.serve(lab.root_netns, 9000, "the host")
    router_of(lab, store.netns, "10.66.1.1", "fd00:66:1::1")
    addresses = [
        "10.66.1.1",
        "10.66.2.1",
        HOST,
        "fd00:66:1::1",
        "fd00:66:2::1",
        f"{link_local(vault.bridge or '')}%eth0",
    ]
    with outside():
        assert [address for address in addresses if lab.get(store.netns, address, 9000, QUICK)] == []
        assert pings(lab, store.netns, "10.66.1.1"), "the gateway answers, so that a member can tell its cable works"
        assert pings(lab, store.netns, "fd00:66:1::1")
        _, web = lab.container("web", front.name)
        assert lab.get(web.netns, "10.66.2.1", 9000), "a network that leads out reaches the host as it reaches others"
    lab.serve(store.netns, 80, "store")
    assert fetch(store.address or "", 80), "the host itself asks: health checks, wait_for"
    assert fetch("fd00:66:1::2", 80)


def test_an_isolated_member_reaches_no_other_networks_published_port(lab: Lab) -> None:
    vault, front = both(lab, "vault", 1, mode="isolated"), both(lab, "front", 2)
    _, store = lab.container("store", vault.name)
    ports = [
        PublishedPort(port=80, host_port=8080),
        PublishedPort(port=80, host_port=8081, host_address="127.0.0.1"),
        PublishedPort(port=80, host_port=8082, host_address="10.66.1.1"),
    ]
    _, web = lab.container("web", front.name, ports=ports)
    lab.serve(web.netns, 80, "web")
    router_of(lab, store.netns, "10.66.1.1", "fd00:66:1::1")
    with outside() as beyond:
        reached = [
            (address, port)
            for address in ("10.66.1.1", "10.66.2.1", HOST, "10.66.2.2", "fd00:66:1::1", "fd00:66:2::1", "fd00:66:2::2")
            for port in (8080, 8081, 8082, 80)
            if lab.get(store.netns, address, port, 0.3)
        ]
        assert reached == []
        with inside(beyond):
            assert fetch(HOST, 8080), "what is published is open to everybody else"


def test_what_an_isolated_network_publishes_is_reached_from_outside_and_from_its_own_members(lab: Lab) -> None:
    vault, front, cellar = (
        both(lab, "vault", 1, mode="isolated"),
        both(lab, "front", 2),
        both(lab, "cellar", 3, mode="isolated"),
    )
    _, store = lab.container("store", vault.name, ports=[PublishedPort(port=80, host_port=8080)])
    lab.serve(store.netns, 80, "store")
    _, twin = lab.container("twin", vault.name)
    _, web = lab.container("web", front.name)
    _, far = lab.container("far", cellar.name)
    with outside() as beyond, inside(beyond):
        assert fetch(HOST, 8080), "another machine"
    assert fetch("127.0.0.1", 8080), "the host"
    assert lab.get(web.netns, "10.66.2.1", 8080), "a member of a network that leads out"
    assert lab.get(twin.netns, "10.66.1.1", 8080), "a member of the same network, over the host"
    assert lab.get(twin.netns, "fd00:66:1::1", 8080)
    assert lab.get(far.netns, "10.66.3.1", 8080, QUICK) is None, "a member of another isolated network"


@pytest.mark.parametrize(("mode", "other"), [("nat", "routed"), ("routed", "nat")])
def test_networks_that_lead_out_do_not_reach_each_other_by_any_address(lab: Lab, mode: str, other: str) -> None:
    front, back = both(lab, "front", 1, mode=mode), both(lab, "back", 2, mode=other)
    _, web = lab.container("web", front.name)
    port = PublishedPort(port=80, host_port=8081, host_address="127.0.0.1")
    _, store = lab.container("store", back.name, ports=[port])
    lab.serve(store.netns, 80, "store")
    reached = [
        (address, port)
        for address in ("10.66.2.2", "10.66.2.1", "10.66.1.1", "fd00:66:2::2", "fd00:66:2::1", "fd00:66:1::1")
        for port in (80, 8081)
        if lab.get(web.netns, address, port, 0.3)
    ]
    assert reached == []


def test_a_port_published_on_the_hosts_loopback_is_closed_to_members(lab: Lab) -> None:
    """route_localnet, by which the host itself reaches it, would let a member's packet to 127.0.0.1 in."""
    front = both(lab, "front", 1)
    port = PublishedPort(port=80, host_port=8080, host_address="127.0.0.1")
    _, web = lab.container("web", front.name, ports=[port])
    lab.serve(web.netns, 80, "web")
    _, app = lab.container("app", front.name)
    lab.route(app.netns, "127.0.0.0/8", "10.66.1.1", table=100)
    lab.rule(app.netns, table=100)
    with opened(app.netns) as namespace, inside(namespace):
        write_sysctl("net/ipv4/conf/eth0/route_localnet", "1")
    assert fetch("127.0.0.1", 8080)
    assert lab.get(app.netns, "127.0.0.1", 8080, QUICK) is None
    assert lab.get(app.netns, "10.66.1.1", 8080, QUICK) is None

"""Who reaches whom: members, the host, other networks, what is outside."""

import socket

import pytest
from tests.namespace_lab import QUICK, Lab, fetch, outside, stamp

from virtwright.providers.context import Context
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.network.netns import inside, opened, write_sysctl
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.network import Dns, DnsRecord, Network, NetworkOutputs

pytestmark = pytest.mark.root


def network(lab: Lab, name: str, **fields: object) -> NetworkOutputs:
    handler = NetworkHandler(lab.root)
    return handler.create(stamp("Network", name), handler.check(Network.model_validate(fields)), Context())


def test_members_and_the_host_reach_each_other(lab: Lab) -> None:
    back = network(lab, "back")
    _, web = lab.container("web", back.name)
    _, app = lab.container("app", back.name)
    assert back.cidr == "10.89.0.0/24"
    assert (web.address, app.address) == ("10.89.0.2", "10.89.0.3")
    lab.serve(web.netns, 80, "web")

    assert lab.get(app.netns, web.address, 80) == f"web to ::ffff:{app.address}"
    assert fetch(web.address or "", 80) == f"web to ::ffff:{back.gateway}"


def test_names_of_members_aliases_and_records_are_in_the_hosts_file(lab: Lab) -> None:
    back = network(lab, "back", dns=Dns(domain="shop.test", records=[DnsRecord(name="mail", address="192.0.2.9")]))
    _, web = lab.container("web", NetworkAttachment(network=back.name, aliases=["front"]))
    inode = web.hosts_file.stat().st_ino
    _, app = lab.container("app", back.name)

    lines = web.hosts_file.read_text().splitlines()
    assert "10.89.0.2 web web.shop.test front front.shop.test" in lines
    assert "10.89.0.3 app app.shop.test" in lines
    assert "192.0.2.9 mail mail.shop.test" in lines
    assert web.hosts_file.stat().st_ino == inode, "a bind mount would still show the old file"
    assert app.hosts_file.read_text().splitlines() == lines


def test_a_nat_network_reaches_outside_under_the_hosts_address(lab: Lab) -> None:
    back = network(lab, "back")
    _, web = lab.container("web", back.name)
    with outside() as beyond:
        lab.serve_in(beyond, 8000, "beyond")
        assert lab.get(web.netns, "198.51.100.2", 8000) == "beyond to ::ffff:198.51.100.1"


def test_an_isolated_network_has_no_way_out_but_reaches_the_host(lab: Lab) -> None:
    vault = network(lab, "vault", mode="isolated")
    _, store = lab.container("store", vault.name)
    _, twin = lab.container("twin", vault.name)
    lab.serve(store.netns, 80, "store")
    with outside() as beyond:
        lab.serve_in(beyond, 8000, "beyond")
        assert lab.get(store.netns, "198.51.100.2", 8000, QUICK) is None
        lab.route(store.netns, "198.51.100.0/24", vault.gateway)
        assert lab.get(store.netns, "198.51.100.2", 8000, QUICK) is None, "a route made inside must not lead out"
    assert lab.get(twin.netns, store.address, 80)
    assert fetch(store.address or "", 80)


def test_networks_do_not_reach_each_other(lab: Lab) -> None:
    back, front = network(lab, "back"), network(lab, "front")
    assert back.cidr != front.cidr
    _, web = lab.container("web", front.name)
    _, store = lab.container("store", back.name)
    lab.serve(store.netns, 80, "store")
    assert lab.get(web.netns, store.address, 80, QUICK) is None
    _, both = lab.container("both", front.name, back.name)
    assert lab.get(both.netns, store.address, 80), "a member of both reaches both"
    assert list(both.addresses) == [front.name, back.name]


def test_a_routed_network_keeps_its_addresses_and_is_reached_from_outside(lab: Lab) -> None:
    plain = network(lab, "plain", mode="routed", cidr="10.77.0.0/24")
    _, web = lab.container("web", plain.name)
    lab.serve(web.netns, 80, "web")
    with outside() as beyond:
        lab.serve_in(beyond, 8000, "beyond")
        lab.route_in(beyond, "10.77.0.0/24", "198.51.100.1")
        assert lab.get(web.netns, "198.51.100.2", 8000) == f"beyond to ::ffff:{web.address}"
        with inside(beyond):
            assert fetch(web.address or "", 80) == "web to ::ffff:198.51.100.2"


@pytest.mark.parametrize("mode", ["nat", "isolated"])
def test_a_published_port_is_reached_from_everywhere(lab: Lab, mode: str) -> None:
    back = network(lab, "back", mode=mode)
    _, web = lab.container("web", back.name, ports=[PublishedPort(port=80, host_port=8080)])
    _, app = lab.container("app", back.name)
    lab.serve(web.netns, 80, "web")
    with outside() as beyond, inside(beyond):
        assert fetch("198.51.100.1", 8080), "from another machine"
    with outside("uplink2", "203.0.113.1", "203.0.113.2"):
        assert fetch("127.0.0.1", 8080), "through the host's loopback"
        assert fetch("203.0.113.1", 8080), "through the host's own address"
        assert lab.get(app.netns, back.gateway, 8080), "by a member, through the host"
        assert lab.get(web.netns, back.gateway, 8080), "by itself, through the host"


def test_a_port_published_on_one_address_is_reached_there_only(lab: Lab) -> None:
    back = network(lab, "back")
    port = PublishedPort(port=80, host_port=8080, host_address="127.0.0.1")
    _, web = lab.container("web", back.name, ports=[port])
    lab.serve(web.netns, 80, "web")
    with outside() as beyond:
        assert fetch("127.0.0.1", 8080)
        assert fetch("198.51.100.1", 8080, QUICK) is None
        with inside(beyond):
            assert fetch("198.51.100.1", 8080, QUICK) is None


def test_the_hosts_loopback_is_closed_to_members(lab: Lab) -> None:
    """Publishing on 127.0.0.1 needs route_localnet, which would open the host's loopback to its bridges."""
    back = network(lab, "back")
    _, web = lab.container("web", back.name)
    lab.serve(lab.root_netns, 9000, "secret")
    lab.route(web.netns, "127.0.0.0/8", back.gateway, table=100)
    lab.rule(web.netns, table=100)
    with opened(web.netns) as namespace, inside(namespace):
        write_sysctl("net/ipv4/conf/eth0/route_localnet", "1")
    assert lab.get(web.netns, "127.0.0.1", 9000, QUICK) is None


def test_ipv6_where_it_is_asked_for(lab: Lab) -> None:
    back = network(lab, "back", cidr6="fd00:89::/64")
    _, web = lab.container("web", back.name, ports=[PublishedPort(port=80, host_port=8080)])
    _, app = lab.container("app", back.name)
    assert web.addresses6 == {back.name: "fd00:89::2"}
    lab.serve(web.netns, 80, "web")
    assert lab.get(app.netns, "fd00:89::2", 80) == "web to fd00:89::3"
    assert fetch("fd00:89::1", 8080), "a published port over the host's own IPv6 address"
    with pytest.raises(ConnectionRefusedError):  # at once, so that programs go on to 127.0.0.1
        socket.create_connection(("::1", 8080), timeout=120)
    assert fetch("127.0.0.1", 8080)
    assert "fd00:89::2 web" in app.hosts_file.read_text()


def test_the_namespace_lets_unprivileged_programs_serve_port_80(lab: Lab) -> None:
    _, lone = lab.container("lone")
    assert lab.read(lone.netns, "net/ipv4/ip_unprivileged_port_start") == "0"
    assert lab.read(lone.netns, "net/ipv4/ping_group_range") == "0\t2147483647"
    assert "127.0.0.1 lone" in lone.hosts_file.read_text()
    assert lone.address is None

"""Networks with members: what a running machine sees of a change."""

import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.libvirt.handlers import STACK, Made
from tests.libvirt_lab import LibvirtLab
from tests.private_hosts import child_of
from tests.waiting import until

from virtwright import failpoints
from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.networks.members import Reservation, release, reserve
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = pytest.mark.root
MAC = "52:54:00:00:00:02"
PLUG = """
ip netns add "$1"
ip link add "p$1" master "$2" type veth peer name eth0 netns "$1"
ip link set "p$1" up
ip -n "$1" addr add "$3.9/24" dev eth0
ip -n "$1" link set eth0 up
ip -n "$1" route add default via "$3.1"
"""
PUBLISH = """
nft add table ip published
nft 'add chain ip published in { type nat hook prerouting priority -100; }'
nft add rule ip published in fib daddr type local tcp dport 8080 dnat to "$1:80"
"""


@pytest.fixture
def back(host: LibvirtProvider) -> Made:
    return Made(host, "Network", "back", cidr="10.40.0.0/24")


@pytest.fixture
def member(libvirt_lab: LibvirtLab, back: Made) -> Iterator[Any]:
    """A machine that never boots anything, on the network."""
    yield libvirt_lab.api.createXML(member_xml(back.outputs.name), 1)  # paused


def member_xml(network: str) -> str:
    return (
        f"<domain type='qemu'><name>member</name><memory>16384</memory><os><type>hvm</type></os><devices>"
        f"<interface type='network'><mac address='{MAC}'/><source network='{network}'/></interface>"
        "</devices></domain>"
    )


def bridge_of(lab: LibvirtLab) -> str | None:
    """What the machine's interface is joined to, as the kernel says."""
    found = re.search(r"vnet\d+: .* master (\S+)", lab.run("bridge", "link"))
    return found[1] if found else None


def test_a_member_stays_joined_when_the_network_is_started_anew(
    libvirt_lab: LibvirtLab, back: Made, member: Any
) -> None:
    assert bridge_of(libvirt_lab) == back.outputs.bridge
    before = back.outputs.bridge
    back.change(cidr="10.41.0.0/24")
    assert back.outputs.bridge != before
    assert bridge_of(libvirt_lab) == back.outputs.bridge
    assert "10.41.0.1/24" in libvirt_lab.run("ip", "-4", "addr", "show", back.outputs.bridge)
    back.change("a1", cidr="10.41.0.0/24", bridge="vw-mine")
    assert bridge_of(libvirt_lab) == "vw-mine"
    back.change("a2", cidr="10.41.0.0/24", bridge="vw-mine", mtu=1400)
    assert bridge_of(libvirt_lab) == "vw-mine"
    assert "mtu 1400" in libvirt_lab.run("ip", "link", "show", "vw-mine")
    assert member.isActive()


def test_a_change_that_was_cut_off_before_members_were_joined_is_seen_and_finished(
    libvirt_lab: LibvirtLab, back: Made, member: Any
) -> None:
    failpoints.configure("libvirt.network:3=raise")  # destroyed, defined, started
    try:
        with pytest.raises(failpoints.FailpointError):
            back.change(cidr="10.41.0.0/24")
    finally:
        failpoints.configure("")
    assert bridge_of(libvirt_lab) is None
    assert [change.field for change in back.observed().drift] == ["members joined"]
    back.inputs = back.observed().inputs
    back.change("a3", cidr="10.41.0.0/24")
    assert back.observed().drift == ()
    assert bridge_of(libvirt_lab) == back.outputs.bridge
    assert "<link state='down'" not in member.XMLDesc()


def test_a_change_that_can_t_be_leaves_the_network_and_its_members_as_they_were(
    libvirt_lab: LibvirtLab, back: Made, member: Any
) -> None:
    libvirt_lab.run("ip", "link", "add", "taken", "up", "type", "bridge")
    libvirt_lab.run("ip", "addr", "add", "10.43.0.1/24", "dev", "taken")
    try:
        with pytest.raises(HostError, match="already in use by interface taken"):
            back.change(cidr="10.43.0.0/24")
    finally:
        libvirt_lab.run("ip", "link", "del", "taken")
    assert (back.observed().inputs.cidr, back.observed().drift) == ("10.40.0.0/24", ())
    assert bridge_of(libvirt_lab) == back.observed().outputs.bridge


def test_members_follow_to_another_bridge_of_the_host(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    for name in ("one", "two"):
        libvirt_lab.run("ip", "link", "add", name, "up", "type", "bridge")
    try:
        out = Made(host, "Network", "out", mode="bridge", bridge="one")
        libvirt_lab.api.createXML(member_xml(out.outputs.name), 1)
        assert bridge_of(libvirt_lab) == "one"
        out.change(mode="bridge", bridge="two")
        assert bridge_of(libvirt_lab) == "two"
        assert out.drift() == []
    finally:
        libvirt_lab.sweep()
        for name in ("one", "two"):
            libvirt_lab.run("ip", "link", "del", name)


def test_entries_of_members_outlive_changes(libvirt_lab: LibvirtLab, host: LibvirtProvider, back: Made) -> None:
    def entry(mac: str) -> str | None:
        xml = libvirt_lab.api.networkLookupByUUIDString(back.id).XMLDesc()
        found = re.search(rf"mac='{mac}'[^>]* ip='([0-9.]+)'", xml)
        return found[1] if found else None

    def on_network(work: Any) -> None:
        host._connection.call("reserve", lambda libvirt: work(libvirt.networkLookupByUUIDString(back.id)))

    mine = {"mac": "52:54:00:00:00:01", "address": "10.40.0.9"}
    on_network(lambda network: reserve(network, Reservation(MAC, "10.40.0.77", "db")))
    on_network(lambda network: reserve(network, Reservation(MAC, "10.40.0.77", "db")))
    back.change(cidr="10.40.0.0/24", dhcp={"reservations": [mine]})
    assert (entry(MAC), entry(mine["mac"])) == ("10.40.0.77", "10.40.0.9")
    assert [each.mac for each in back.observed().inputs.dhcp.reservations] == [mine["mac"]]
    back.change("b1", cidr="10.40.0.0/24", mtu=1400)
    assert (entry(MAC), entry(mine["mac"])) == ("10.40.0.77", None)
    on_network(lambda network: reserve(network, Reservation(MAC, "10.40.0.78", "db")))
    assert entry(MAC) == "10.40.0.78"
    on_network(lambda network: release(network, MAC))
    assert entry(MAC) is None


def test_names_change_while_the_network_runs(libvirt_lab: LibvirtLab, back: Made) -> None:
    def change(operation: str, *records: tuple[str, str]) -> None:
        told = [{"name": name, "address": address} for name, address in records]
        back.change(operation, cidr="10.40.0.0/24", dns={"records": told})
        seen = back.observed()
        assert [(each.name, each.address) for each in seen.inputs.dns.records] == list(records)
        assert seen.drift == ()

    bridge = back.outputs.bridge
    change("c1", ("db", "10.40.0.9"), ("web", "10.40.0.9"))
    change("c2", ("db", "10.40.0.10"), ("web", "10.40.0.9"))
    change("c3", ("web", "10.40.0.10"), ("db", "10.40.0.9"))
    assert back.outputs.bridge == bridge
    change("c4", ("db", "10.40.0.9"), ("db", "10.40.0.10"))  # libvirt can't do that live
    assert back.outputs.bridge != bridge


def test_what_has_members_is_not_deleted(back: Made, member: Any) -> None:
    with pytest.raises(HostError, match="in use by member"):
        back.delete()
    member.destroy()
    back.delete()
    assert list(back.handler.observe(STACK)) == []


def test_a_network_without_a_cidr_gets_one_that_is_free(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    first = Made(host, "Network", "any")
    cidr = first.outputs.cidr
    first.delete()
    libvirt_lab.run("ip", "link", "add", "taken", "up", "type", "bridge")
    libvirt_lab.run("ip", "addr", "add", cidr.replace(".0/24", ".1/24"), "dev", "taken")
    try:
        again = Made(host, "Network", "any")
        assert again.outputs.cidr not in (None, cidr)
        assert again.observed().inputs.cidr is None
    finally:
        libvirt_lab.run("ip", "link", "del", "taken")


def test_networks_of_others_are_told_in_the_terms_of_the_inputs(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    libvirt_lab.api.networkDefineXML(
        "<network><name>theirs</name><forward mode='nat'/><bridge name='virbr7'/><domain name='x.example'/><dns><host ip='10.9.0.5'>"
        "<hostname>a</hostname><hostname>b</hostname></host></dns><ip address='10.9.0.1' netmask='255.255.0.0'><dhcp>"
        "<range start='10.9.1.1' end='10.9.1.9'/><host mac='52:54:00:AA:00:01' ip='10.9.0.7'/></dhcp></ip></network>"
    )
    (found,) = host.handlers["Network"].find(["theirs"])  # type: ignore[attr-defined]
    inputs = found.inputs
    assert (inputs.mode, inputs.cidr, inputs.gateway, inputs.bridge) == ("nat", "10.9.0.0/16", None, "virbr7")
    assert (inputs.dhcp.range.start, inputs.dhcp.reservations[0].address) == ("10.9.1.1", "10.9.0.7")
    assert [each.name for each in inputs.dns.records] == ["a", "b"]
    assert [change.field for change in found.drift] == ["active"]
    changed = host.handlers["Network"].update(found.id, _stamp(), inputs, inputs, Context())
    assert changed.name == "theirs"
    (ours,) = host.handlers["Network"].observe(STACK)
    assert (ours.id, ours.drift, ours.inputs) == (found.id, (), inputs)


def test_what_others_networks_have_besides_is_told_and_stays(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    handler: Any = host.handlers["Network"]
    libvirt_lab.api.networkDefineXML(
        "<network><name>theirs</name><forward mode='nat'><nat><port start='2000' end='3000'/></nat></forward><bridge name='virbr7'/>"
        "<portgroup name='fast' default='yes'/><dns><txt name='x' value='y'/></dns><ip address='10.9.0.1' prefix='24'/>"
        "<ip address='10.8.0.1' prefix='24'/></network>"
    )
    libvirt_lab.api.networkDefineXML(
        "<network><name>open</name><forward mode='open'/><ip address='10.7.0.1' prefix='24'/></network>"
    )
    (found,) = handler.find(None)
    assert [each.partition(" ")[0] for each in found.unsaid] == ["<portgroup", "<txt", "<nat>", "<ip"]
    with pytest.raises(HostError, match="forward mode open"):
        list(handler.find(["open"]))
    handler.update(found.id, _stamp(), found.inputs, found.inputs.model_copy(update={"mtu": 1400}), Context())
    xml = libvirt_lab.api.networkLookupByName("theirs").XMLDesc()
    for part in (
        "<portgroup name='fast' default='yes'",
        "<txt name='x' value='y'/>",
        "<port start='2000' end='3000'/>",
        "10.8.0.1",
        "size='1400'",
    ):
        assert part in xml
    handler.update(found.id, _stamp(), found.inputs, found.inputs, Context())
    assert "10.8.0.1" in libvirt_lab.api.networkLookupByName("theirs").XMLDesc()


def _stamp() -> Any:
    from tests.integration.libvirt.handlers import stamp

    return stamp("Network", "theirs")


def test_an_isolated_network_is_closed_to_others_and_open_to_the_host(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    """As docs/providers.md says it. A namespace with a cable stands for a guest."""
    vault = Made(host, "Network", "vault", mode="isolated", cidr="10.66.1.0/24")
    front = Made(host, "Network", "front", cidr="10.66.2.0/24")
    for name, made, address in (("vault", vault, "10.66.1"), ("front", front, "10.66.2")):
        libvirt_lab.run("sh", "-ec", PLUG, "sh", name, made.outputs.bridge, address)
    libvirt_lab.run("sh", "-ec", PUBLISH, "sh", "10.66.2.9")
    servers = [
        libvirt_lab.begin(*where, "busybox", "httpd", "-f", "-p", port, "-h", "/usr/share")
        for where, port in (((), "9000"), (("nsenter", "--net=/run/netns/front"), "80"))
    ]
    try:
        until(
            "both servers listen",
            lambda: _answers(libvirt_lab, "10.66.1.1:9000") and _answers(libvirt_lab, "10.66.2.9:80"),
        )
        inside = ("nsenter", "--net=/run/netns/vault")
        assert _answers(libvirt_lab, "10.66.1.1:9000", *inside)
        assert _answers(libvirt_lab, "10.66.2.1:9000", *inside)
        assert not _answers(libvirt_lab, "10.66.2.9:80", *inside), "another network"
        assert not _answers(libvirt_lab, "10.66.1.1:8080", *inside), "what is published of it"
    finally:
        for server in servers:
            os.kill(child_of(server), signal.SIGKILL)
            server.communicate()
        libvirt_lab.run("sh", "-c", "ip netns del vault; ip netns del front; nft delete table ip published")


def _answers(lab: LibvirtLab, address: str, *where: str) -> bool:
    call = [*where, "curl", "--silent", "--output", "/dev/null", "--max-time", "2", f"http://{address}/"]
    return lab.run("sh", "-c", '"$@" && echo reached || true', "sh", *call) == "reached\n"

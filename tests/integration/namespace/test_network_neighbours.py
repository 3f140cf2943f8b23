"""Who takes an address that another had is reached at once: by the host, and by its neighbours."""

import subprocess
from pathlib import Path

import pytest
from tests.namespace_lab import QUICK, Lab, stamp
from tests.waiting import until

from virtwright.providers.context import Context
from virtwright.providers.namespace.network.attach import detach
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.network.links import index_of, netlink
from virtwright.providers.namespace.network.netns import inside, opened
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.network import Network, NetworkOutputs

pytestmark = pytest.mark.root
MACS = {"a": "52:54:00:00:00:0a", "b": "52:54:00:00:00:0b"}
ADDRESSES = {4: ("10.66.1.66", "10.66.1.77"), 6: ("fd00:66:1::66", "fd00:66:1::77")}


@pytest.fixture
def net(lab: Lab) -> NetworkOutputs:
    goal = Network(cidr="10.66.1.0/24", cidr6="fd00:66:1::/64")
    return NetworkHandler(lab.root).create(stamp("Network", "street"), goal, Context())


def place(net: NetworkOutputs, name: str, index: int) -> NetworkAttachment:
    return NetworkAttachment(
        network=net.name, mac=MACS[name], address=ADDRESSES[4][index], address6=ADDRESSES[6][index]
    )


def neighbours(netns: Path) -> dict[str, str]:
    """The MAC address by IP address, as they are believed in a network namespace."""
    with opened(netns) as namespace, inside(namespace):
        text = subprocess.run(["ip", "neigh", "show"], capture_output=True, text=True, check=True).stdout
    words = (line.split() for line in text.splitlines())
    return {line[0]: line[line.index("lladdr") + 1] for line in words if "lladdr" in line and line[0][:4] != "fe80"}


def believed(*order: str) -> dict[str, str]:
    """What is true when these hold the first, the second address."""
    return {addresses[index]: MACS[name] for addresses in ADDRESSES.values() for index, name in enumerate(order)}


def test_published_ports_lead_to_who_has_the_addresses_now(lab: Lab, net: NetworkOutputs) -> None:
    for order in (("a", "b"), ("b", "a")):
        records = []
        for index, name in enumerate(order):
            port = PublishedPort(port=80, host_port=8000 + index)
            record, attached = lab.container(name, place(net, name, index), ports=[port])
            lab.serve(attached.netns, 80, name)
            records.append(record)
        for own in ADDRESSES.values():
            answers = [lab.get(lab.root_netns, address, 80, QUICK) for address in own]
            assert [str(answer).split()[0] for answer in answers] == list(order)
        published = [lab.get(lab.root_netns, net.gateway, 8000 + index, QUICK) for index in (0, 1)]
        assert [str(answer).split()[0] for answer in published] == list(order)
        assert believed(*order).items() <= neighbours(lab.root_netns).items()
        for record in records:
            detach(lab.root, "Container", record.id)
        assert not believed(*order).keys() & neighbours(lab.root_netns).keys()


def test_what_the_host_believes_is_corrected_before_the_member_says_a_word(lab: Lab, net: NetworkOutputs) -> None:
    """Somebody may have asked for the address just before, and been told wrong."""
    with netlink("teach the test's host") as connection:
        for own in ADDRESSES.values():
            connection.neigh("add", dst=own[0], lladdr=MACS["b"], ifindex=index_of(net.bridge or ""), state=0x04)
    lab.container("a", place(net, "a", 0))
    known = neighbours(lab.root_netns)
    assert {known[own[0]] for own in ADDRESSES.values()} == {MACS["a"]}


def test_the_neighbours_hear_of_a_new_member(lab: Lab, net: NetworkOutputs) -> None:
    """Nobody talks: what they know is not asked again, so they were told."""
    _, neighbour = lab.container("neighbour", net.name)
    with opened(neighbour.netns) as namespace, inside(namespace), netlink("teach the test's neighbour") as connection:
        for own in ADDRESSES.values():
            connection.neigh("add", dst=own[0], lladdr=MACS["b"], ifindex=index_of("eth0"), state=0x04)
    lab.container("a", place(net, "a", 0))
    wanted = {own[0]: MACS["a"] for own in ADDRESSES.values()}
    until("the neighbour knows better", lambda: wanted.items() <= neighbours(neighbour.netns).items())

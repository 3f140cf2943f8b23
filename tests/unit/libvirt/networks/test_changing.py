"""Which entries of a running network are taken out and put in: its own, and not those of its members."""

from dataclasses import dataclass, field
from typing import Any, Final, cast
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from virtwright.schemas.network import Network

DELETE: Final = 2
"""VIR_NETWORK_UPDATE_COMMAND_DELETE."""
SECTIONS: Final = {4: "ip/dhcp", 5: "ip/dhcp", 10: "dns"}
"""Ranges, reservations and names, by their number in ``virNetworkUpdate``."""


@dataclass
class FakeNetwork:
    """One that is not active, and does as libvirt does: a name goes by its address, and no address is there twice."""

    root: Element
    commands: list[str] = field(default_factory=list)

    def XMLDesc(self) -> str:
        return ElementTree.tostring(self.root, encoding="unicode")

    def isActive(self) -> int:
        return 0

    def update(self, command: int, section: int, parent: int, xml: str, flags: int) -> None:
        item, above = ElementTree.fromstring(xml), self.root.find(SECTIONS[section])
        assert above is not None
        same = [each for each in above if self._key(each) == self._key(item)]
        if command == DELETE:
            assert len(same) == 1
            above.remove(same[0])
        else:
            assert not same
            above.append(item)
        self.commands.append("delete" if command == DELETE else "add")

    @staticmethod
    def _key(item: Element) -> tuple[str | None, ...]:
        return (item.tag, *map(item.get, ("start", "end") if item.tag == "range" else ("ip",)))


def names(*hosts: tuple[str, list[str]]) -> FakeNetwork:
    root = Element("network")
    dns = ElementTree.SubElement(root, "dns")
    for address, each in hosts:
        host = ElementTree.SubElement(dns, "host", ip=address)
        for name in each:
            ElementTree.SubElement(host, "hostname").text = name
    return FakeNetwork(root)


def wanted(*records: tuple[str, str]) -> Network:
    told = [{"name": name, "address": address} for name, address in records]
    return Network.model_validate({"dns": {"records": told}})


A, B = "10.0.0.1", "10.0.0.2"
Hosts = list[tuple[str, list[str]]]
NAMES: Final[list[tuple[str, Hosts, list[tuple[str, str]], list[tuple[str, str]], Hosts, list[str]]]] = [
    ("a new record", [], [], [("db", A)], [(A, ["db"])], ["add"]),
    ("nothing changes", [(A, ["db"])], [("db", A)], [("db", A)], [(A, ["db"])], []),
    ("a record is gone", [(A, ["db"])], [("db", A)], [], [], ["delete"]),
    ("one of two names is gone", [(A, ["db", "old"])], [("db", A), ("old", A)], [("db", A)], [(A, ["db"])], ["delete", "add"]),
    ("it moves", [(A, ["db"])], [("db", A)], [("db", B)], [(B, ["db"])], ["delete", "add"]),
    ("a member's entry", [(A, ["web"])], [], [], [(A, ["web"])], []),
    ("a member's entry, and a record at its address is gone", [(A, ["db", "web"])], [("db", A)], [], [(A, ["web"])], ["delete", "add"]),
    ("a record at a member's address", [(A, ["web"])], [], [("db", A)], [(A, ["db", "web"])], ["delete", "add"]),
    ("a member that is called as a record", [(A, ["db"]), (B, ["db"])], [("db", A)], [], [(B, ["db"])], ["delete"]),
    ("a record that a member has, too", [(A, ["db"])], [], [("db", A)], [(A, ["db"])], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "own", "goal", "after", "commands"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES]
)
def test_the_names_that_a_network_has_of_its_own(
    there: Hosts, own: list[tuple[str, str]], goal: list[tuple[str, str]], after: Hosts, commands: list[str]
) -> None:
    pytest.importorskip("libvirt")
    from virtwright.providers.libvirt.networks.changing import _edit_names

    network = names(*there)
    _edit_names(cast(Any, network), wanted(*goal), own)
    told = [(host.get("ip"), [each.text for each in host]) for host in network.root.iterfind("dns/host")]
    assert (told, network.commands) == (after, commands)


def leases(*hosts: tuple[str, str], ends: tuple[str, str] | None = None) -> FakeNetwork:
    root = Element("network")
    dhcp = ElementTree.SubElement(ElementTree.SubElement(root, "ip"), "dhcp")
    if ends is not None:
        ElementTree.SubElement(dhcp, "range", start=ends[0], end=ends[1])
    for mac, address in hosts:
        ElementTree.SubElement(dhcp, "host", mac=mac, ip=address)
    return FakeNetwork(root)


ONE, TWO = "52:54:00:00:00:0a", "52:54:00:00:00:0b"
LEASES: Final[list[tuple[str, list[tuple[str, str]], list[str], list[tuple[str, str]], list[tuple[str, str]]]]] = [
    ("a new one", [], [], [(ONE, A)], [(ONE, A)]),
    ("it is gone", [(ONE, A)], [ONE], [], []),
    ("a member's stays", [(ONE, A), (TWO, B)], [ONE], [], [(TWO, B)]),
    ("a member's, however it is written", [(ONE.upper(), A)], [], [], [(ONE.upper(), A)]),
    ("its own, however it is written", [(ONE.upper(), A)], [ONE], [], []),
    ("another address", [(ONE, A)], [ONE], [(ONE, B)], [(ONE, B)]),
    ("what a member has becomes the network's", [(ONE, A)], [], [(ONE, B)], [(ONE, B)]),
]


@pytest.mark.parametrize(("there", "own", "goal", "after"), [row[1:] for row in LEASES], ids=[row[0] for row in LEASES])
def test_the_reservations_that_a_network_has_of_its_own(
    there: list[tuple[str, str]], own: list[str], goal: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    pytest.importorskip("libvirt")
    from virtwright.providers.libvirt.networks.changing import _edit_addresses

    network = leases(*there, ends=("10.0.0.10", "10.0.0.20"))
    reservations = [{"mac": mac, "address": address} for mac, address in goal]
    inputs = Network.model_validate({"dhcp": {"reservations": reservations}})
    _edit_addresses(cast(Any, network), inputs, ("10.0.0.10", "10.0.0.30"), own)
    told = [(host.get("mac"), host.get("ip")) for host in network.root.iterfind("ip/dhcp/host")]
    assert told == after
    ranges = [(each.get("start"), each.get("end")) for each in network.root.iterfind("ip/dhcp/range")]
    assert ranges == [("10.0.0.10", "10.0.0.30")]

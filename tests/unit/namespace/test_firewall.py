"""The packet filter's documents."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.process import Completed
from virtwright.providers.namespace.network import firewall
from virtwright.providers.namespace.network.firewall import (
    apply,
    missing,
    network_elements,
    port_elements,
    ports_document,
    remove_tables,
    ruleset,
    whole_document,
)
from virtwright.providers.namespace.network.foreign import Gate, gates
from virtwright.providers.namespace.network.members import Member, Membership, Published
from virtwright.providers.namespace.network.senders import Element, elements
from virtwright.providers.namespace.network.tables import TABLES, Table
from virtwright.providers.namespace.network.wiring import Mode, Wiring
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.network import Network


def wiring(mode: Mode) -> Wiring:
    inputs = Network(mode=mode, bridge="br0" if mode == "bridge" else None)
    return Wiring("1", "back", mode, "br0", "10.1.0.0/24", "fd00:1::/64", "10.1.0.1", "fd00:1::1", inputs)


def published(address: str | None, port: int = 8080, *, v6: bool = False) -> Published:
    return Published("tcp", address, port, 80, "10.1.0.2", "fd00:1::2" if v6 else None)


@pytest.mark.parametrize(
    ("mode", "sets"),
    [
        ("nat", {"bridges", "pairs", "ways_out", "members4", "members6", "masqueraded4", "masqueraded6"}),
        ("isolated", {"bridges", "pairs", "closed", "members4", "members6"}),
        ("routed", {"bridges", "pairs", "ways_out", "ways_in", "members4", "members6"}),
        ("bridge", set()),
    ],
)
def test_a_mode_is_a_matter_of_sets(mode: Mode, sets: set[str]) -> None:
    assert {name for name, _ in network_elements(wiring(mode))} == sets


def test_a_port_is_one_element_for_each_family() -> None:
    assert port_elements(published(None, v6=True)) == [
        ("ports4", "tcp . 8080", "10.1.0.2 . 80"),
        ("ports6", "tcp . 8080", "fd00:1::2 . 80"),
    ]
    assert port_elements(published("127.0.0.1")) == [("local_ports4", "tcp . 127.0.0.1 . 8080", "10.1.0.2 . 80")]
    assert port_elements(published("0.0.0.0")) == port_elements(published(None))


def test_changing_ports_is_one_small_transaction() -> None:
    assert ports_document("t", [published(None)], [published(None, 9090)]) == (
        "delete element inet t ports4 { tcp . 9090 }\nadd element inet t ports4 { tcp . 8080 : 10.1.0.2 . 80 }\n"
    )
    assert ports_document("t", []) == ""


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.family)
def test_rules_name_nothing_that_their_table_does_not_have(table: Table) -> None:
    words = {word.strip(";") for rules in table.rules.values() for rule in rules for word in rule.split()}
    assert {word[1:] for word in words if word[0] == "@" and "," not in word} <= {*table.sets, *table.maps}
    assert set(table.rules) == set(table.chains)


def test_rules_are_understood_by_nft_of_debian_12() -> None:
    """Version 1.0.6, with which they were tried; it has no word for the target of neighbour discovery."""
    assert not [rule for table in TABLES for rules in table.rules.values() for rule in rules if "taddr" in rule]


def test_the_whole_document_makes_both_tables() -> None:
    held = Element("bridge", "macs", "vw1", "02:00:00:00:00:01")
    address = Element("bridge", "addresses6", "vw1", "fd00::1")
    text = whole_document("t", [wiring("nat")], [published(None)], [held, address])
    assert 'add element inet t pairs { "br0" . "br0" }' in text
    assert 'add element bridge t macs { "vw1" . 02:00:00:00:00:01 }' in text
    assert 'add element bridge t addresses6 { "vw1" . 0xfd000000000000000000000000000001 }' in text
    assert all(line.split()[3 if line.startswith("add element") else 2 : 4] for line in text.splitlines())


def test_a_member_may_send_under_all_its_addresses_on_each_of_its_cables() -> None:
    places = (
        Membership("1", "back", "eth0", "vw1", "02:00:00:00:00:01", "10.1.0.2", "fd00:1::2"),
        Membership("2", "front", "eth1", "vw2", "02:00:00:00:00:02", "10.2.0.2", None),
    )
    found = elements(Member("Container", "c", "web", "urn", (), places, ()))
    addresses = {"addresses4": {"10.1.0.2", "10.2.0.2"}, "addresses6": {"fd00:1::2"}}
    for place, own in zip(places, ("fe80::ff:fe00:1", "fe80::ff:fe00:2"), strict=True):
        mine = {(item.family, item.set, item.address) for item in found if item.port == place.port}
        assert mine == {
            ("inet", "cables", None),
            ("bridge", "ports", None),
            ("bridge", "macs", place.mac),
            ("bridge", "addresses6", own),
            *(("bridge", name, address) for name, known in addresses.items() for address in known),
        }


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (published(None), published(None), True),
        (published(None), published("127.0.0.1"), True),
        (published("127.0.0.1"), published("127.0.0.2"), False),
        (published("0.0.0.0"), published("::"), False),
        (published(None), published(None, 8081), False),
        (published(None), Published("udp", None, 8080, 80, "10.1.0.2", None), False),
    ],
)
def test_which_ports_clash(one: Published, other: Published, clash: bool) -> None:
    assert one.clashes(other) is other.clashes(one) is clash


def test_an_empty_ruleset_lacks_everything() -> None:
    held = Element("bridge", "ports", "vw1")
    lacking = missing(Root(Path("/srv/test")), [], wiring("nat"), [held])
    chains = [f"chain {name}" for table in TABLES for name in table.rules]
    assert lacking == [*chains, "br0 in the set bridges", "what vw1 may send"]


@dataclass
class Nft:
    """The command: what it was called with, and what it says."""

    says: str = ""
    calls: list[tuple[list[str], dict[str, Any]]] = field(default_factory=list)

    def run(self, argv: Sequence[str], **how: Any) -> Completed:
        self.calls.append(([*argv], how))
        return Completed(tuple(argv), 0, self.says, "")


@pytest.fixture
def nft(monkeypatch: pytest.MonkeyPatch) -> Nft:
    made = Nft()
    monkeypatch.setattr(firewall, "run", made.run)
    return made


def test_a_transaction_is_one_call_that_reads_it_and_none_where_it_is_empty(nft: Nft) -> None:
    apply("")
    apply("add table inet t\n")
    assert nft.calls == [(["nft", "-f", "-"], {"input": "add table inet t\n", "timeout": 30, "package": "nftables"})]


def test_tables_go_whether_or_not_they_are_there(nft: Nft) -> None:
    """To delete what is not there would fail, so that it is made first."""
    root = Root(Path("/srv/test"))
    remove_tables(root)
    [(_, how)] = nft.calls
    assert how["input"].splitlines() == [
        f"{verb} table {family} virtwright_{root.hash}" for family in ("inet", "bridge") for verb in ("add", "delete")
    ]


def test_the_ruleset_is_read_in_one_call(nft: Nft) -> None:
    nft.says = '{"nftables": [{"metainfo": {}}, {"table": {"name": "t"}}]}'
    assert ruleset() == [{"metainfo": {}}, {"table": {"name": "t"}}]
    assert nft.calls == [(["nft", "-j", "list", "ruleset"], {"timeout": 30, "package": "nftables"})]


@pytest.mark.parametrize("text", ["", "[]", "{}", "nftables"])
def test_what_is_no_ruleset_is_shown(nft: Nft, text: str) -> None:
    nft.says = text + " " * 300
    with pytest.raises(HostError, match="nft answered what is no ruleset: ") as caught:
        ruleset()
    assert caught.value.message.endswith(nft.says[:200])


def test_only_other_programs_chains_that_drop_are_gates() -> None:
    def chain(table: str, name: str, family: str = "ip", **more: str) -> dict[str, dict[str, str]]:
        return {"chain": {"family": family, "table": table, "name": name, **more}}

    items = [
        chain("filter", "FORWARD", hook="forward", policy="drop"),
        chain("filter", "DOCKER-USER"),
        chain("filter", "FORWARD", family="ip6", hook="forward", policy="drop"),
        chain("filter", "INPUT", hook="input", policy="drop"),
        chain("open", "forward", family="inet", hook="forward", policy="accept"),
        chain("virtwright_00000000", "passing", family="inet", hook="forward", policy="drop"),
        chain("bridges", "forward", family="bridge", hook="forward", policy="drop"),
    ]
    assert gates(items) == [Gate("ip", "filter", "DOCKER-USER"), Gate("ip6", "filter", "FORWARD")]

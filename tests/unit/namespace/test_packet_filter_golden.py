"""The packet filter of a root as one golden text: every rule of it is what guards a host, and a reader sees each that changes.

``make golden`` writes the files anew (``tests/golden.py``).
"""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases

from virtwright.providers.namespace.network.firewall import (
    is_outdated,
    missing,
    ports_document,
    present_ports,
    set_elements,
    table_name,
    whole_document,
)
from virtwright.providers.namespace.network.members import Published
from virtwright.providers.namespace.network.senders import Element
from virtwright.providers.namespace.network.tables import ROUTED, SENT, TABLES, VERSION
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.network import Network

CASES: Final = Cases(Path(__file__).parent / "golden/packet_filter", made=(".nft",))


def wiring(values: dict[str, Any]) -> Wiring:
    inputs = Network.model_validate({"mode": values["mode"], "bridge": values["bridge"]})
    return Wiring("1", "back", inputs.mode, values["bridge"], values.get("cidr"), values.get("cidr6"), None, None, inputs)  # fmt: skip


def published(values: dict[str, Any]) -> Published:
    return Published(**{"host_address": None, "address": None, "address6": None, **values})


@pytest.mark.parametrize("name", CASES.names())
def test_a_root_s_packet_filter_is_the_golden_one(name: str) -> None:
    told = CASES.read(name)
    networks, ports = map(wiring, told["networks"]), map(published, told["ports"])
    senders = [Element(**each) for each in told["senders"]]
    CASES.check(name, whole_document("virtwright_0", networks, ports, senders))


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


def test_both_tables_are_made() -> None:
    assert TABLES == (ROUTED, SENT)
    assert (ROUTED.family, SENT.family) == ("inet", "bridge")


def test_a_port_that_closes_goes_from_the_map_that_it_was_in() -> None:
    closed = [published(each) for each in CASES.read("all_modes")["ports"]]
    assert ports_document("t", [], closed) == (
        "delete element inet t ports4 { tcp . 8080 }\n"
        "delete element inet t ports6 { tcp . 8080 }\n"
        "delete element inet t local_ports4 { udp . 127.0.0.1 . 53 }\n"
        "delete element inet t local_ports6 { tcp . ::1 . 443 }\n"
        "delete element inet t ports4 { tcp . 81 }\n"
    )


ROOT: Final = Root(Path("/srv/test"))
NAME: Final = table_name(ROOT)
NAT: Final = wiring({"mode": "nat", "bridge": "vwb1", "cidr": "10.1.0.0/24"})
HELD: Final = [Element("bridge", "ports", "vw1"), Element("bridge", "macs", "vw2", "02:00:00:00:00:01")]


def held_set(name: str, *elements: Any, family: str = "inet", table: str = NAME) -> dict[str, Any]:
    return {"set": {"family": family, "table": table, "name": name, "elem": [*elements]}}


def rules(table: str = NAME) -> list[dict[str, Any]]:
    """As ``nft -j list ruleset`` tells them."""
    return [
        {"rule": {"family": each.family, "table": table, "chain": chain}}
        for each in TABLES
        for chain, told in each.rules.items()
        for _ in told
    ]


SETS: Final[list[dict[str, Any]]] = [
    held_set("bridges", "vwb1"),
    held_set("pairs", {"concat": ["vwb1", "vwb1"]}),
    held_set("ways_out", "vwb1"),
    held_set("members4", {"prefix": {"addr": "10.1.0.0", "len": 24}}),
    held_set("masqueraded4", {"elem": {"val": {"prefix": {"addr": "10.1.0.0", "len": 24}}}}),
    held_set("ports", "vw1", family="bridge"),
    held_set("macs", {"concat": ["vw2", "02:00:00:00:00:01"]}, family="bridge"),
]


def test_a_whole_ruleset_lacks_nothing() -> None:
    assert missing(ROOT, [*rules(), *SETS], NAT, HELD) == []
    assert (
        missing(
            ROOT,
            [{"metainfo": {}}, *rules(), *SETS, *rules("other"), held_set("bridges", "x", table="other")],
            NAT,
            HELD,
        )
        == []
    )


@pytest.mark.parametrize(
    ("items", "lacking"),
    [
        ([*rules()[1:], *SETS], ["chain published"]),
        ([*rules(), rules()[0], *SETS], ["chain published"]),
        ([*rules()[:-1], *SETS], ["chain bridged"]),
        *(([*rules(), *(each for each in SETS if each is not one)], ["vwb1 in the set bridges"]) for one in SETS[:5]),
        ([*rules(), *SETS[:5], SETS[6]], ["what vw1 may send"]),
        ([*rules(), *SETS[:6]], ["what vw2 may send"]),
        ([*rules(), *SETS[:5]], ["what vw1 may send", "what vw2 may send"]),
        ([*rules(), *SETS[:5], held_set("ports", "vw1"), SETS[6]], ["what vw1 may send"]),
        ([*rules("other"), *SETS], [f"chain {chain}" for each in TABLES for chain in each.rules]),
    ],
)  # fmt: skip
def test_what_a_ruleset_lacks(items: list[dict[str, Any]], lacking: list[str]) -> None:
    assert missing(ROOT, items, NAT, HELD) == lacking


def table(name: str = NAME, family: str = "inet") -> dict[str, Any]:
    return {"table": {"family": family, "name": name}}


@pytest.mark.parametrize(
    ("items", "outdated"),
    [
        ([], False),
        ([table()], True),
        ([table("other")], False),
        ([table(family="bridge")], False),
        ([{"metainfo": {}}, table()], True),
        ([table(), held_set("version", VERSION)], False),
        ([table(), held_set("version", VERSION + 1)], True),
        ([table(), held_set("bridges", VERSION)], True),
        ([table(), held_set("version", VERSION, table="other")], True),
        ([table(), held_set("version", VERSION, family="bridge")], True),
    ],
)
def test_whether_the_rules_are_another_version_s(items: list[dict[str, Any]], outdated: bool) -> None:
    assert is_outdated(ROOT, items) is outdated


def test_what_members_may_not_send_is_told_in_order() -> None:
    held = [Element("bridge", "ports", f"vw{number}") for number in (8, 3, 5, 1, 9, 2)]
    assert missing(ROOT, [*rules(), *SETS[:5]], NAT, held) == [f"what vw{each} may send" for each in (1, 2, 3, 5, 8, 9)]


def test_an_element_without_a_known_form_is_told_as_it_is() -> None:
    span = {"range": ["10.0.0.1", "10.0.0.3"]}
    assert [*set_elements([held_set("x", span)], NAME)] == [("inet", "x", str(span))]


def test_elements_are_told_as_they_were_written() -> None:
    assert [
        *set_elements([{"chain": {}}, *SETS, held_set("x", "y", table="other"), {"set": {"table": NAME}}], NAME)
    ] == [
        ("inet", "bridges", "vwb1"),
        ("inet", "pairs", "vwb1 . vwb1"),
        ("inet", "ways_out", "vwb1"),
        ("inet", "members4", "10.1.0.0/24"),
        ("inet", "masqueraded4", "10.1.0.0/24"),
        ("bridge", "ports", "vw1"),
        ("bridge", "macs", "vw2 . 02:00:00:00:00:01"),
    ]


def test_open_ports_are_told_in_the_form_in_which_they_are_opened() -> None:
    key, value = {"concat": ["tcp", 8080]}, {"concat": ["10.1.0.2", 80]}
    opened = {"map": {"table": NAME, "name": "ports4", "elem": [[key, value]]}}
    other = {"map": {"table": "other", "name": "ports4", "elem": [[key, value]]}}
    empty = {"map": {"table": NAME, "name": "ports6"}}
    assert present_ports(ROOT, [opened, other, empty, {"set": {}}]) == {("ports4", "tcp . 8080", "10.1.0.2 . 80")}
    assert f"virtwright_{ROOT.hash}" == NAME

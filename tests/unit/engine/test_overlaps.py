"""Networks of one stack with the same addresses are refused before anything is asked of a host, with both places."""

from pathlib import Path
from typing import Any

import pytest
from tests.programs import Item, ListProgram
from tests.stack_files import load, shown, write
from tests.unit.engine.conftest import Bench

TEXT = """\
networks:
  back: {cidr: 10.40.0.0/16}
  front:
    cidr: 10.40.7.0/24
"""


def test_both_places_are_told(bench: Bench, tmp_path: Path) -> None:
    program = load(write(tmp_path, TEXT, head="stack: shop\nhosts: {here: {uri: 'fake://one'}}\n"))
    hint = "(two networks of one host have addresses of their own: choose another one for either)"
    assert sorted(shown(each) for each in bench.engine.validate(program)) == [
        f"4:16 networks.back.cidr: 10.40.0.0/16 of networks.back overlaps with 10.40.7.0/24 of networks.front {hint}",
        f"6:11 networks.front.cidr: 10.40.7.0/24 of networks.front overlaps with 10.40.0.0/16 of networks.back {hint}",
    ]


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ({"cidr": "10.1.0.0/24"}, {"cidr": "10.1.1.0/24"}, False),
        ({"cidr": "10.1.0.0/24"}, {"cidr": "10.1.0.0/24"}, True),
        ({"cidr": "10.1.0.0/24", "cidr6": "fd00::/64"}, {"cidr": "10.2.0.0/24", "cidr6": "fd00::/48"}, True),
        ({"cidr": "10.1.0.0/24", "mode": "isolated"}, {"cidr": "10.1.0.0/25"}, True),
        ({"cidr": "10.1.0.0/24", "mode": "bridge", "bridge": "br0"}, {"cidr": "10.1.0.0/25"}, False),
        ({"cidr": "10.1.0.0/24", "docker": {"driver": "macvlan"}}, {"cidr": "10.1.0.0/25"}, False),
        ({}, {"cidr": "10.1.0.0/24"}, False),
    ],
)
def test_what_overlaps(bench: Bench, one: dict[str, Any], other: dict[str, Any], wrong: bool) -> None:
    networks = Item("Network", "one", one), Item("Network", "other", other)
    found = bench.engine.validate(ListProgram(*networks))
    assert [("overlaps" in each.message) for each in found] == [True] * (2 if wrong else 0)


def test_two_hosts_may_have_the_same_addresses(bench: Bench) -> None:
    networks = (
        Item("Network", "one", {"cidr": "10.1.0.0/24"}),
        Item("Network", "other", {"cidr": "10.1.0.0/24"}, host="two"),
    )
    assert bench.engine.validate(ListProgram(*networks, hosts={"one": "fake://one", "two": "fake://two"})) == []

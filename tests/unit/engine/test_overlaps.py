"""Networks of one stack with the same addresses are refused before anything is asked of a host, with both places."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.programs import Item, ListProgram
from tests.stack_files import load, shown, write
from tests.unit.engine.conftest import Bench

from virtwright.engine.overlaps import Ranges
from virtwright.errors import InputError, Where
from virtwright.schemas.network import Network
from virtwright.schemas.urn import Urn, type_token

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


def desired(name: str, cidr: str) -> Any:
    """As much of it as is looked at."""
    urn = Urn("prod", "shop", type_token("Network"), name)
    goal = SimpleNamespace(kind="Network", host=None, urn=urn, locate=lambda path: Where(path=path[0]))
    return SimpleNamespace(goal=goal, model=Network.model_validate({"cidr": cidr}))


@pytest.mark.parametrize(
    ("before", "cidr", "other"),
    [
        (["10.0.0.0/8"], "10.1.0.0/16", "10.0.0.0/8"),
        (["10.1.0.0/16"], "10.0.0.0/8", "10.1.0.0/16"),
        (["10.1.0.0/24", "10.1.2.0/24"], "10.1.2.0/24", "10.1.2.0/24"),
        (["10.1.0.0/24", "10.1.2.0/24"], "10.1.1.0/24", ""),
        (["10.1.0.0/24"], "10.1.1.0/25", ""),
        (["10.1.0.0/24"], "10.0.0.0/16", ""),
    ],
)
def test_of_two_that_overlap_one_is_a_part_of_the_other(before: list[str], cidr: str, other: str) -> None:
    ranges = Ranges()
    for each in before:
        ranges.add(desired("before", each))
    if not other:
        ranges.add(desired("now", cidr))
        return
    with pytest.raises(InputError) as caught:
        ranges.add(desired("now", cidr))
    assert [problem.message for problem in caught.value.problems] == [
        f"{cidr} of networks.now overlaps with {other} of networks.before",
        f"{other} of networks.before overlaps with {cidr} of networks.now",
    ]

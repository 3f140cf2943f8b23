"""kill -9 of an apply at every committed row, inside the provider's calls and at random moments: the next apply converges,
nothing is orphaned and nothing made twice."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.killing import dies, hits, killed_after
from tests.contract.registry import per_subject
from tests.contract.stage import volumes
from tests.kills import assert_share, share
from tests.programs import Item

from virtwright.engine.plan import RunOptions

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
pytestmark = [pytest.mark.soak, pytest.mark.slow, pytest.mark.timeout(900 if SOAK == 1 else 0)]
PROVIDER_STRIDE = 2
"""Without a soak every second position inside a provider is tried, and of those as many as its subject says."""
RANDOM_KILLS = 10 * SOAK
ROW = "state.commit"
Way = tuple[tuple[Item, ...], tuple[Item, ...]]
"""From where to where."""
Spot = tuple[str, int]
"""A failpoint, and which time that it is reached."""


def _options(items: tuple[Item, ...]) -> RunOptions:
    return RunOptions(allow_data_loss=volumes(items))


def _spots(hits: Mapping[str, int], stride: int) -> list[Spot]:
    """Where to die on a way: every so many-th row and place inside the provider."""
    return [
        (point, position)
        for point, number in hits.items()
        for position in range(1, number + 1, stride * (1 if point == ROW or SOAK > 1 else PROVIDER_STRIDE))
    ]


@pytest.mark.parametrize("name", per_subject())
def test_at_every_row_and_inside_the_provider(name: str, open_stage: OpenStage) -> None:
    """Killed while all is made, and while it is changed and in part deleted; with a soak on two more ways. Each way begins where the one before
    it has ended, so that what one convergence has made is what the next kill finds."""
    stage = open_stage(name)
    start, goal = stage.subject.journey
    points, kills = (ROW, *stage.subject.failpoints), Counter[str]()
    ways: list[Way] = [((), goal), (goal, start), (start, goal), (goal, ())]
    ways = ways if SOAK > 1 else ways[:2]
    spots: list[list[Spot]] = []
    for _, target in ways:
        spots.append(_spots(hits(stage, target, _options(goal), points), stage.subject.stride if SOAK == 1 else 1))
        stage.assert_settled(target)
    at = ways[-1][1]
    for (origin, target), spot in _in_turn(ways, spots):
        if at != origin:
            stage.apply(origin, allow=volumes(goal))
        kills[spot[0]] += dies(stage, target, _options(goal), "{}:{}=kill".format(*spot))
        stage.apply(target, allow=volumes(goal))
        stage.assert_settled(target)
        at = target
    for point in points:
        assert_share(f"contract {name} {point}", kills[point])


def _in_turn(ways: Sequence[Way], spots: Sequence[Sequence[Spot]]) -> Iterator[tuple[Way, Spot]]:
    """The first spot of each way, the second one of each, and so on."""
    for each in zip_longest(*spots):
        yield from ((way, spot) for way, spot in zip(ways, each, strict=True) if spot is not None)


@pytest.mark.parametrize("name", per_subject())
def test_at_random_moments(name: str, open_stage: OpenStage) -> None:
    stage, dice = open_stage(name), random.Random(11)
    start, goal = stage.subject.journey
    began = time.monotonic()
    assert not dies(stage, goal, _options(goal), "never:1=kill")
    latest = time.monotonic() - began
    tries = max(3, RANDOM_KILLS // stage.subject.stride)
    needed, kills = max(share(f"contract {name} random"), tries // 4), 0
    for number in range(4 * tries):
        if number >= tries and kills >= needed:
            break
        target = (start, goal, ())[number % 3]
        if killed_after(stage, target, _options(goal), dice.uniform(0.05, latest)):
            kills += 1
        else:  # it was over by then: the machine is quicker now than at the first apply
            latest = max(0.1, latest * 0.6)
        stage.apply(target, allow=volumes(goal))
        stage.assert_settled(target)
    assert_share(f"contract {name} random", kills)
    assert kills >= needed

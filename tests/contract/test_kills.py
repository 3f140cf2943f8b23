"""kill -9 of an apply at every committed row, inside the provider's calls and at random moments: the next apply converges,
nothing is orphaned and nothing made twice."""

import os
import random
import time
from itertools import count

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.killing import dies, killed_after
from tests.contract.registry import cases, per_subject
from tests.contract.stage import Stage, volumes
from tests.kills import assert_share, share
from tests.programs import Item

from virtwright.engine.plan import RunOptions

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
pytestmark = [pytest.mark.soak, pytest.mark.slow, pytest.mark.timeout(900 if SOAK == 1 else 0)]
PROVIDER_STRIDE = 2
"""Without a soak every second position inside a provider is tried, and of those as many as its subject says."""
RANDOM_KILLS = 10 * SOAK


def _options(items: tuple[Item, ...]) -> RunOptions:
    return RunOptions(allow_data_loss=volumes(items))


def _campaign(stage: Stage, point: str, stride: int) -> None:
    """Killed at each position of the point while all is made, and while it is changed and in part deleted; with a soak
    on two more ways."""
    start, goal = stage.subject.journey
    stride = stride * stage.subject.stride if SOAK == 1 else 1
    kills = 0
    ways: list[tuple[tuple[Item, ...], tuple[Item, ...]]] = [((), goal), (goal, start), (start, goal), (goal, ())]
    for origin, target in ways if SOAK > 1 else ways[:2]:
        for position in count(1, stride):
            if not dies(stage, target, _options(goal), f"{point}:{position}=kill"):
                break
            kills += 1
            stage.apply(target, allow=volumes(goal))
            stage.assert_settled(target)
            stage.apply(origin, allow=volumes(goal))
        stage.assert_settled(target)
    assert_share(f"contract {stage.subject.name} {point}", kills)


@pytest.mark.parametrize("name", per_subject())
def test_at_every_committed_row(name: str, open_stage: OpenStage) -> None:
    _campaign(open_stage(name), "state.commit", 1)


@pytest.mark.parametrize(("name", "point"), cases(lambda each: each.failpoints, str))
def test_inside_the_provider(name: str, point: str, open_stage: OpenStage) -> None:
    _campaign(open_stage(name), point, PROVIDER_STRIDE)


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

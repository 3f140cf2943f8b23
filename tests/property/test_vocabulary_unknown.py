"""``UNKNOWN`` may stand for any part of valid inputs, is left where it was, and disturbs nothing else."""

import copy
import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from tests.dice import DICE, some
from tests.vocabulary import CASES, EXAMPLES, INPUTS, get, places, put

from virtwright.schemas.display import describe_value
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, walk

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_unknown_in_each_single_place(kind: str, number: int) -> None:
    for path in places(EXAMPLES[kind][number]):
        inputs = copy.deepcopy(EXAMPLES[kind][number])
        put(inputs, path, UNKNOWN)
        dumped = to_properties(INPUTS[kind].model_validate(inputs))
        assert get(dumped, path) is UNKNOWN, path


@settings(max_examples=400 * SOAK, suppress_health_check=[HealthCheck.too_slow])
@given(DICE)
def test_unknown_in_several_places(dice: Random) -> None:
    kind, number = dice.choice(CASES)
    inputs = copy.deepcopy(EXAMPLES[kind][number])
    every = places(inputs)
    chosen = some(dice, every, 8)
    note(f"{chosen} of {kind} {number}")
    kept = [path for path in chosen if not any(path != other and path[: len(other)] == other for other in chosen)]
    for path in kept:
        put(inputs, path, UNKNOWN)
    dumped = to_properties(INPUTS[kind].model_validate(inputs))
    found = {path for path, leaf in walk(dumped) if leaf is UNKNOWN}
    assert found >= set(kept)
    # only a field that was filled from an unknown one may be unknown besides
    assert all(path[-1] == "host_port" for path in found - set(kept))
    assert to_properties(INPUTS[kind].model_validate(dumped)) == dumped
    describe_value(kind, (), dumped)

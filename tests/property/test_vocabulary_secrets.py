"""A secret in any field of any kind stays a secret in the normal form, and no problem shows it."""

import copy
import os
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from tests.dice import DICE
from tests.vocabulary import CASES, EXAMPLES, INPUTS, get, places, put

from virtwright.errors import InputError
from virtwright.schemas.properties import normalise
from virtwright.schemas.values import Secret, Value, reveal, walk

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
MARK = "S3kr1tMark"
FILLED = [case for case in CASES if EXAMPLES[case[0]][case[1]]]
BAD: list[Any] = [MARK, f"-{MARK}", f"\n{MARK}", [MARK], {MARK: MARK}, [{MARK: [MARK]}], f"10.{MARK}", f"{MARK}:{MARK}"]


def clear(value: Value) -> str:
    """All that is not secret, as text."""
    return repr([(path, leaf) for path, leaf in walk(value) if not isinstance(leaf, Secret)])


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_each_value_may_be_a_secret_and_stays_one(kind: str, number: int) -> None:
    plain = normalise(INPUTS[kind], EXAMPLES[kind][number])
    for path in places(EXAMPLES[kind][number]):
        inputs = copy.deepcopy(EXAMPLES[kind][number])
        put(inputs, path, Secret(get(inputs, path)))
        made = normalise(INPUTS[kind], inputs)
        assert isinstance(get(made, path), Secret), path
        assert reveal(made) == plain


@settings(max_examples=1000 * SOAK, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(DICE)
def test_no_problem_shows_a_secret(dice: Random) -> None:
    kind, number = dice.choice(FILLED)
    inputs: dict[str, Any] = copy.deepcopy(EXAMPLES[kind][number])
    path = dice.choice(places(inputs))
    bad = dice.choice(BAD)
    note(f"{bad!r} at {path} of {kind} {number}")
    put(inputs, path, Secret(bad))
    try:
        made = normalise(INPUTS[kind], inputs)
    except InputError as error:
        assert MARK not in repr(error.problems) + str(error)
        assert error.__cause__ is None and error.__suppress_context__
        return
    assert MARK not in clear(made)


def test_a_field_filled_from_a_secret_is_secret() -> None:
    made = normalise(INPUTS["Container"], {"image": "a", "ports": [{"port": Secret(8080)}]})
    assert made["ports"][0]["host_port"] == Secret(8080)


def test_an_equal_value_that_was_written_in_clear_stays_in_clear() -> None:
    made = normalise(INPUTS["Container"], {"image": "a", "ports": [{"port": Secret(80), "host_port": 80}]})
    assert made["ports"][0]["host_port"] == 80

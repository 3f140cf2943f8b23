"""When two values are the same."""

import pytest

from virtwright.schemas.values import UNKNOWN, Sealed, Secret, Value, equal


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, 1.0, True),
        ("1", 1, False),
        (True, True, True),
        (True, 1, False),
        (False, 0.0, False),
        (False, None, False),
        (None, None, True),
        ({"a": {"b": [0, 1]}}, {"a": {"b": [0, 1]}}, True),
        ({"a": {"b": [0, 1]}}, {"a": {"b": [0, True]}}, False),
        ({"a": {"b": [False, 1]}}, {"a": {"b": [0, 1]}}, False),
        ({"a": 1, "b": 1}, {"b": 1, "a": 1}, True),
        ({"a": [], "b": {}, "c": ""}, {"a": [], "b": {}, "c": ""}, True),
        ({"a": [], "b": {}, "c": 1}, {"a": [], "b": {}, "c": True}, False),
        ({"a": []}, {"a": {}}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": 1, "b": True}, {"b": 1, "a": 1}, False),
        ({"a": None}, {}, False),
        ([1], [1, 1], False),
        ((1, 2), (1, 2), True),
        ((1, 2), (True, 2), False),
        (Secret("x"), Secret("x"), True),
        (Secret("x", "origin"), Secret("x"), True),
        (Secret("x"), Secret("y"), False),
        (Secret("x"), "x", False),
        (Secret([1]), Secret([True]), False),
        (UNKNOWN, UNKNOWN, True),
        (UNKNOWN, 1, False),
        (Sealed("a"), Sealed("a"), True),
        (Sealed("a"), Sealed("b"), False),
    ],
)
def test_the_same_but_that_a_boolean_is_no_number(one: Value, other: Value, same: bool) -> None:
    assert equal(one, other) is equal(other, one) is same

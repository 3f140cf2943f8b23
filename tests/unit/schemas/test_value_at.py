"""What is at a path inside of a value."""

import pytest

from virtwright.schemas.values import UNKNOWN, Path, Secret, Value, value_at

ABSENT = object()
SECRET = Secret({"b": 1})
VALUE = {"a": [{"b": None}, "text"], "t": (1, 2), "s": SECRET, "u": UNKNOWN, "n": 0}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), VALUE),
        (("a", 0, "b"), None),
        (("a", 1), "text"),
        (("t", 1), 2),
        (("s",), SECRET),
        (("n",), 0),
        (("x",), ABSENT),
        (("a", 2), ABSENT),
        (("a", "b"), ABSENT),
        (("a", 1, 0), ABSENT),
        (("s", "b"), ABSENT),
        (("u", "b"), ABSENT),
        (("n", 0), ABSENT),
    ],
)
def test_what_is_there_and_what_is_not(path: Path, expected: Value) -> None:
    found = value_at(VALUE, path, ABSENT)
    assert found is expected or found == expected
    assert (value_at(VALUE, path) is None) == (expected in (None, ABSENT))

"""Sums over the checksums of rows, which show rows that were lost or are old."""

from typing import Any

import pytest

from virtwright.engine.state.digest import Digest, total

LIMIT = 1 << 62


@pytest.mark.parametrize(
    ("checksums", "expected"),
    [
        ([], 0),
        ([1, 2, 3], 6),
        ([LIMIT - 1, 2], 1),
        ([LIMIT], 0),
        ([5, None], 4),
        ([5, "5", 2.0], 3),
        ([-1], LIMIT - 1),
    ],
)
def test_the_sum_of_checksums(checksums: list[Any], expected: int) -> None:
    assert total(checksums) == total(reversed(checksums)) == expected
    assert Digest({str(number): each for number, each in enumerate(checksums)}).total == expected


@pytest.mark.parametrize(
    ("put", "removed", "after"),
    [
        pytest.param([], [], {"a": 1, "b": 2}, id="nothing"),
        pytest.param([("c", 4)], [], {"a": 1, "b": 2, "c": 4}, id="one more"),
        pytest.param([("a", 8)], [], {"a": 8, "b": 2}, id="one anew"),
        pytest.param([("a", 8), ("a", 16)], [], {"a": 16, "b": 2}, id="one twice: the last one stays"),
        pytest.param([], ["a"], {"b": 2}, id="one less"),
        pytest.param([], ["a", "a"], {"b": 2}, id="one less, said twice"),
        pytest.param([], ["x"], {"a": 1, "b": 2}, id="one that is not there"),
        pytest.param([("a", 8)], ["a"], {"b": 2}, id="put and removed"),
        pytest.param([("c", 4)], ["c"], {"a": 1, "b": 2}, id="new and removed"),
        pytest.param([("c", LIMIT - 1)], ["b"], {"a": 1, "c": LIMIT - 1}, id="beyond the limit"),
    ],
)
def test_a_change_is_that_of_its_rows(put: list[tuple[str, int]], removed: list[str], after: dict[str, int]) -> None:
    digest = Digest({"a": 1, "b": 2})
    change = digest.changed(iter(put), iter(removed))
    assert change.total == total(after.values())
    assert digest.total == 3, "nothing has changed yet"
    change.apply()
    assert digest.total == total(after.values())
    everything = [*after, "a", "b", "c"]
    assert digest.changed([], everything).total == 0, "the rows are those that the sum is of"
    assert [(total(after.values()) - digest.changed([], [id]).total) % LIMIT for id in after] == [*after.values()]

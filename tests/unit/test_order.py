"""The order of the tests."""

from hypothesis import given
from hypothesis import strategies as st
from tests.order import dealt


def test_each_worker_begins_with_its_share_of_the_slow_ones() -> None:
    items = ["a1", "a2", "A3", "b1", "B2", "B3", "c1", "C2", "d1"]
    order = dealt(items, 3, str.isupper, lambda item: item[0])
    assert order == ["A3", "a1", "a2", "B2", "B3", "b1", "C2", "c1", "d1"]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())), st.integers(1, 5))
def test_none_is_lost(items: list[tuple[int, bool]], workers: int) -> None:
    order = dealt(items, workers, lambda item: item[1], lambda item: item[0])
    assert sorted(order) == sorted(items)

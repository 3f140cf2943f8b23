"""Calls for many objects, several at a time."""

from threading import Barrier

import pytest

from virtwright.providers.libvirt.connection.shared_out import THREADS, shared_out


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 9, 10, 100])
def test_the_results_are_in_the_order_of_the_objects(count: int) -> None:
    assert shared_out(range(count), lambda number: number * 2) == [number * 2 for number in range(count)]


def test_as_many_run_at_the_same_time_as_there_are_threads() -> None:
    together = Barrier(THREADS, timeout=30)
    shares = shared_out(range(THREADS * 5), lambda _: together.wait())
    assert len(shares) == THREADS * 5


def test_the_first_error_is_raised_when_all_threads_are_done() -> None:
    done = []

    def work(number: int) -> None:
        if number in (15, 25):
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="15"):
        shared_out(range(30), work)
    assert sorted(done) == [*range(15), *range(20, 25)]

"""Signals, also one that comes while the one before it is being told."""

import signal
import threading

import pytest

from virtwright.cli.interrupt import FIRST, SECOND, interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_each_signal_is_told_once(number: signal.Signals) -> None:
    said: list[str] = []
    calls: list[str] = []
    with interruptible(lambda: calls.append("interrupt"), said.append):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert (said, len(calls)) == ([FIRST, SECOND], 2)


def test_a_signal_while_one_is_told_waits_for_no_lock_of_it() -> None:
    lock = threading.Lock()
    said: list[str] = []
    calls: list[str] = []

    def interrupt() -> None:
        assert lock.acquire(timeout=5), "it is told inside of the first one"
        calls.append("interrupt")
        if len(calls) == 1:
            signal.raise_signal(signal.SIGINT)
        lock.release()

    with interruptible(interrupt, said.append):
        signal.raise_signal(signal.SIGINT)
    assert (said, len(calls)) == ([FIRST, SECOND], 2)

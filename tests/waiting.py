"""Waiting in tests: for what is sure to come, however slow the machine is."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 120.0
"""Seconds until what should have happened is taken to have failed. Never less: where the tests run, a machine may be ten
times as slow as yours."""


def until(what: str, seen: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """What ``seen`` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while True:
        value = seen()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds:g}s until {what}; last seen: {value!r}"
        time.sleep(0.02)

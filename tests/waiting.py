"""Waiting in tests: for what is sure to come, however slow the machine is."""

import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

T = TypeVar("T")
_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 1.0
PATIENCE: Final = 120.0
"""Seconds until what should have happened is taken to have failed. Never less: where the tests run, a machine may be ten
times as slow as yours."""


def until(what: str, seen: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """What ``seen`` gives as soon as it is true. A look that takes long, such as a command, is followed by a pause twice as long: what is waited
    for needs the processor, too."""
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        value = seen()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds:g}s until {what}; last seen: {value!r}"
        time.sleep(min(max(_PAUSE, 2 * (time.monotonic() - began)), _LONGEST_PAUSE))


def remaining(left: Callable[[], Collection[T]], seconds: float = PATIENCE) -> Collection[T]:
    """What is still there after so long; nothing as soon as there is nothing. Processes that were told to end, and what the kernel takes
    away with them, go a moment after the call that removed them."""
    end = time.monotonic() + seconds
    while (found := left()) and time.monotonic() < end:
        time.sleep(_PAUSE)
    return found

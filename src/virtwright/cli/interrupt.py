"""Ctrl-C: once finishes what is under way, twice stops at once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

FIRST: Final = "interrupted: finishing what is under way and recording it; Ctrl-C again stops at once"
SECOND: Final = "interrupted again: stopping at once; the next run picks up what is left open"


@contextmanager
def interruptible(interrupt: Callable[[], None], say: Callable[[str], None]) -> Iterator[None]:
    """While inside, SIGINT and SIGTERM call ``interrupt``. ``say`` must be safe to call from a signal handler."""
    count = told = 0
    telling = False

    def handle(number: int, frame: Any) -> None:
        """A signal that comes while one is told is told by that one's handler: ``interrupt`` takes locks that a call inside of a call
        would wait for without an end."""
        nonlocal count, told, telling
        count += 1
        say(FIRST if count == 1 else SECOND)
        while told < count and not telling:
            told, telling = told + 1, True
            try:
                interrupt()
            finally:
                telling = False

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say_plainly(text: str) -> None:
    """Write a line to standard error in one system call: nothing else is safe inside a signal handler."""
    os.write(2, f"{text}\n".encode())

"""Following a stream that the daemon never ends."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Final

from virtwright.providers.base import LogLine

_SILENCE: Final = 1.0
"""Seconds without a line, after which it is asked whether more can come."""


def until_gone(lines: Iterator[LogLine], is_gone: Callable[[], bool]) -> Iterator[LogLine]:
    """The lines, until they end or nothing is left that could write one. Raises what ended them."""
    told: SimpleQueue[LogLine | Exception | None] = SimpleQueue()

    def read() -> None:
        try:
            for line in lines:
                told.put(line)
            told.put(None)
        except Exception as error:  # noqa: BLE001 - raised again, by whoever takes the lines
            told.put(error)

    threading.Thread(target=read, daemon=True, name="log").start()
    while True:
        try:
            line = told.get(timeout=_SILENCE)
        except Empty:
            if is_gone():
                return
            continue
        if line is None:
            return
        if isinstance(line, Exception):
            raise line
        yield line

"""The cyclic garbage collector, held back where there are many live objects and hardly any garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 1_000_000
"""New objects before the collector looks for cycles: a large stack makes that many, and all of them are needed."""


def collect_rarely() -> None:
    """For a process that ends soon. Python's own 700 has the collector go through what imports have made, which stays, again and
    again: a twentieth of a short command."""
    gc.set_threshold(_MANY)


def keep_to_the_end() -> None:
    """The process is about to end: the interpreter need not look for cycles among all that there is once more, which would take
    a tenth of the time of a large plan."""
    gc.freeze()


@contextmanager
def collector_held_back() -> Iterator[None]:
    """Looking through all objects of a large stack again and again would take a fifth of the time of a run."""
    before = gc.get_threshold()
    gc.set_threshold(max(_MANY, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)

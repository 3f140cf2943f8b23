"""The cyclic garbage collector, held back where there are many live objects and hardly any garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 200_000
"""New objects before the collector looks for cycles: a large stack makes that many, and all of them are needed."""


@contextmanager
def collector_held_back() -> Iterator[None]:
    """Looking through all objects of a large stack again and again would take a fifth of the time of a run."""
    before = gc.get_threshold()
    gc.set_threshold(max(_MANY, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)

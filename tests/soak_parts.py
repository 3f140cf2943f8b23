"""Parts of ``make soak`` that run alone: a test marked ``part(NAME)`` is what ``make soak PART=NAME COUNT=NUMBER`` runs."""

import os
from collections.abc import Sequence
from typing import Final

import pytest

COUNT: Final = "VIRTWRIGHT_COUNT"
PART: Final = "VIRTWRIGHT_PART"


def count(usual: int) -> int:
    """How many inputs a part tries, or for how many seconds: what the operator says, else ``usual``."""
    return int(os.environ.get(COUNT) or usual)


def select(items: Sequence[pytest.Item], part: str) -> list[pytest.Item]:
    """The tests of a part. Raises ``pytest.UsageError`` where there is none of that name."""
    parts = {item: [str(mark.args[0]) for mark in item.iter_markers("part")] for item in items}
    chosen = [item for item, names in parts.items() if part in names]
    if not chosen:
        known = ", ".join(sorted({name for names in parts.values() for name in names}))
        raise pytest.UsageError(f"no test belongs to the part {part!r}; there are: {known}")
    return chosen

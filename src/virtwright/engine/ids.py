"""Unique ids for rows, operations and runs."""

import os
import random
import re

_random = random.Random(os.urandom(32))
"""Seeded once: asking the kernel for every id would cost as much as the rest of a step."""


def _seed_again() -> None:
    _random.seed(os.urandom(32))


os.register_at_fork(after_in_child=_seed_again)


def new_id() -> str:
    """32 hex digits that nobody else has. Not a secret, and not to be used as one."""
    return f"{_random.getrandbits(128):032x}"


def is_of_a_state(operation: str) -> bool:
    """Whether an operation has the form of those that states know: the provider plugin's have another one."""
    return re.fullmatch("[0-9a-f]{32}", operation) is not None

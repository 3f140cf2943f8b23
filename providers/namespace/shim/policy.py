"""When a container that ended is started again. Pure."""

from typing import Final

FIRST_DELAY: Final = 0.1
LONGEST_DELAY: Final = 60.0
STEADY: Final = 10.0
"""Seconds of running after which the next failure counts as the first."""


def restarts(policy: str, exit_status: int) -> bool:
    """Whether ``policy`` (of a spec) asks for another start after an end that nobody asked for."""
    return policy in ("always", "unless-stopped") or (policy == "on-failure" and exit_status != 0)


def next_delay(previous: float, ran_for: float) -> float:
    """Seconds to wait before the next start. ``previous`` is the last such wait, 0 for none."""
    if ran_for >= STEADY or not previous:
        return FIRST_DELAY
    return min(previous * 2, LONGEST_DELAY)

"""Shares of CPU time. A stack counts them as control groups of version 1 do, where 1024 is usual; those of version 2 count otherwise, and
libvirt hands on what it is given. Pure."""

from typing import Final

USUAL: Final = 1024
USUAL_WEIGHT: Final = 100
_MOST_WEIGHT: Final = 10_000


def to_host(shares: int, *, unified: bool) -> int:
    """What a host with control groups of version 2 (``unified``) or 1 is told. Half of what is usual is half of it on both."""
    return max(1, min(_MOST_WEIGHT, round(shares * USUAL_WEIGHT / USUAL))) if unified else shares


def from_host(told: int, *, unified: bool) -> int:
    """The other way. ``to_host`` makes the same of it."""
    return max(2, round(told * USUAL / USUAL_WEIGHT)) if unified else told


def usual(*, unified: bool) -> int:
    """What a machine has on the host of which nothing is said."""
    return USUAL_WEIGHT if unified else USUAL

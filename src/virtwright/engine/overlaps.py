"""Networks of one stack that have the same addresses on one host: their members would be reached by chance. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Final, TypeAlias

from virtwright.engine.desired import Desired
from virtwright.engine.selection import address
from virtwright.errors import InputError, Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown
from virtwright.stacks.base import Goal

_BITS: Final = {"cidr": 32, "cidr6": 128}
"""The fields, with the length of their addresses."""
_BEYOND: Final = 1 << 128
"""Above all addresses."""
_Range: TypeAlias = tuple[int, int, str, str, Goal]
"""Its first and its last address, its field, what stands there, and the network. A tuple, since thousands are compared."""


@dataclass(slots=True)
class Ranges:
    """Those of the networks that a program has registered."""

    _kept: defaultdict[tuple[Urn | None, str], list[_Range]] = field(default_factory=lambda: defaultdict(list))
    """Of each host and field, in the order of their addresses. No two of them overlap."""

    def add(self, desired: Desired) -> None:
        """Raises ``InputError``, with both places, where another network of the host has some of its addresses."""
        problems: list[Problem] = []
        for one in _ranges(desired):
            first, last, name, _, goal = one
            kept = self._kept[goal.host, name]
            at = bisect_right(kept, (first, _BEYOND))
            other = next((each for each in kept[max(at - 1, 0) : at + 1] if first <= each[1] and each[0] <= last), None)
            if other is None:
                kept.insert(at, one)
            else:
                problems += (_told(one, other), _told(other, one))
        if problems:
            raise InputError(problems)


def _ranges(desired: Desired) -> Iterator[_Range]:
    """A driver of Docker's may keep its networks apart, and what is joined to a bridge of the host's has the addresses there."""
    goal = desired.goal
    if goal.kind != "Network":
        return
    inputs: Any = desired.model
    if inputs.mode == "bridge" or getattr(inputs.docker, "driver", None) is not None:
        return
    for name, bits in _BITS.items():
        cidr = getattr(inputs, name)
        if cidr is not None and not isinstance(cidr, Unknown):
            address, _, length = cidr.partition("/")
            first = int.from_bytes(inet_pton(AF_INET if bits == 32 else AF_INET6, address))
            yield first, first | (1 << bits - int(length)) - 1, name, cidr, goal


def _told(one: _Range, other: _Range) -> Problem:
    (_, _, name, cidr, goal), (_, _, _, theirs, their) = one, other
    return Problem(
        f"{cidr} of {address(goal.urn)} overlaps with {theirs} of {address(their.urn)}",
        goal.locate((name,)),
        "two networks of one host have addresses of their own: choose another one for either",
    )

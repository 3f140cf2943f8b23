"""Networks of one stack that have the same addresses on one host: their members would be reached by chance. Pure."""

from collections.abc import Iterator
from dataclasses import field
from typing import Any, Final

from virtwright.engine.desired import Desired
from virtwright.engine.selection import address
from virtwright.errors import InputError, Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown
from virtwright.stacks.base import Goal

_FIELDS: Final = ("cidr", "cidr6")
_Key = tuple[Urn | None, str, int, int]
"""A host, a field, and a network: its first address and the length of its prefix."""


@dataclass(frozen=True, slots=True)
class _Range:
    goal: Goal
    field: str
    network: Any

    @property
    def keys(self) -> Iterator[_Key]:
        """Its own, and those of all networks that it is a part of."""
        first, bits = int(self.network.network_address), self.network.max_prefixlen
        for length in range(self.network.prefixlen, -1, -1):
            yield self.goal.host, self.field, first >> (bits - length) << (bits - length), length


@dataclass(slots=True)
class Ranges:
    """Those of the networks that a program has registered. Of two that overlap one is a part of the other."""

    _whole: dict[_Key, _Range] = field(default_factory=dict)
    _around: dict[_Key, _Range] = field(default_factory=dict)
    """By what they are a part of."""

    def add(self, desired: Desired) -> None:
        """Raises ``InputError``, with both places, where another network of the host has some of its addresses."""
        problems: list[Problem] = []
        for one in _ranges(desired):
            own, *others = one.keys
            other = self._around.get(own) or next((self._whole[key] for key in others if key in self._whole), None)
            if other is not None:
                problems += (_told(one, other), _told(other, one))
            self._whole[own] = one
            self._around |= dict.fromkeys((own, *others), one)
        if problems:
            raise InputError(problems)


def _ranges(desired: Desired) -> Iterator[_Range]:
    """A driver of Docker's may keep its networks apart, and what is joined to a bridge of the host's has the addresses there."""
    if desired.goal.kind != "Network":
        return
    from ipaddress import ip_network

    inputs: Any = desired.model
    if inputs.mode == "bridge" or getattr(inputs.docker, "driver", None) is not None:
        return
    for name in _FIELDS:
        cidr = getattr(inputs, name)
        if cidr is not None and not isinstance(cidr, Unknown):
            yield _Range(desired.goal, name, ip_network(cidr, strict=False))


def _told(one: _Range, other: _Range) -> Problem:
    return Problem(
        f"{one.network} of {address(one.goal.urn)} overlaps with {other.network} of {address(other.goal.urn)}",
        one.goal.locate((one.field,)),
        "two networks of one host have addresses of their own: choose another one for either",
    )

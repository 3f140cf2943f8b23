"""Networks of one stack that have the same addresses on one host: their members would be reached by chance. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from typing import Any, Final, TypeAlias

from virtwright.engine.desired import Desired
from virtwright.engine.selection import address
from virtwright.errors import InputError, Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown
from virtwright.stacks.base import Goal

_FIELDS: Final = ("cidr", "cidr6")


@dataclass(frozen=True, slots=True)
class _Range:
    goal: Goal
    field: str
    network: Any

    @property
    def prefixes(self) -> list[int]:
        """Its own, and those of all networks that it is a part of: their bits after a one, which tells their length."""
        length = self.network.prefixlen
        own = 1 << length | int(self.network.network_address) >> (self.network.max_prefixlen - length)
        return [own >> shorter for shorter in range(length + 1)]


_ByPrefix: TypeAlias = defaultdict[tuple[Urn | None, str], dict[int, _Range]]
"""Of each host and field."""


@dataclass(slots=True)
class Ranges:
    """Those of the networks that a program has registered. Of two that overlap one is a part of the other."""

    _whole: _ByPrefix = field(default_factory=lambda: defaultdict(dict))
    _around: _ByPrefix = field(default_factory=lambda: defaultdict(dict))
    """By what they are a part of."""

    def add(self, desired: Desired) -> None:
        """Raises ``InputError``, with both places, where another network of the host has some of its addresses."""
        problems: list[Problem] = []
        for one in _ranges(desired):
            place, prefixes = (one.goal.host, one.field), one.prefixes
            whole, around = self._whole[place], self._around[place]
            other = around.get(prefixes[0]) or next((whole[each] for each in prefixes if each in whole), None)
            if other is not None:
                problems += (_told(one, other), _told(other, one))
            whole[prefixes[0]] = one
            around.update(dict.fromkeys(prefixes, one))
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

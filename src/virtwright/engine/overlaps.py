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


@dataclass(frozen=True, slots=True)
class _Range:
    goal: Goal
    field: str
    network: Any


@dataclass(slots=True)
class Ranges:
    """Those of the networks that a program has registered, by host."""

    _known: dict[Urn | None, list[_Range]] = field(default_factory=dict)

    def add(self, desired: Desired) -> None:
        """Raises ``InputError``, with both places, where another network of the host has some of its addresses."""
        own = list(_ranges(desired))
        known = self._known.setdefault(desired.goal.host, [])
        found = [(one, other) for one in own for other in known if _overlap(one, other)]
        known += own
        if found:
            raise InputError([problem for one, other in found for problem in (_told(one, other), _told(other, one))])


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


def _overlap(one: _Range, other: _Range) -> bool:
    return bool(one.goal.urn != other.goal.urn and one.field == other.field and one.network.overlaps(other.network))


def _told(one: _Range, other: _Range) -> Problem:
    return Problem(
        f"{one.network} of {address(one.goal.urn)} overlaps with {other.network} of {address(other.goal.urn)}",
        one.goal.locate((one.field,)),
        "two networks of one host have addresses of their own: choose another one for either",
    )

"""What is said of a move, in which an object gets from one host to another and stays what it is (``Moves`` of ``hooks.py``)."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler
from virtwright.providers.diff import Impact
from virtwright.schemas.values import Path, Properties


@dataclass(frozen=True, slots=True)
class Journey:
    """An object on its way to another host."""

    id: str
    """On the host where it is."""
    there: Handler[Any, Any]
    """The handler of the same kind on the host that it goes to."""
    coming: Mapping[str, str] = field(default_factory=dict)
    """What goes along with it: names of volumes there, and what each is called here."""
    going: frozenset[str] = frozenset()
    """Ids of objects there that an earlier move has left, and that are removed before this one. Told in a plan."""


@dataclass(frozen=True, slots=True)
class Passage:
    """How an object would get to the other host."""

    impact: Impact
    """What the move costs, at most ``REBOOT``."""
    how: str
    """For the plan, in a few words."""
    along: bool = False
    """A machine uses it: only a place is made for it there, and its content comes in that machine's own step."""
    covers: tuple[Path, ...] = ()
    """Fields whose changes are part of the move, and cost nothing more; a part ``*`` is any."""
    outputs: Properties = field(default_factory=dict)
    """Outputs that are others there, as far as that is known."""

"""Moves: what a handler offers besides, where its objects can get from one host to another and stay what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from virtwright.providers.base import Handler, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, Properties

InputsT_contra = TypeVar("InputsT_contra", bound=Model, contravariant=True)
OutputsT_co = TypeVar("OutputsT_co", bound=Model, covariant=True)


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


@runtime_checkable
class Moves(Protocol[InputsT_contra, OutputsT_co]):
    """Asked of the handler of the host where the object is. Methods run on worker threads and may touch both hosts.

    At every moment the object is on exactly one of the two: on the other host from the moment when ``arrived`` says so. What
    a move has made there until then is no object that ``observe`` may tell as whole.
    """

    def passage(self, journey: Journey, prior: InputsT_contra, goal: InputsT_contra) -> Passage | None:
        """Reads only. None where there is no way between the two, so that the object has to be made anew. Raises
        ``HostError`` or ``UnsupportedError`` for what keeps it from moving and can be put right. Fields of ``goal`` may
        hold ``UNKNOWN``."""
        ...

    def move(
        self, journey: Journey, stamp: Stamp, prior: InputsT_contra, goal: InputsT_contra, context: Context
    ) -> OutputsT_co:
        """Bring the object there, stamped anew, as the goal has it; then remove what is left here. What is here is given up
        only when what is there was held against it. Where it raises, the object is on one of the two, and ``end_move`` does
        the rest."""
        ...

    def arrived(self, journey: Journey, operation: str) -> bool:
        """Whether the object is on the other host now, after the move with this id was cut off. Reads only."""
        ...

    def end_move(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        """Remove what such a move has left on the host where the object is not, and let it go on where it is. Safe to
        repeat."""
        ...

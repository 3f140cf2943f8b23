"""The hooks: what providers, handlers and operations may offer beside what they owe.

This is the whole list. The first paragraph of a hook's docstring says where to offer it; ``docs/adding-a-provider.md`` shows
the list as a table. ``contract.py`` holds every provider to it, so that a hook which the engine would not find is an error.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Protocol, TypeAlias, TypeVar

from virtwright.errors import Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import (
    CopyState,
    Found,
    Handler,
    InputsT,
    Observed,
    Operations,
    OutputsT,
    Part,
    Picture,
    Provider,
    Remain,
    Snapshot,
    Stamp,
)
from virtwright.providers.context import Context, Known
from virtwright.providers.diff import Diff
from virtwright.providers.moves import Journey, Passage
from virtwright.providers.reaching import Duplex, Login
from virtwright.schemas.values import Properties

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from virtwright.providers.exports.contract import Destination, Origin
    from virtwright.providers.exports.reading import ExportReader
    from virtwright.providers.exports.writing import ExportWriter

T = TypeVar("T")
Inputs: TypeAlias = Annotated[Any, InputsT]
"""Inputs of the handler's kind, as what a provider gives back is checked; any for a type checker."""
Outputs: TypeAlias = Annotated[Any, OutputsT]


# of a provider


class WarnsOfWay(Protocol):
    """The way to a host can be unwise, as one without TLS."""

    def way_warnings(self) -> Iterable[Problem]:
        """Shown in plans. Asks the host nothing; ``where.path`` of a problem names the host's field."""
        ...


class HoldsStacks(Protocol):
    """``host gc`` is to find what stacks left behind that nobody knows any more."""

    def stacks(self) -> Collection[str]:
        """The full names, ``PROJECT/STACK``, of all stacks whose stamp something on the host bears."""
        ...


class KnowsItself(Protocol):
    """The host has something that tells it from others, such as the id of its machine."""

    def evidence(self) -> Mapping[str, str]:
        """By what has it: ``machine``, ``engine``. Where a value differs it is another host; equal ones prove nothing, as machines
        are copied. What the host does not tell is left out. Raises ``HostError`` where it can't be asked."""
        ...


class Meets(Protocol):
    """One resource may spread over several hosts, as a Service does, or answers of the host are kept for the length of a run."""

    def meet(self, peers: Callable[[], Mapping[str, Provider]]) -> None:
        """A run begins: called right after ``open``, and again where a later run goes on with the same connection, before
        anything is observed. What was heard in the run before may be out of date. ``peers`` gives, at any later time, the
        stack's hosts as they are known by then, this one too, by name."""
        ...


# of a handler


class Prepares(Protocol):
    """Making the object can fail in a way that can be tried before a replacement deletes the old one."""

    def prepare(self, inputs: Any, context: Context) -> None:
        """Leaves nothing that would have to be removed: it fills what the host keeps anyway, such as its store of images, and
        sees what can be seen. Fields hold ``UNKNOWN`` where the old object goes for the sake of something that it uses, which
        is made anew first. Raises ``HostError``; the old object is kept then."""
        ...


class Tidies(Protocol):
    """A create or delete that was killed can leave something that no listing shows."""

    def tidy(self, stack: str, identity: str) -> None:
        """Remove such remains of the handler's kind that this stack has left. Asked at the beginning of a run that changes hosts,
        when an operation was left open and its object is not listed. Touches nothing that is in use or somebody else's: not
        what another state's stack of the name has left, which may be at work with it."""
        ...


class TellsRemains(Protocol):
    """``host gc`` is to show what only ``tidy`` would find, and no state leads to."""

    def remains(self, stack: str) -> Iterable[Remain]:
        """Those of this stack."""
        ...

    def remove_remain(self, id: str, context: Context) -> None:
        """Removing what is gone succeeds."""
        ...


class Spreads(Protocol):
    """The resource is made of parts that may be on several hosts, as the copies of a service are."""

    def parts(self, stack: str) -> Iterable[Part]:
        """Those on this host alone, whichever host the resource belongs to."""
        ...

    def remove_part(self, id: str, context: Context) -> None:
        """Removing what is gone succeeds."""
        ...


class Stops(Protocol):
    """What runs can be stopped for good, without a stack that says so: on a host that was lost and has come back."""

    def stop(self, id: str, context: Context) -> None:
        """As it asks for; also where the host starts again it stays so. All that it has stays. ``id`` is that of a part, where the
        resource spreads. Stopping what is stopped or gone succeeds."""
        ...


class Warns(Protocol):
    """Inputs can be unwise without being wrong."""

    def warnings(self, inputs: Properties) -> Iterable[Problem]:
        """Shown when the object is made or changed. The inputs are checked, and their secrets wrapped as ``Secret``;
        ``where.path`` of a problem names the field."""
        ...


class WarnsStanding(Protocol):
    """Inputs that were fine once have become unwise: what runs goes on, and its next start would show it."""

    def standing_warnings(self, inputs: Properties) -> Iterable[Problem]:
        """As ``warnings``, but shown in each plan, also where the object stays as it is."""
        ...


class ChecksHost(Protocol):
    """Hosts of the provider can do different things: other architectures, firmware, devices."""

    def check_host(self, inputs: Any) -> None:
        """Ask the host whether it can do this. Called in a plan for what is to be made or changed, not for what stays as it is.
        The inputs are checked; fields may hold ``UNKNOWN``. Only reads. Raises ``UnsupportedError`` with all that this host can't
        do, each with the path of its field, and ``HostError`` where it can't be asked."""
        ...


class Lingers(Protocol):
    """The host may finish a request after the client that made it died: an object may still appear, or vanish, a moment later."""

    linger: float
    """Seconds until that is over. A run that finds an operation left open waits so long before it looks."""


class StampsOnce(Protocol):
    """A stamp is written with its object and can't be changed later, neither by an update nor when the resource gets another name.

    The stamp's hash is then made of ``lasting`` alone, so that it stays true as long as the object lives. Its URN and its
    operation are those of the creation: an interrupted update is seen by its fields, and a resource that was renamed is
    found by its id or by the name it had before (``moved:``).
    """

    def lasting(self, inputs: Any) -> Mapping[str, Any]:
        """Of checked inputs: what only a new object could change, as properties. Pure."""
        ...


class NotesOwners(Protocol):
    """Stamps are written once, and which state has an object now can be noted beside it."""

    def note_owner(self, id: str, identity: str, context: Context) -> None:
        """The object was taken over from another state: ``observe`` tells its stamp with this identity from now on. What was noted
        before is forgotten, and goes with the object."""
        ...


class Imports(Protocol):
    """Objects that somebody else made can be looked up: to import them, or to use them by name."""

    def find(self, names: Collection[str] | None) -> Iterable[Found[Inputs, Outputs]]:
        """The objects with these ids or names on the host; those that are not there are left out. With None: all of the
        kind but those that belong to the host itself. Changes nothing."""
        ...


class Recalls(Protocol):
    """The objects are made by code that came with the program: it has no listing, so what the state holds is taken to be there.

    The code itself completes, checks and compares. Methods may block: the engine calls them on a thread, ``check`` and ``diff``
    of the handler not at all.
    """

    def recall(self, stack: str, known: Iterable[Known]) -> Iterable[Observed[Inputs, Outputs]]:
        """The objects that the state holds, and those that were made by an operation whose result never reached it."""
        ...

    def judge(self, known: Known | None, inputs: Any) -> Inputs:
        """As ``check``, with what was applied before."""
        ...

    def compare(self, known: Known, goal: Any) -> Diff:
        """As ``diff``, with what the code reported last."""
        ...

    def read(self, known: Known) -> Observed[Inputs, Outputs] | None:
        """The object as the code finds it now; None where it is gone. Asked by a refresh only."""
        ...


class Moves(Protocol):
    """The object can get from one host to another and stay what it is.

    Asked of the handler of the host where the object is. Methods run on worker threads and may touch both hosts. At every
    moment the object is on exactly one of the two: on the other host from the moment when ``arrived`` says so. What a move has
    made there until then is no object that ``observe`` may tell as whole.
    """

    def passage(self, journey: Journey, prior: Any, goal: Any) -> Passage | None:
        """Reads only. None where there is no way between the two, so that the object has to be made anew. Raises
        ``HostError`` or ``UnsupportedError`` for what keeps it from moving and can be put right. Fields of ``goal`` may
        hold ``UNKNOWN``."""
        ...

    def move(self, journey: Journey, stamp: Stamp, prior: Any, goal: Any, context: Context) -> Outputs:
        """Bring the object there, stamped anew, as the goal has it; then remove what is left here. What is here is given up
        only when what is there was held against it. Where it raises, the object is on one of the two, and ``end_move`` does
        the rest. Returns its outputs."""
        ...

    def arrived(self, journey: Journey, operation: str) -> bool:
        """Whether the object is on the other host now, after the move with this id was cut off. Reads only."""
        ...

    def end_move(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        """Remove what such a move has left on the host where the object is not, and let it go on where it is. Safe to
        repeat."""
        ...


# of operations


class HasCopies(Protocol):
    """One resource runs several times."""

    logs_together: ClassVar[bool]
    """Whether the resource's own log has the lines of all copies, also of those to come."""

    def copies(self, id: str) -> Sequence[CopyState]:
        """By number; while a new version takes the place of an old one there may be two of a number, the newer one first."""
        ...


class KeepsSnapshots(Protocol):
    """It can be set back to what it was at an earlier moment."""

    def snapshots(self, id: str) -> Sequence[Snapshot]:
        """The oldest first."""
        ...

    def snapshot(self, id: str, name: str, context: Context, *, external: bool = False, memory: bool = True) -> None:
        """Take one; ``external`` says of which kind, and ``memory`` that it keeps that too where something runs. Raises ``HostError``
        where that name is taken."""
        ...

    def revert(self, id: str, name: str, context: Context) -> None:
        """Become what it was. Raises ``HostError`` where there is no such snapshot."""
        ...

    def delete_snapshot(self, id: str, name: str, context: Context) -> None:
        """What it is now, and its other snapshots, stay."""
        ...


class HasScreen(Protocol):
    """It has a graphical console."""

    def screenshot(self, id: str) -> Picture:
        """Raises ``HostError`` where it has no screen or does not run."""
        ...


class HasConsole(Protocol):
    """It has a serial console."""

    def console(self, id: str, use: Callable[[Duplex], None], *, force: bool) -> None:
        """Open it, and call ``use`` with it on a thread of its own; returns when that has. ``force`` takes it away from
        somebody else. Raises ``HostError``."""
        ...


class HasLogin(Protocol):
    """It has an address, at which SSH may reach it."""

    def login(self, id: str) -> Login:
        """Raises ``HostError`` where it has no address, or does not run."""
        ...

    def runs_commands(self, id: str) -> bool:
        """Whether ``execute`` reaches inside without SSH."""
        ...


class Exports(Protocol):
    """It can be saved as a whole in one file, and made again from it."""

    def export(self, id: str, writer: "ExportWriter", origin: "Origin", context: Context, *, live: bool) -> None:
        """Save it, and finish the file. One that runs is saved with ``live`` only: as its disks are at one moment. Raises
        ``HostError``."""
        ...

    def rebuild(self, reader: "ExportReader", destination: "Destination", context: Context) -> str:
        """Make it, and return its id. Nothing is left where it fails; where it was killed, the same file again goes on. Raises
        ``HostError`` where a name, UUID, MAC address or the space is taken, before anything is made."""
        ...

    def rebuilt(self, id: str) -> None:
        """The stack has it now."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where hooks stand."""

    name: str
    """``a`` and what it is called: ``a handler``."""
    owed: type
    """The protocol that everything there fulfils."""
    hooks: tuple[type, ...]
    """What it may offer besides, each as a whole or not at all."""


PROVIDER: Final = Place("a provider", Provider, (WarnsOfWay, HoldsStacks, KnowsItself, Meets))
HANDLER: Final = Place(
    "a handler",
    Handler,
    (
        Prepares,
        Tidies,
        TellsRemains,
        Spreads,
        Stops,
        Warns,
        WarnsStanding,
        ChecksHost,
        Lingers,
        StampsOnce,
        NotesOwners,
        Imports,
        Moves,
        Recalls,
    ),
)
OPERATIONS: Final = Place(
    "operations", Operations, (HasCopies, KeepsSnapshots, HasScreen, HasConsole, HasLogin, Exports)
)
PLACES: Final = (PROVIDER, HANDLER, OPERATIONS)


@cache
def members(protocol: type) -> Mapping[str, Any]:
    """What a protocol names: each method as it is there, of an attribute its type."""
    own = {**protocol.__annotations__, **vars(protocol)}
    return {name: value for name, value in own.items() if not name.startswith("_")}


def offers(holder: object, hook: Callable[..., T]) -> "TypeIs[T]":
    """Whether a provider, a handler or operations offer a hook, one of the protocols above. One name tells: a hook is there as
    a whole or not at all, which ``contract.py`` holds."""
    return hasattr(holder, _mark(hook))


@cache
def _mark(hook: type) -> str:
    return next(iter(members(hook)))

"""The provider contract: what the engine asks of a provider, and what a provider may ask of the engine."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

from virtwright.errors import Problem
from virtwright.providers.context import Context, Known
from virtwright.providers.diff import Change, Diff
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.values import Properties

InputsT = TypeVar("InputsT", bound=Model)
OutputsT = TypeVar("OutputsT", bound=Model)
InputsT_co = TypeVar("InputsT_co", bound=Model, covariant=True)
OutputsT_co = TypeVar("OutputsT_co", bound=Model, covariant=True)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The ownership mark on a host's own object. It holds no input in clear."""

    stack: str
    """The full name of the stack: ``PROJECT/STACK``."""
    urn: str
    operation: str
    """Id of the operation that made or last changed the object."""
    inputs_hash: str
    """Keyed hash (HMAC) of the inputs, in hex."""

    def to_labels(self) -> dict[str, str]:
        return {
            "virtwright.stack": self.stack,
            "virtwright.urn": self.urn,
            "virtwright.operation": self.operation,
            "virtwright.inputs": self.inputs_hash,
        }

    @classmethod
    def from_labels(cls, labels: Mapping[str, str]) -> "Stamp | None":
        """None where ``labels`` hold no whole stamp."""
        try:
            return cls(
                labels["virtwright.stack"],
                labels["virtwright.urn"],
                labels["virtwright.operation"],
                labels["virtwright.inputs"],
            )
        except KeyError:
            return None


@dataclass(frozen=True, slots=True)
class Observed(Generic[InputsT, OutputsT]):
    """One stamped object as its host reports it now."""

    stamp: Stamp
    id: str
    inputs: InputsT
    """In the terms of the inputs. Only the fields in ``model_fields_set`` were observed; a field that the host can't
    tell (a secret written to a place that can't be read) is left out of the set and taken from the state."""
    outputs: OutputsT
    drift: tuple[Change, ...] = ()
    """What is wrong with the object and is no input: a process that exited, a bridge that is down. Healed by ``update``
    unless a change's impact says more."""
    complete: bool = True
    """False where a create was interrupted before the object was whole: the engine deletes it and creates it again."""
    outdated: tuple[Change, ...] = ()
    """What an older version made otherwise than this one does, and nobody has changed since. Healed as drift is, and told
    as what it is."""

    @property
    def amends(self) -> tuple[Change, ...]:
        """All that an update would heal."""
        return (*self.drift, *self.outdated)


class Handler(Protocol[InputsT, OutputsT]):
    """Everything a provider does for one kind. Methods run on worker threads and may block; all but ``check`` and
    ``diff`` may touch the host. Errors are ``VirtwrightError``; anything else is reported as a bug."""

    def check(self, inputs: InputsT) -> InputsT:
        """Host-specific validation and defaults, without touching the host. Fields may hold ``UNKNOWN`` during a plan.
        Raises ``UnsupportedError`` for what this provider can't do and ``InputError`` for what is wrong."""
        ...

    def diff(self, prior: InputsT, goal: InputsT) -> Diff:
        """Pure: each changed field with its impact. Fields of ``goal`` may hold ``UNKNOWN``."""
        ...

    def create(self, stamp: Stamp, inputs: InputsT, context: Context) -> OutputsT:
        """Make the object, stamped from its first moment, and wait until it is ready. Leaves nothing behind when it
        fails, or raises ``CreateFailedError`` with the id. Killed half-way, the object is later observed as not
        ``complete``. The result's ``id`` finds the object again."""
        ...

    def update(self, id: str, stamp: Stamp, prior: InputsT, goal: InputsT, context: Context) -> OutputsT:
        """Change the object in place and heal what has drifted. Safe to repeat after an interruption."""
        ...

    def delete(self, id: str, context: Context) -> None:
        """Delete the object and confirm that it is gone. Deleting what is gone succeeds."""
        ...

    def observe(self, stack: str) -> Iterable[Observed[InputsT, OutputsT]]:
        """One listing of every object that bears the stamp of ``stack`` and is no copy made by somebody else."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """What a handler offers besides, where something that may fail can be done before the object goes that a new one is to
    take the place of."""

    def prepare(self, inputs: Any, context: Context) -> None:
        """Leaves nothing that would have to be removed: it fills what the host keeps anyway, such as its store of images, and
        sees what can be seen. Fields hold ``UNKNOWN`` where the old object goes for the sake of something that it uses, which
        is made anew first. Raises ``HostError``; the old object is kept then."""
        ...


@runtime_checkable
class Tidies(Protocol):
    """What a handler offers besides, where a delete or create that was killed can leave something that no listing shows."""

    def tidy(self) -> None:
        """Remove such remains of the handler's kind. Asked at the beginning of a run that changes hosts, when an
        operation was left open and its object is not listed. Touches nothing that is in use or somebody else's."""
        ...


@dataclass(frozen=True, slots=True)
class Remain:
    """Something that a handler made for an object that is not there: no resource, but it bears the stack's mark."""

    id: str
    name: str
    """For people: ``secret shop_web-0f3a``."""


@runtime_checkable
class TellsRemains(Protocol):
    """What a handler offers besides, where ``host gc`` is to show what only ``tidy`` would find, and no state leads to."""

    def remains(self, stack: str) -> Iterable[Remain]:
        """Those of this stack."""
        ...

    def remove_remain(self, id: str, context: Context) -> None:
        """Removing what is gone succeeds."""
        ...


@runtime_checkable
class Warns(Protocol):
    """What a handler offers besides, where inputs can be unwise without being wrong."""

    def warnings(self, inputs: Properties) -> Iterable[Problem]:
        """Shown when the object is made or changed. The inputs are checked, and their secrets wrapped as ``Secret``;
        ``where.path`` of a problem names the field."""
        ...


@runtime_checkable
class WarnsStanding(Protocol):
    """What a handler offers besides, where inputs that were fine once have become unwise: what runs goes on, and its next
    start would show it."""

    def standing_warnings(self, inputs: Properties) -> Iterable[Problem]:
        """As ``Warns.warnings``, but shown in each plan, also where the object stays as it is."""
        ...


@runtime_checkable
class ChecksHost(Protocol):
    """What a handler offers besides, where hosts of one provider can do different things: other architectures, firmware, devices."""

    def check_host(self, inputs: Any) -> None:
        """Ask the host whether it can do this. Called in a plan for what is to be made or changed, not for what stays as it is.
        The inputs are checked; fields may hold ``UNKNOWN``. Only reads. Raises ``UnsupportedError`` with all that this host can't
        do, each with the path of its field, and ``HostError`` where it can't be asked."""
        ...


@runtime_checkable
class Lingers(Protocol):
    """What a handler offers besides, where its host goes on with what it was asked for when who asked is killed: an object
    may still appear, or vanish, a moment later."""

    linger: float
    """Seconds until that is over. A run that finds an operation left open waits so long before it looks."""


@runtime_checkable
class StampsOnce(Protocol):
    """What a handler offers besides, where a stamp is written with its object and can't be changed later: not when the
    object is updated, and not when the resource gets another name.

    The stamp's hash is then made of ``lasting`` alone, so that it stays true as long as the object lives. Its URN and its
    operation are those of the creation: an interrupted update is seen by its fields, and a resource that was renamed is
    found by its id or by the name it had before (``moved:``).
    """

    def lasting(self, inputs: Any) -> Mapping[str, Any]:
        """Of checked inputs: what only a new object could change, as properties. Pure."""
        ...


@dataclass(frozen=True, slots=True)
class Found(Generic[InputsT_co, OutputsT_co]):
    """An object that somebody else made, as its host reports it: what ``virtwright import`` can take over."""

    id: str
    name: str
    """Its name on the host."""
    inputs: InputsT_co
    """In the terms of the inputs, so that a goal with the same ones needs no change. Other objects (networks, volumes,
    images) are named by their name on the host, which is an output of theirs."""
    outputs: OutputsT_co
    stamp: Stamp | None = None
    """Where it belongs to a stack already."""
    drift: tuple[Change, ...] = ()
    unsaid: tuple[str, ...] = ()
    """Settings of the object that the inputs have no word for, each in the host's own terms, as ``BlkioWeight: 300``. They
    stay as long as the object does, and a new one would not have them."""


@runtime_checkable
class Imports(Protocol[InputsT_co, OutputsT_co]):
    """What a handler offers besides, where it can take over what somebody else made."""

    def find(self, names: Collection[str] | None) -> Iterable[Found[InputsT_co, OutputsT_co]]:
        """The objects with these ids or names on the host; those that are not there are left out. With None: all of the
        kind but those that belong to the host itself. Changes nothing."""
        ...


@runtime_checkable
class Recalls(Protocol[InputsT, OutputsT]):
    """What a handler offers besides, where the objects are made by code that came with the program: that code has no
    listing, so what the state holds is taken to be there, and the code itself completes, checks and compares.

    Methods may block: the engine calls them on a thread, ``check`` and ``diff`` of the handler not at all.
    """

    def recall(self, stack: str, known: Iterable[Known]) -> Iterable[Observed[InputsT, OutputsT]]:
        """The objects that the state holds, and those that were made by an operation whose result never reached it."""
        ...

    def judge(self, known: Known | None, inputs: InputsT) -> InputsT:
        """As ``check``, with what was applied before."""
        ...

    def compare(self, known: Known, goal: InputsT) -> Diff:
        """As ``diff``, with what the code reported last."""
        ...

    def read(self, known: Known) -> Observed[InputsT, OutputsT] | None:
        """The object as the code finds it now; None where it is gone. Asked by a refresh only."""
        ...


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container or machine wrote."""

    time: str
    """RFC 3339, UTC."""
    stream: str
    """``stdout``, ``stderr`` or ``console``."""
    text: str


class Operations(Protocol):
    """What an operator does with something that runs. Offered for the kinds that can."""

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        """Lines already written (the last ``tail`` of them), then, with ``follow``, new ones until it is deleted."""
        ...

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        """Run a command inside with this process's standard streams; returns its exit status."""
        ...


@dataclass(frozen=True, slots=True)
class CopyState:
    """One of the copies that a service runs."""

    number: int
    id: str
    """What ``logs`` and ``execute`` take, to mean this copy alone."""
    host: str
    """The name of the host that it runs on, in the stack."""
    state: str
    """As the host calls it: ``running``, ``exited: status 3``."""
    address: str = ""
    health: str = ""
    created: str = ""
    """RFC 3339, UTC."""


@runtime_checkable
class HasCopies(Protocol):
    """What operations offer besides, where one resource runs several times."""

    logs_together: ClassVar[bool]
    """Whether the resource's own log has the lines of all copies, also of those to come."""

    def copies(self, id: str) -> Sequence[CopyState]:
        """By number; while a new version takes the place of an old one there may be two of a number, the newer one first."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What something was at a moment, so that it can be that again."""

    name: str
    made: str
    """RFC 3339, UTC."""
    memory: bool
    """It was running, and its memory is part of it."""
    parent: str | None = None
    """The name of the one before it."""
    current: bool = False
    """The last one that was made or gone back to."""
    kind: Literal["internal", "external"] = "internal"
    """Inside of the disks, or a layer over each, in a file of its own."""


@runtime_checkable
class KeepsSnapshots(Protocol):
    """What operations offer besides, for what can be set back to an earlier moment."""

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


@dataclass(frozen=True, slots=True)
class Picture:
    """What a screen shows."""

    type: str
    """Its media type: ``image/png``."""
    data: bytes


@runtime_checkable
class HasScreen(Protocol):
    """What operations offer besides, for what has a graphical console."""

    def screenshot(self, id: str) -> Picture:
        """Raises ``HostError`` where it has no screen or does not run."""
        ...


@dataclass(frozen=True, slots=True)
class HostFact:
    """One thing found while checking a host."""

    name: str
    value: str
    ok: bool = True
    hint: str | None = None


class Provider(Protocol):
    """A connection to one host. Making one touches nothing; the first operation connects."""

    schemes: ClassVar[tuple[str, ...]]
    """URI schemes it serves, such as ``("namespace",)``."""

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        """``name`` is the host's name in the stack. Raises ``InputError`` for a URI it can't understand."""
        ...

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        """By kind name; a kind that is missing is not supported."""
        ...

    def operations(self, kind: str) -> Operations | None:
        """For kinds that run; None for the others."""
        ...

    def facts(self) -> Sequence[HostFact]:
        """Ask the host about itself, for ``host check``. Raises ``HostError`` where it can't be reached."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class WarnsOfWay(Protocol):
    """What a provider offers besides, where a host may be reached in a way that is unwise."""

    def way_warnings(self) -> Iterable[Problem]:
        """Shown in plans. Asks the host nothing; ``where.path`` of a problem names the host's field."""
        ...


@runtime_checkable
class HoldsStacks(Protocol):
    """What a provider offers besides, so that `host gc` can find what stacks left behind that nobody knows any more."""

    def stacks(self) -> Collection[str]:
        """The full names, ``PROJECT/STACK``, of all stacks whose stamp something on the host bears."""
        ...


@runtime_checkable
class Meets(Protocol):
    """What a provider offers besides, where one resource may spread over several hosts, as a Service does."""

    def meet(self, peers: Callable[[], Mapping[str, Provider]]) -> None:
        """A run begins: called right after ``open``, and again where a later run goes on with the same connection, before
        anything is observed. What was heard in the run before may be out of date. ``peers`` gives, at any later time, the
        stack's hosts as they are known by then, this one too, by name."""
        ...

"""The provider contract: what the engine asks of a provider, and what a provider may ask of the engine."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, Literal, Protocol, Self, TypeVar

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.urn import Urn

InputsT = TypeVar("InputsT", bound=Model)
OutputsT = TypeVar("OutputsT", bound=Model)
InputsT_co = TypeVar("InputsT_co", bound=Model, covariant=True)
OutputsT_co = TypeVar("OutputsT_co", bound=Model, covariant=True)


def named_identity(stack: str) -> str:
    """The identity of a stack, ``PROJECT/STACK``, of which there is no state of ours."""
    return hashlib.sha256(f"virtwright stack\n{stack}".encode()).hexdigest()[:16]


UNREADABLE: Final = "unknown"
"""The operation in a stamp of which a killed process has left too little to be read."""


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
    identity: str = ""
    """Tells the stack from others of its name: 16 hex digits. Empty on objects from before stacks had identities."""

    @property
    def is_signed(self) -> bool:
        """Whether the identity is that of one state's stack, and none that anybody can tell from its name."""
        return self.identity not in ("", named_identity(self.stack))

    @property
    def is_readable(self) -> bool:
        """Whether it can be one that virtwright has written."""
        try:
            urn = Urn.parse(self.urn)
            f"{self.urn}{self.stack}{self.operation}{self.inputs_hash}{self.identity}".encode()
        except ValueError:
            return False
        return all((urn.stack, urn.project, urn.type, urn.name, self.stack))

    def to_labels(self) -> dict[str, str]:
        labels = {
            "virtwright.stack": self.stack,
            "virtwright.urn": self.urn,
            "virtwright.operation": self.operation,
            "virtwright.inputs": self.inputs_hash,
        }
        return {**labels, "virtwright.identity": self.identity} if self.identity else labels

    @classmethod
    def from_labels(cls, labels: Mapping[str, str]) -> "Stamp | None":
        """None where ``labels`` hold no whole stamp, or one that can't be read: anybody can write labels."""
        try:
            stamp = cls(
                labels["virtwright.stack"],
                labels["virtwright.urn"],
                labels["virtwright.operation"],
                labels["virtwright.inputs"],
                labels.get("virtwright.identity", ""),
            )
        except KeyError:
            return None
        return stamp if stamp.is_readable else None


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
    displaced: bool = False
    """Its stamp was written for an object of another name, so that it was renamed or is a copy: its id tells which. Where it
    was renamed, ``drift`` says so, and ``update`` gives it back its name."""
    made: str = ""
    """When the host says that it was made, to the second, as the host writes it; empty where it doesn't tell."""

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
        """One listing of every object that bears the stamp of ``stack`` and is no copy made by somebody else. What may be a copy
        or renamed is listed as ``displaced``. That other states have stacks of this name is no business of the handler's: it
        lists their objects too, each with its stamp."""
        ...


@dataclass(frozen=True, slots=True)
class Remain:
    """Something that a handler made for an object that is not there: no resource, but it bears the stack's mark."""

    id: str
    name: str
    """For people: ``secret shop_web-0f3a``."""
    identity: str = ""
    """That of the stack that left it; empty where an older version made it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a resource is made of, such as a copy of a service."""

    id: str
    name: str
    """Its name on the host."""
    stamp: Stamp
    displaced: bool = False
    """It bears the stamp of another one, and is none of the resource's."""


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


@dataclass(frozen=True, slots=True)
class Picture:
    """What a screen shows."""

    type: str
    """Its media type: ``image/png``."""
    data: bytes


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
        """By kind name; a kind that is missing is not supported. Making them touches nothing."""
        ...

    def operations(self, kind: str) -> Operations | None:
        """For kinds that run; None for the others. Making them touches nothing."""
        ...

    def facts(self) -> Sequence[HostFact]:
        """Ask the host about itself, for ``host check``. Raises ``HostError`` where it can't be reached."""
        ...

    def close(self) -> None: ...

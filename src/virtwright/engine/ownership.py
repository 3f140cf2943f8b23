"""Whose an object is that bears the stack's name: this state's, or somebody else's (docs/decisions/0471).

An identity in the stamp decides. Where there is none (from before identities), or it is the one that anyone can tell from the name (the
provider plugin's), the operation in the stamp does, and the record that has the id.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final, Self

from virtwright.engine.copies import Known, copies_among
from virtwright.engine.ids import is_of_a_state
from virtwright.engine.state.records import FinishedOperation, ResourceRecord
from virtwright.engine.state.traits import NO_TRAITS
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import UNREADABLE, Observed, Stamp
from virtwright.providers.taken import Holder
from virtwright.schemas.urn import Urn

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState

_MAKING: Final = ("create", "replace")


def with_proof(record: ResourceRecord, stamp: Stamp, own: str) -> ResourceRecord:
    """The record of an object that bears this stamp, with what proves that it is the object: the operation, which the history forgets
    in time, and the identity of another state that it was taken over from. ``own`` is this state's."""
    known = record.traits
    operation = stamp.operation if is_of_a_state(stamp.operation) else None
    identity = stamp.identity if stamp.is_signed and stamp.identity != own else None
    if (known.operation, known.identity) == (operation, identity):
        return record
    traits = known.model_copy(update={"operation": operation, "identity": identity})
    return replace(record, traits=traits if traits != NO_TRAITS else NO_TRAITS)


@dataclass(frozen=True, slots=True)
class Operations:
    """What a state knows of its operations."""

    open: Mapping[str, Urn] = field(default_factory=dict)
    """Those that are under way, or were cut off, each with what it is about."""
    finished: Sequence[FinishedOperation] = ()
    spent: Mapping[str, str] = field(default_factory=dict)
    """Those whose objects the state has had and has no more, each with the object's id."""

    @property
    def all(self) -> dict[str, Urn]:
        return {**self.open, **{each.id: each.urn for each in self.finished}}

    def made(self, record: ResourceRecord) -> bool:
        """Whether the operation that made the record's object is known. It was under way when the record was created."""
        return any(
            each.urn == record.urn and each.op in _MAKING and each.started <= record.created <= each.finished
            for each in self.finished
        )


def _none() -> Operations:
    return Operations()


@dataclass(slots=True)
class Ownership:
    """What tells the objects of one state's stack from others of its name."""

    identity: str
    look_up: Callable[[], Operations] = _none
    """Asked once, and only where an object bears no identity."""
    claims_all: bool = False
    """All that bears the stack's name counts as its own: while a state is recovered."""
    claims_unsigned: bool = False
    """So does what bears no identity."""
    is_new: bool = False
    """Nothing of the state is stored yet, so that the next run has another identity."""
    _asked: tuple[Operations, Mapping[str, Urn]] | None = field(default=None, init=False)
    """The answer, and what each of the operations is about."""

    @classmethod
    def of(cls, state: "StackState", *, claims_unsigned: bool = False) -> Self:
        def look_up() -> Operations:
            return Operations(
                {each.id: each.urn for each in state.open_operations()}, tuple(state.history()), state.spent()
            )

        return cls(state.identity, look_up, claims_unsigned=claims_unsigned)

    def split(
        self,
        kind: str,
        objects: Iterable[Observed[Any, Any]],
        records: Iterable[ResourceRecord],
        operations: Mapping[str, Collection[str]] | None = None,
    ) -> "Split":
        """``records`` are what the state has of the kind where the objects are; ``operations`` those of all records."""
        by_id = {record.id: record for record in records if record.id is not None}
        own: list[Observed[Any, Any]] = []
        others: list[Observed[Any, Any]] = []
        for each in objects:
            (own if self.owns(each.stamp, by_id.get(each.id)) else others).append(each)
        known = Known(
            by_id.keys(),
            operations or {},
            lambda operation: self.operations.spent.get(operation),
            lambda operation: operation in self.operations.open,
        )
        copies = tuple(copies_among(kind, own, known))
        ids = {each.id for each in copies}
        return Split(tuple(each for each in own if each.id not in ids), tuple(others), copies)

    def owns(self, stamp: Stamp, record: ResourceRecord | None) -> bool:
        """Whether what bears this stamp is this state's. ``record`` is the one that has its id."""
        if self.claims_all or stamp.identity == self.identity:
            return True
        if stamp.is_signed:
            return record is not None and record.traits.identity == stamp.identity
        if self.claims_unsigned or stamp.operation == UNREADABLE:
            return True
        return self._made(stamp) or (record is not None and self._may_be(record, stamp.operation))

    @property
    def shown(self) -> str:
        """The identity, for people; empty where it is not kept."""
        return "" if self.is_new else self.identity

    @property
    def operations(self) -> Operations:
        """Those of its state."""
        return self._known()[0]

    def _made(self, stamp: Stamp) -> bool:
        """Whether the state knows the operation: it proves the resource that it was about, and no other."""
        urn = self._known()[1].get(stamp.operation)
        return urn is not None and str(urn) == stamp.urn

    def _may_be(self, record: ResourceRecord, operation: str) -> bool:
        """Whether the object with the record's id, and with an operation that the state does not know, is the record's."""
        if not is_of_a_state(operation):
            return True
        if record.traits.operation is not None:
            return record.traits.operation == operation
        return not self.operations.made(record)

    def _known(self) -> tuple[Operations, Mapping[str, Urn]]:
        if self._asked is None:
            operations = self.look_up()
            self._asked = operations, operations.all
        return self._asked


@dataclass(frozen=True, slots=True)
class Split:
    """Objects that bear a stack's name, by whose they are."""

    own: tuple[Observed[Any, Any], ...]
    others: tuple[Observed[Any, Any], ...]
    """Other states'."""
    copies: tuple[Observed[Any, Any], ...]
    """Nobody's: what bears the stamp of one of the stack's own objects."""


def refusal(seen: Observed[Any, Any] | Holder, name: str, identity: str) -> tuple[str, str]:
    """Why what was seen is left alone, and what to do. ``name`` is for people, ``identity`` that of the state, empty where that has
    none yet."""
    stamp, made = seen.stamp, f" (made {seen.made})" if seen.made else ""
    if stamp.is_signed:
        why = (
            f"{name} is there already{made}, and belongs to another state: its stack {stamp.stack} has the identity"
            f" {stamp.identity}, {f'that of this state has {identity}' if identity else 'and this state has none yet'}"
        )
        hint = (
            "give the stack another name or the resource another host, or use the state that made it."
            " Where that state is lost, rebuild it from the hosts, into an empty one:\n    virtwright state recover"
        )
        return why, hint
    why = (
        f"{name} is there already{made}, and nothing proves that this state made it: its stamp bears no state's identity, and an"
        " operation that this state does not know"
    )
    return why, "if it is this stack's, take it into the state:\n    virtwright state recover"

"""What the state holds: resources, operations under way, runs, and the changes that are committed together."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from virtwright.engine.state.traits import NO_TRAITS, Traits
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties, booleans_agree

if TYPE_CHECKING:
    from virtwright.stacks.source import Source


def utc_now() -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRecord:
    """A resource that exists, or is in the middle of being replaced. Values are plain, with ``Secret`` inside."""

    row: str
    """Unique id of the row."""
    urn: Urn
    kind: str
    host: Urn | None = None
    id: str | None = None
    """The host's name for it; None while it is not there."""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    dependencies: frozenset[Urn] = frozenset()
    references: frozenset[Urn] = frozenset()
    protect: bool = False
    retain_on_delete: bool = False
    created: str = ""
    """RFC 3339, UTC; so is ``modified``."""
    modified: str = ""
    doomed: bool = False
    """The old half of a create-before-delete replacement, still to be deleted."""
    pending_replacement: bool = False
    """Deleted, and to be created again in this replacement."""
    inputs_hash: str = ""
    traits: Traits = NO_TRAITS

    def says(self, other: "ResourceRecord") -> bool:
        """Whether both say the same, and nothing has to be written."""
        if self != other:
            return False
        return booleans_agree(self.inputs, other.inputs) and booleans_agree(self.outputs, other.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecord:
    """An intent: what a run was about to do when it was written."""

    id: str
    run: str
    urn: Urn
    op: str
    kind: str
    host: Urn | None = None
    object_id: str | None = None
    """The id of the host's object that it acts on, where there is one."""
    row: str | None = None
    """The row of the resource that it acts on."""
    inputs: Properties = field(default_factory=dict)
    dependencies: frozenset[Urn] = frozenset()
    references: frozenset[Urn] = frozenset()
    protect: bool = False
    retain_on_delete: bool = False
    inputs_hash: str = ""
    traits: Traits = NO_TRAITS
    started: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedOperation:
    """What history keeps of an operation."""

    id: str
    run: str
    urn: Urn
    op: str
    outcome: str
    started: str
    finished: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What stays of a record whose object it has no more: what else bears this operation is a copy (docs/decisions/0438)."""

    operation: str
    """That of the object's stamp."""
    id: str
    """The object's."""
    urn: Urn
    created: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One execution of a command."""

    id: str
    command: str
    started: str
    finished: str | None = None
    result: str | None = None
    summary: Mapping[str, int] = field(default_factory=dict)
    message: str | None = None
    who: str = ""
    """``user@machine pid``."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one commit writes, in this order: begin, end, put, remove, runs, spent, outputs, identity, source."""

    begin: tuple[OperationRecord, ...] = ()
    end: tuple[str, ...] = ()
    """Ids of operations that are over."""
    put: tuple[ResourceRecord, ...] = ()
    """Added, or replaced by row."""
    remove: tuple[str, ...] = ()
    """Rows."""
    runs: tuple[RunRecord, ...] = ()
    """Added, or replaced by id."""
    outputs: Properties | None = None
    """The stack's outputs; None leaves them as they are."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """By the id of an operation in ``end``: how it ended, where that is not ``done``."""
    identity: str | None = None
    """The stack's identity; None leaves it as it is."""
    source: "Source | None" = None
    """Where the stack's file is; None leaves it as it is."""
    spent: tuple[Spent, ...] = ()
    """Of the records that it removes, or gives another object (``Snapshot.completed``). Not a change by itself."""

    def __bool__(self) -> bool:
        written = self.begin or self.end or self.put or self.remove or self.runs or self.identity or self.source
        return bool(written) or self.outputs is not None

    def merged(self, other: "Changes") -> "Changes":
        """Both in one commit; ``other`` comes later and wins."""
        removed = frozenset(other.remove)
        put_again = frozenset(record.row for record in other.put)
        return Changes(
            begin=self.begin + other.begin,
            end=self.end + other.end,
            put=tuple(record for record in self.put if record.row not in removed) + other.put,
            remove=tuple(row for row in self.remove if row not in put_again) + other.remove,
            runs=self.runs + other.runs,
            spent=self.spent + other.spent,
            outputs=self.outputs if other.outputs is None else other.outputs,
            outcomes={**self.outcomes, **other.outcomes},
            identity=self.identity if other.identity is None else other.identity,
            source=self.source if other.source is None else other.source,
        )

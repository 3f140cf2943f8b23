"""Carrying out decisions. Two actors share one interface: this file's predictor, which a plan uses and which can't
reach a host's write methods, and the one in ``hands.py``, which changes hosts."""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from virtwright.engine.desired import Desired
from virtwright.engine.hosts import Connection
from virtwright.engine.ids import new_id
from virtwright.engine.journeys import CutOff
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, ResourceRecord, utc_now
from virtwright.engine.state.traits import NO_TRAITS, Traits
from virtwright.engine.step import Step
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Diff
from virtwright.providers.moves import Journey, Passage
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Properties, Secret, Unknown
from virtwright.stacks.base import Goal


@dataclass(frozen=True, slots=True)
class Task:
    """One decision with all that is needed to carry it out."""

    step: Step
    desired: Desired
    connection: Connection | None
    """None in a plan, where the host is made in the same run."""
    prior: ResourceRecord | None
    diff: Diff
    prior_inputs: Properties
    """The inputs in force on the host, secrets in clear."""
    another: bool = False
    """What is there is not the object that the record has."""
    passage: Passage | None = None
    """How it gets to another host, where that is what is done."""


class Actor(Protocol):
    """Each method records what it does and returns the resource's new record."""

    async def create(
        self, task: Task, *, dooms: ResourceRecord | None = None, home: Connection | None = None
    ) -> ResourceRecord:
        """Make the object. ``dooms`` is the old half of a replacement, to be deleted later, and ``home`` the place where that is."""
        ...

    async def update(self, task: Task) -> ResourceRecord: ...

    async def prepare(self, task: Task) -> None:
        """Let the host do what it can before the old object goes."""
        ...

    async def move(self, task: Task, home: Connection, leaves: Urn, journey: Journey) -> tuple[ResourceRecord, str]:
        """Bring the object from ``home`` to the goal's host. Returns its record and the id of the intent. That of a volume that
        goes along with a machine stays open, and its record is not written, until ``arrive``."""
        ...

    async def arrive(self, cut: CutOff, *, arrived: bool) -> None:
        """Let the hosts remove what a move has left where the object is not."""
        ...

    async def delete(self, step: Step, record: ResourceRecord, connection: Connection, *, keep: bool = False) -> None:
        """Delete the object. With ``keep`` its record stays, marked as being replaced."""
        ...

    async def tidy(self, connection: Connection, kind: str) -> None:
        """Let the host remove what a killed operation left where no listing shows it."""
        ...

    async def commit(self, changes: Changes) -> None:
        """Record what needs no host."""
        ...


def record_of(
    desired: Desired,
    *,
    row: str | None,
    id: str | None,
    outputs: Properties,
    inputs_hash: str,
    prior: ResourceRecord | None = None,
    now: str | None = None,
) -> ResourceRecord:
    """The record of a goal that is done. ``prior`` is that of the same object, where there was one."""
    goal, now = desired.goal, now or utc_now()
    known = prior.traits if prior is not None else NO_TRAITS
    return ResourceRecord(
        row=row or new_id(),
        urn=goal.urn,
        kind=goal.kind,
        host=goal.host,
        id=id,
        inputs=desired.properties,
        outputs=with_secrets(outputs, goal.secret_outputs),
        dependencies=goal.dependencies,
        references=goal.references,
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        created=prior.created if prior is not None else now,
        modified=now,
        inputs_hash=inputs_hash,
        traits=goal_traits(goal, known),
    )


def goal_traits(goal: Goal, known: Traits = NO_TRAITS) -> Traits:
    """What a record keeps of the goal's rarer options, beside what is ``known`` of its object."""
    options = {
        "parent": str(goal.parent) if goal.parent is not None else None,
        "deleted_with": str(goal.deleted_with) if goal.deleted_with is not None else None,
        "trigger": goal.replacement_trigger,
        "delete_timeout": goal.timeouts.delete,
        "hooks": {moment: names for moment, names in goal.hooks.items() if moment in ("before_delete", "after_delete")},
    }
    changed = {name: value for name, value in options.items() if getattr(known, name) != value}
    if not changed:
        return known
    traits = known.model_copy(update=changed)
    return traits if traits != NO_TRAITS else NO_TRAITS


def with_secrets(outputs: Properties, names: Collection[str]) -> Properties:
    """The outputs with those of these names as secrets."""
    if not names:
        return outputs
    return {
        name: value if name not in names or value is None or isinstance(value, Secret | Unknown) else Secret(value)
        for name, value in outputs.items()
    }


def secret_names(outputs: Properties) -> frozenset[str]:
    """Those that are secrets."""
    return frozenset(name for name, value in outputs.items() if isinstance(value, Secret))


def doomed(record: ResourceRecord, urn: Urn) -> ResourceRecord:
    """The record of the old half of a replacement. It bears the name of the new one, also where that is another."""
    return replace(record, urn=urn, doomed=True)


def being_replaced(record: ResourceRecord) -> ResourceRecord:
    """The record of an object that was deleted in order to be created again."""
    return replace(record, id=None, pending_replacement=True, modified=utc_now())


@dataclass(slots=True)
class Predictor:
    """Foresees what a step leads to. Changes nothing but the snapshot."""

    snapshot: Snapshot

    async def create(
        self, task: Task, *, dooms: ResourceRecord | None = None, home: Connection | None = None
    ) -> ResourceRecord:
        outputs = dict.fromkeys(task.desired.kind.outputs.model_fields, UNKNOWN)
        row = task.prior.row if task.prior is not None and dooms is None else None
        record = record_of(task.desired, row=row, id=None, outputs=outputs, inputs_hash="")
        old = (doomed(self.snapshot.latest(dooms), record.urn),) if dooms is not None else ()
        await self.commit(Changes(put=(*old, record)))
        return record

    async def update(self, task: Task) -> ResourceRecord:
        assert task.prior is not None
        outputs = {
            name: UNKNOWN if name in task.diff.unsettles else value for name, value in task.prior.outputs.items()
        }
        record = record_of(
            task.desired, row=task.prior.row, id=task.prior.id, outputs=outputs, inputs_hash="", prior=task.prior
        )
        await self.commit(Changes(put=(record,)))
        return record

    async def move(self, task: Task, home: Connection, leaves: Urn, journey: Journey) -> tuple[ResourceRecord, str]:
        assert task.prior is not None and task.passage is not None
        told = {name: UNKNOWN if name in task.diff.unsettles else value for name, value in task.prior.outputs.items()}
        outputs = {**told, **task.passage.outputs}
        record = record_of(
            task.desired, row=task.prior.row, id=task.prior.id, outputs=outputs, inputs_hash="", prior=task.prior
        )
        await self.commit(Changes(put=(record,)))
        return record, ""

    async def prepare(self, task: Task) -> None:
        """A plan touches nothing."""

    async def arrive(self, cut: CutOff, *, arrived: bool) -> None:
        """A plan touches nothing."""

    async def delete(self, step: Step, record: ResourceRecord, connection: Connection, *, keep: bool = False) -> None:
        kept = being_replaced(self.snapshot.latest(record))
        await self.commit(Changes(put=(kept,)) if keep else Changes(remove=(record.row,)))

    async def tidy(self, connection: Connection, kind: str) -> None:
        """A plan touches nothing."""

    async def commit(self, changes: Changes) -> None:
        self.snapshot.apply(self.snapshot.completed(changes))

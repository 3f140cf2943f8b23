"""The actor that changes hosts: intent committed first, then the provider's call, then the result committed."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from typing import Any, TypeVar

from virtwright.engine.actor import Task, being_replaced, doomed, goal_traits, record_of
from virtwright.engine.events import Listener, StepFinished, StepProgress, StepStarted
from virtwright.engine.hashing import stamp_hash
from virtwright.engine.hosts import Connection
from virtwright.engine.ids import new_id
from virtwright.engine.journal import Journal
from virtwright.engine.journeys import CutOff, mover
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.observing import known, observe
from virtwright.engine.ownership import refusal, with_proof
from virtwright.engine.selection import address
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord, utc_now
from virtwright.engine.state.traits import NO_TRAITS
from virtwright.engine.step import Step
from virtwright.errors import CancelledError, CreateFailedError, HostError, NothingDoneError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context, Known
from virtwright.providers.hooks import NotesOwners, Prepares, StampsOnce, Tidies, offers
from virtwright.providers.moves import Journey
from virtwright.providers.taken import TakenError
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value

T = TypeVar("T")
MOVE_TIMEOUT = 24 * 3600.0
"""Seconds, likewise, of a move to another host: its disks may be large."""
DEFAULT_TIMEOUT = 600.0
"""Seconds that one operation may take where the resource says nothing."""


@dataclass(slots=True)
class Hands:
    """Acts on hosts for one run."""

    stack: str
    identity: str
    run: str
    snapshot: Snapshot
    journal: Journal
    listen: Listener
    redactor: Redactor
    mac: Mac
    call: Callable[[Connection, Callable[[], Any]], Awaitable[Any]]
    """Runs a blocking call on a thread, when the host has a free slot."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    interrupted: threading.Event = field(default_factory=threading.Event)

    async def create(
        self, task: Task, *, dooms: ResourceRecord | None = None, home: Connection | None = None
    ) -> ResourceRecord:
        row = task.prior.row if task.prior is not None and dooms is None else new_id()
        operation = self._intent(task, "replace" if dooms is not None else "create", row, None)
        handler = self._handler(task)
        stamp, context = self._stamp(operation), self._context(task.step, task.desired.goal.timeouts.create)
        if dooms is not None and dooms.traits.identity is not None:
            context = replace(context, replaced_identity=dooms.traits.identity)

        def old() -> tuple[ResourceRecord, ...]:
            return (doomed(self.snapshot.latest(dooms), operation.urn),) if dooms is not None else ()

        async def work() -> ResourceRecord:
            outputs = await self._call(task, lambda: handler.create(stamp, task.desired.model, context))
            record = self._record(task, operation, row, to_properties(outputs))
            if home not in (None, task.connection) and dooms is not None and dooms.id == record.id:
                await self._check_new(task, operation, record.id, home)
            await self.commit(Changes(end=(operation.id,), put=(*old(), record)))
            return record

        try:
            return await self._timed(task.step, operation, work)
        except CreateFailedError as error:
            partial = self._record(task, operation, row, {"id": error.id})
            await self.commit(Changes(end=(operation.id,), outcomes={operation.id: "failed"}, put=(*old(), partial)))
            raise
        except TakenError as error:
            holder, where = error.holder, task.desired.goal.locate(())
            message, hint = refusal(holder, f"{address(operation.urn)} ({holder.id})", self.identity)
            raise HostError(message, where=where, hint=hint) from error

    async def _check_new(self, task: Task, operation: OperationRecord, id: str | None, home: Connection) -> None:
        """Raises ``HostError`` where the object with the id at ``home`` is the one that was to take its place: both hosts are one, and
        its deletion would leave nothing."""
        place, kind = task.connection, operation.kind
        assert place is not None

        async def bears(where: Connection) -> bool:
            seen, _ = await self.call(where, self._leased(lambda: observe(where.handler(kind), self.stack, ())))
            return any((each.id, each.stamp.operation) == (id, operation.id) for each in seen)

        if not await bears(place) or await bears(home):
            raise HostError(
                f"{id} on {place.host.uri}, which was to take the place of the one on {home.host.uri}, is that very one. It is left there",
                hint="if both are one host, let the stack name it once",
            )

    async def update(self, task: Task) -> ResourceRecord:
        prior = task.prior
        assert prior is not None and prior.id is not None
        id = prior.id
        operation = self._intent(task, "update", prior.row, id, prior)
        handler = self._handler(task)
        identity = self._identity_of(prior, handler)
        stamp = self._stamp(operation, identity)
        context = self._context(task.step, task.desired.goal.timeouts.update, known(prior), identity)
        before = task.desired.prior(task.prior_inputs)
        noting = identity != self.identity and offers(handler, NotesOwners)

        async def work() -> ResourceRecord:
            if noting and task.connection is not None:
                await self.call(task.connection, self._leased(lambda: handler.note_owner(id, self.identity, context)))
            outputs = await self._call(task, lambda: handler.update(id, stamp, before, task.desired.model, context))
            record = self._record(task, operation, prior.row, to_properties(outputs), prior)
            if noting:
                record = replace(record, traits=record.traits.model_copy(update={"identity": None}))
            await self.commit(Changes(end=(operation.id,), put=(record,)))
            return record

        return await self._timed(task.step, operation, work)

    async def prepare(self, task: Task) -> None:
        handler = self._handler(task)
        if offers(handler, Prepares) and task.connection is not None:
            context = self._context(task.step, task.desired.goal.timeouts.create)
            if (prior := task.prior) is not None:
                users = frozenset(user.id for user in self.snapshot.users(prior.urn) if user.id is not None)
                context = replace(context, known=known(prior), users=users)
            await self.call(task.connection, self._leased(lambda: handler.prepare(task.desired.model, context)))

    async def move(self, task: Task, home: Connection, leaves: Urn, journey: Journey) -> tuple[ResourceRecord, str]:
        prior, handler = task.prior, mover(home, task.desired.kind.name)
        assert prior is not None and handler is not None and task.passage is not None
        operation = self._intent(task, "move", prior.row, journey.id, prior)
        operation = replace(operation, traits=operation.traits.model_copy(update={"leaves": str(leaves)}))
        stamp = self._stamp(operation)
        timeout = task.desired.goal.timeouts.update
        context = self._context(task.step, MOVE_TIMEOUT if timeout is None else timeout, known(prior))
        before = task.desired.prior(task.prior_inputs)

        async def work() -> ResourceRecord:
            outputs = await self._call(task, lambda: handler.move(journey, stamp, before, task.desired.model, context))
            record = self._record(task, operation, prior.row, to_properties(outputs), prior)
            if task.passage is not None and task.passage.along:
                self.snapshot.apply(Changes(put=(record,)))
            else:
                await self.commit(Changes(end=(operation.id,), put=(record,)))
            return record

        return await self._timed(task.step, operation, work), operation.id

    async def arrive(self, cut: CutOff, *, arrived: bool) -> None:
        context = Context(cancelled=self.cancelled, interrupted=self.interrupted, identity=self.identity)

        def end() -> None:
            cut.handler.end_move(cut.journey, cut.operation, context, arrived=arrived)

        await self.call(cut.place, self._leased(end))

    async def delete(self, step: Step, record: ResourceRecord, connection: Connection, *, keep: bool = False) -> None:
        def after() -> Changes:
            kept = being_replaced(self.snapshot.latest(record))
            return Changes(put=(kept,)) if keep else Changes(remove=(record.row,))

        if record.id is None:
            await self.commit(after())
            return
        id = record.id
        operation = OperationRecord(
            id=new_id(), run=self.run, urn=record.urn, op="delete", kind=record.kind, host=record.host,
            object_id=id, row=record.row, inputs=record.inputs, inputs_hash=record.inputs_hash, started=utc_now(),
        )  # fmt: skip
        handler = connection.handler(record.kind)
        identity = self._identity_of(record, handler)
        context = self._context(step, record.traits.delete_timeout, known(record), identity)

        async def work() -> None:
            await self.call(connection, self._leased(lambda: handler.delete(id, context)))
            await self.commit(replace(after(), end=(operation.id,)))

        await self._timed(step, operation, work)

    async def tidy(self, connection: Connection, kind: str) -> None:
        handler = connection.handler(kind)
        if offers(handler, Tidies):
            await self.call(connection, self._leased(lambda: handler.tidy(self.stack, self.identity)))

    async def commit(self, changes: Changes) -> None:
        # The snapshot goes first, so that the next commit, which may come before this one is durable, builds on it.
        changes = self.snapshot.completed(changes)
        self.snapshot.apply(changes)
        await self.journal.commit(changes)

    async def _timed(self, step: Step, operation: OperationRecord, work: Callable[[], Awaitable[T]]) -> T:
        self.listen(StepStarted(step))
        started = time.monotonic()
        await self.commit(Changes(begin=(operation,)))
        try:
            result = await work()
        except NothingDoneError:
            await self.commit(Changes(end=(operation.id,), outcomes={operation.id: "failed"}))
            raise
        self.listen(StepFinished(step, time.monotonic() - started))
        return result

    def _intent(
        self, task: Task, op: str, row: str, object_id: str | None, prior: ResourceRecord | None = None
    ) -> OperationRecord:
        """With all that the record of what is done will say. ``prior`` is that of the same object, where there is one."""
        goal = task.desired.goal
        traits = goal_traits(goal, prior.traits if prior is not None else NO_TRAITS)
        if goal.secret_outputs:
            traits = traits.model_copy(update={"secret_outputs": tuple(sorted(goal.secret_outputs))})
        return OperationRecord(
            id=new_id(), run=self.run, urn=goal.urn, op=op, kind=goal.kind, host=goal.host, object_id=object_id,
            row=row, inputs=task.desired.properties, dependencies=goal.dependencies, references=goal.references,
            protect=goal.protect, retain_on_delete=goal.retain_on_delete,
            inputs_hash=stamp_hash(self._handler(task), task.desired, self.mac), started=utc_now(),
            traits=traits,
        )  # fmt: skip

    def _record(
        self,
        task: Task,
        operation: OperationRecord,
        row: str,
        outputs: dict[str, Value],
        prior: ResourceRecord | None = None,
    ) -> ResourceRecord:
        record = record_of(
            task.desired,
            row=row,
            id=outputs["id"],
            outputs=outputs,
            inputs_hash=operation.inputs_hash,
            prior=prior,
        )
        if operation.op == "update" and offers(self._handler(task), StampsOnce):
            return record
        return with_proof(record, self._stamp(operation), self.identity)

    def _stamp(self, operation: OperationRecord, identity: str = "") -> Stamp:
        return Stamp(self.stack, str(operation.urn), operation.id, operation.inputs_hash, identity or self.identity)

    def _identity_of(self, record: ResourceRecord | None, handler: object) -> str:
        """That of the object's stamp, which stays another state's where it was taken over and stamps are written once."""
        taken = record.traits.identity if record is not None and offers(handler, StampsOnce) else None
        return taken or self.identity

    @staticmethod
    def _handler(task: Task) -> Any:
        assert task.connection is not None, "only a plan has hosts that are not known yet"
        return task.connection.handler(task.desired.kind.name)

    async def _call(self, task: Task, work: Callable[[], Model]) -> Model:
        assert task.connection is not None
        outputs = await self.call(task.connection, self._leased(work))
        assert isinstance(outputs, EVERY_KIND[task.desired.kind.name].outputs)
        return outputs

    def _leased(self, work: Callable[[], T]) -> Callable[[], T]:
        """``work``, unless the lease was lost or the run was stopped while it waited for its turn."""

        def checked() -> T:
            self.journal.check_lease()
            if self.cancelled.is_set():
                raise CancelledError("interrupted before it began")
            return work()

        return checked

    def _context(self, step: Step, timeout: float | None, object: Known | None = None, identity: str = "") -> Context:
        loop = asyncio.get_running_loop()

        def progress(message: str, fraction: float | None = None) -> None:
            event = StepProgress(step.urn, self.redactor.scrub(message), fraction)
            loop.call_soon_threadsafe(self.listen, event)

        seconds = DEFAULT_TIMEOUT if timeout is None else timeout
        return Context(
            progress, time.monotonic() + seconds, self.cancelled, self.interrupted, object, identity or self.identity
        )

"""One pass of a program: every goal that it registers is checked, observed, decided and carried out."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from virtwright.engine.actor import Actor, Task, record_of
from virtwright.engine.created import created_changes
from virtwright.engine.decide import Decision, Situation, current_inputs, decide
from virtwright.engine.desired import Desired, prepare
from virtwright.engine.events import Command, Listener, StepFailed, StepPlanned, StepSkipped
from virtwright.engine.hashing import inputs_hash
from virtwright.engine.hosts import Connection, Hosts
from virtwright.engine.masking import Mac, Redactor, mask_changes
from virtwright.engine.permits import Agreement, check_loss, check_protection
from virtwright.engine.selection import Selection, address
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import InputError, VirtwrightError
from virtwright.providers.base import Observed
from virtwright.providers.diff import NO_DIFF, Diff
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS, Kind
from virtwright.schemas.model import to_properties
from virtwright.schemas.properties import from_model, to_model
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import (
    UNKNOWN,
    Properties,
    has_unknown,
    reveal,
    secret_paths,
)
from virtwright.stacks.base import HOST_KIND, Goal, Registered


@dataclass(slots=True)
class Run:
    """The shared state of one pass. ``register`` is what programs call."""

    command: Command
    snapshot: Snapshot
    actor: Actor
    hosts: Hosts
    selection: Selection
    listen: Listener
    redactor: Redactor
    mac: Mac
    agreement: Agreement | None = None
    """The plan that this run is held to."""
    stops_on_error: bool = True
    observing: bool = True
    """False while only the stack is validated: no host is asked."""
    halted: bool = False
    """No new step is begun."""
    steps: list[Step] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    errors: list[VirtwrightError] = field(default_factory=list)
    registered: dict[Urn, "asyncio.Future[Registered]"] = field(default_factory=dict)
    connections: dict[Urn, Connection] = field(default_factory=dict)
    former: dict[Urn, Connection] = field(default_factory=dict)
    """Where hosts were before their URI changed."""
    late: list[ResourceRecord] = field(default_factory=list)
    """Hosts whose new URI is recorded when everything has left the old one."""
    undone: set[Urn] = field(default_factory=set)
    """Goals that failed or were skipped."""
    causes: dict[Urn, str] = field(default_factory=dict)
    """Why a resource that was deleted for its dependency's sake is created again."""
    made: set[str] = field(default_factory=set)
    """Ids of objects that this run created, and that its listings can't show."""
    renamed: set[Urn] = field(default_factory=set)
    """URNs that live on under another name."""

    @property
    def planning(self) -> bool:
        return self.agreement is None

    async def register(self, goal: Goal) -> Registered:
        """Bring about one goal. Never raises for what goes wrong with it: the answer's ``result`` tells."""
        if goal.urn in self.registered:
            raise InputError.one(f"{address(goal.urn)} is declared twice", where=goal.locate(()))
        answer: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        self.registered[goal.urn] = answer
        started = time.monotonic()
        try:
            result = await (self._host(goal) if goal.kind == HOST_KIND else self._resource(goal))
        except VirtwrightError as error:
            result = self._failed(goal, error, time.monotonic() - started)
        except BaseException:
            answer.cancel()
            raise
        answer.set_result(result)
        return result

    # hosts

    async def _host(self, goal: Goal) -> Registered:
        model = to_model(Host, goal.inputs, goal.locate)
        inputs = from_model(model, goal.inputs)
        self.redactor.learn(goal.inputs)
        prior = self.snapshot.live.get(goal.urn)
        if has_unknown(inputs):
            return self._answer_host(goal, inputs, prior)
        try:
            self.connections[goal.urn] = self.hosts.connect(goal.urn.name, model)
        except VirtwrightError as error:
            raise error.located(urn=str(goal.urn)) from error.__cause__
        record = _host_record(goal, inputs, prior)
        if prior is not None and reveal(prior.inputs).get("uri") != model.uri:
            self.former[goal.urn] = self.hosts.connect(goal.urn.name, Host.model_validate(reveal(prior.inputs)))
            self.late.append(record)
        elif prior is None or prior.inputs != record.inputs or prior.dependencies != record.dependencies:
            await self.actor.commit(Changes(put=(record,)))
        return self._answer_host(goal, inputs, record)

    @staticmethod
    def _answer_host(goal: Goal, inputs: Properties, record: ResourceRecord | None) -> Registered:
        return Registered(goal.urn, record.id if record is not None else None, {**inputs, "name": goal.urn.name})

    def connection(self, urn: Urn | None) -> Connection | None:
        """The host's connection: as the program says, else as the state remembers. None where it is not known yet."""
        if urn is None:
            return None
        if urn not in self.connections and (record := self.snapshot.live.get(urn)) is not None:
            if urn in self.registered and self.planning and not self.registered[urn].done():
                return None
            self.connections[urn] = self.hosts.connect(urn.name, Host.model_validate(reveal(record.inputs)))
        return self.connections.get(urn)

    # resources

    async def _resource(self, goal: Goal) -> Registered:
        prior = self.snapshot.find(goal.urn, goal.aliases)
        if prior is not None and prior.urn != goal.urn:
            self.renamed.add(prior.urn)
        if not self.selection.includes(goal.urn):
            return self._passed_over(goal, prior)
        if (reason := self._blocked(goal)) is not None:
            return self._skipped(goal, reason)
        connection = self.connection(goal.host)
        kind = KINDS[goal.kind]
        desired = self._prepare(goal, kind, connection)
        if not desired.complete and not self.planning:
            return self._skipped(goal, "something it needs is not known")
        observed, home = await self._observe(goal, prior, connection)
        situation = self._situation(desired, prior, observed, connection, home)
        decision = decide(situation)
        inputs = current_inputs(prior, observed) if observed is not None else {}
        step = self._step(desired, prior, decision)
        self._permit(step, goal)
        task = Task(step, desired, connection, prior, decision.diff, inputs)
        self.announce(step)
        record = await self._carry_out(task, decision, observed, home)
        self.done[step.op] = self.done.get(step.op, 0) + 1
        if record.id is not None and decision.op in (Op.CREATE, Op.REPLACE):
            self.made.add(record.id)
        return Registered(goal.urn, record.id, {**desired.properties, **record.outputs})

    def _prepare(self, goal: Goal, kind: Kind, connection: Connection | None) -> Desired:
        self.redactor.learn(goal.inputs)
        if connection is None and not self.planning:
            raise InputError.one(f"{address(goal.urn)} names a host that is not there", where=goal.locate(("host",)))
        return prepare(goal, kind, connection.handler(kind.name) if connection is not None else None)

    async def _observe(
        self, goal: Goal, prior: ResourceRecord | None, connection: Connection | None
    ) -> tuple[Observed[Any, Any] | None, Connection | None]:
        """The resource's object and the connection that it was found on."""
        homes = [connection] if connection is not None else []
        if not self.observing:
            return None, connection
        if prior is not None:
            homes += [place for place in self.places(prior) if place is not connection]
        for place in homes:
            if (found := await self._find(goal, prior, place)) is not None:
                return found, place
        return None, None

    def places(self, record: ResourceRecord) -> list[Connection]:
        """Where the record's object may be: on its host, or where that was before its URI changed."""
        if record.host is None:
            return []
        return [each for each in (self.connection(record.host), self.former.get(record.host)) if each is not None]

    async def _find(self, goal: Goal, prior: ResourceRecord | None, place: Connection) -> Observed[Any, Any] | None:
        if place.provider.handlers.get(goal.kind) is None:
            return None
        listing = await self.hosts.listing(place, goal.kind)
        if prior is not None and prior.pending_replacement:
            return None
        if prior is not None and prior.id is not None and prior.id in listing.by_id:
            return listing.by_id[prior.id]
        known = self.snapshot.known_ids() if listing.objects else set()
        return next((each for each in listing.of_urn(goal.urn) if each.id not in known), None)

    def _situation(
        self,
        desired: Desired,
        prior: ResourceRecord | None,
        observed: Observed[Any, Any] | None,
        connection: Connection | None,
        home: Connection | None,
    ) -> Situation:
        goal, kind = desired.goal, desired.kind

        def compare(current: Properties, wanted: Properties) -> Diff:
            if connection is None:
                return NO_DIFF
            model = desired.model if wanted is desired.plain else kind.inputs.model_validate(wanted)
            return connection.handler(kind.name).diff(kind.inputs.model_validate(current), model)

        force = self.causes.get(goal.urn, "")
        if not force and self.selection.forces(goal.urn):
            force = "asked for"
        return Situation(
            prior=prior,
            observed=observed,
            goal=desired.plain,
            compare=compare,
            holds_data=kind.holds_data,
            ignore_changes=goal.ignore_changes,
            force=force,
            moved=prior is not None and prior.urn != goal.urn,
            elsewhere=home is not None and home is not connection,
        )

    def _step(self, desired: Desired, prior: ResourceRecord | None, decision: Decision) -> Step:
        goal = desired.goal
        secrets = desired.secrets | (secret_paths(prior.inputs) if prior is not None else frozenset())
        moved = prior is not None and prior.urn != goal.urn
        changes = decision.diff.changes
        if decision.op is Op.CREATE:
            changes = created_changes(desired.kind.inputs, desired.plain)
        return Step(
            op=decision.op,
            urn=goal.urn,
            kind=goal.kind,
            host=goal.host.name if goal.host is not None else None,
            changes=mask_changes(changes, secrets, self.mac) if secrets else changes,
            impact=decision.impact,
            delete_before_create=decision.diff.delete_before_create,
            reason=self.causes.get(goal.urn) or decision.reason,
            drifted=decision.drifted,
            moved_from=prior.urn if prior is not None and moved else None,
        )

    def _permit(self, step: Step, goal: Goal) -> None:
        try:
            check_protection(step, protected=goal.protect)
            check_loss(step, self.selection, self.command)
        except VirtwrightError as error:
            self.announce(step)
            error.problem = replace(error.problem, where=replace(goal.locate(()), urn=str(goal.urn)))
            raise
        if self.agreement is not None:
            self.agreement.check(step)

    def announce(self, step: Step) -> None:
        """Make a decision known."""
        self.steps.append(step)
        self.listen(StepPlanned(step))

    async def _carry_out(
        self, task: Task, decision: Decision, observed: Observed[Any, Any] | None, home: Connection | None
    ) -> ResourceRecord:
        if decision.op is Op.CREATE:
            return await self.actor.create(task)
        if observed is None:
            assert decision.op is Op.REPLACE
            return await self.actor.create(task)
        prior = task.prior or await self._adopt(task, observed)
        task = replace(task, prior=prior if prior.id == observed.id else replace(prior, id=observed.id))
        if decision.op in (Op.UPDATE, Op.MOVE):
            return await self.actor.update(task)
        if decision.op is Op.REPLACE:
            return await self._replace(task, home)
        return await self._same(task, observed)

    async def _adopt(self, task: Task, observed: Observed[Any, Any]) -> ResourceRecord:
        record = record_of(
            task.desired,
            row=None,
            id=observed.id,
            outputs=to_properties(observed.outputs),
            inputs_hash=observed.stamp.inputs_hash,
        )
        await self.actor.commit(Changes(put=(record,)))
        return record

    async def _same(self, task: Task, observed: Observed[Any, Any]) -> ResourceRecord:
        """Nothing to do on the host; the state takes over what is told anew."""
        prior, desired = task.prior, task.desired
        assert prior is not None
        outputs = to_properties(observed.outputs)
        hash = prior.inputs_hash
        if not hash or prior.inputs != desired.properties:
            hash = inputs_hash(desired.plain, self.mac) if desired.complete else ""
        record = record_of(
            desired, row=prior.row, id=observed.id, outputs=outputs, inputs_hash=hash, created=prior.created
        )
        if replace(record, modified=prior.modified) != prior:
            await self.actor.commit(Changes(put=(record,)))
        return record

    async def _replace(self, task: Task, home: Connection | None) -> ResourceRecord:
        prior = task.prior
        assert prior is not None
        if not task.step.delete_before_create:
            return await self.actor.create(task, dooms=prior)
        await self._clear_the_way(task)
        assert home is not None
        await self.actor.delete(replace(task.step, op=Op.DELETE, changes=()), prior, home, keep=True)
        return await self.actor.create(replace(task, prior=self.snapshot.live.get(prior.urn, prior)))

    async def _clear_the_way(self, task: Task) -> None:
        """Delete what uses an object before the object itself goes; it is created again when its turn comes."""
        for record in self.snapshot.users(task.step.urn):
            if KINDS[record.kind].holds_data or record.id is None:
                continue
            if (answer := self.registered.get(record.urn)) is not None:
                await asyncio.wait([answer])
                continue
            reason = f"it uses {address(task.step.urn)}, which is replaced"
            step = Step(Op.REPLACE, record.urn, record.kind, _name(record.host), reason=reason)
            check_protection(step, protected=record.protect)
            home = self.connection(record.host)
            assert home is not None
            self.causes[record.urn] = reason
            await self.actor.delete(replace(step, op=Op.DELETE), record, home, keep=True)

    # what is not done

    def _blocked(self, goal: Goal) -> str | None:
        if self.halted:
            return "the run was stopped"
        if self.planning:
            return None
        failed = sorted(address(urn) for urn in goal.dependencies & self.undone)
        if goal.host in self.undone:
            failed.append(f"hosts.{goal.host.name}")
        return f"it needs {failed[0]}" if failed else None

    def _passed_over(self, goal: Goal, prior: ResourceRecord | None) -> Registered:
        if prior is None:
            return self._unknown(goal, "skipped")
        return Registered(goal.urn, prior.id, {**prior.inputs, **prior.outputs})

    def _skipped(self, goal: Goal, reason: str) -> Registered:
        self.undone.add(goal.urn)
        self.listen(StepSkipped(goal.urn, reason))
        return self._unknown(goal, "skipped")

    def _failed(self, goal: Goal, error: VirtwrightError, seconds: float) -> Registered:
        self.undone.add(goal.urn)
        self.fail(error, goal.urn, goal.kind, _name(goal.host), seconds)
        return self._unknown(goal, "failed")

    def fail(self, error: VirtwrightError, urn: Urn, kind: str, host: str | None, seconds: float) -> None:
        """Note a failure and, unless the run goes on regardless, begin nothing more."""
        error.located(urn=str(urn))
        error.problem = self.redactor.scrub_problem(error.problem)
        self.errors.append(error)
        self.done["failed"] = self.done.get("failed", 0) + 1
        step = next((step for step in reversed(self.steps) if step.urn == urn), Step(Op.READ, urn, kind, host))
        self.listen(StepFailed(step, error.problem, seconds))
        if self.stops_on_error and not self.planning:
            self.halted = True

    def _unknown(self, goal: Goal, result: Any) -> Registered:
        if goal.kind == HOST_KIND:
            return Registered(goal.urn, None, {"name": goal.urn.name}, result)
        kind = KINDS[goal.kind]
        names = {*kind.inputs.model_fields, *kind.outputs.model_fields}
        outputs: Mapping[str, Any] = {**dict.fromkeys(names, UNKNOWN), **goal.inputs}
        return Registered(goal.urn, None, outputs, result)


def _name(host: Urn | None) -> str | None:
    return host.name if host is not None else None


def _host_record(goal: Goal, inputs: Properties, prior: ResourceRecord | None) -> ResourceRecord:
    from uuid import uuid4

    from virtwright.engine.state.records import utc_now

    now = utc_now()
    return ResourceRecord(
        row=prior.row if prior is not None else uuid4().hex,
        urn=goal.urn,
        kind=HOST_KIND,
        id=prior.id if prior is not None else str(uuid4()),
        inputs=inputs,
        outputs={"name": goal.urn.name},
        dependencies=goal.dependencies,
        references=goal.references,
        created=prior.created if prior is not None else now,
        modified=now,
    )

"""One command on one stack: its passes over the program, its lease, its record in the history."""

import asyncio
import hmac
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from virtwright.engine import openness, recorded
from virtwright.engine.actor import Predictor
from virtwright.engine.deletion import Deletion, strangers, told_copies
from virtwright.engine.events import Command, Listener, RunFinished, RunStarted, Warned
from virtwright.engine.goals import collect_goals
from virtwright.engine.hooks import Hooked, Hooks
from virtwright.engine.hosts import Hosts, Opener
from virtwright.engine.ids import new_id
from virtwright.engine.late import doom_late
from virtwright.engine.lost import check_lost
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.moving import check_company
from virtwright.engine.outputs import known, masked
from virtwright.engine.ownership import Ownership
from virtwright.engine.permits import Agreement, with_one_command
from virtwright.engine.plan import Plan, Result, RunOptions
from virtwright.engine.registration import Registration
from virtwright.engine.relocated import relocations
from virtwright.engine.run import Run
from virtwright.engine.selection import Selection, select
from virtwright.engine.services import RunServices, end_program, run_program
from virtwright.engine.settling import settle_all
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.sources import check_source, source_to_keep
from virtwright.engine.state.identity import new_identity
from virtwright.engine.state.records import Changes
from virtwright.engine.stopping import Stopping
from virtwright.engine.together import together, tolerated
from virtwright.engine.unrecorded import adopt_unrecorded
from virtwright.engine.unrecorded_hosts import meet_hosts
from virtwright.errors import Problem, StateError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.diff import Change
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value
from virtwright.stacks.base import EmptyProgram, Program, StackName
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from virtwright.engine.journal import Journal
    from virtwright.engine.recovery import Claim
    from virtwright.engine.state.empty import EmptyStore
    from virtwright.engine.state.lease import Lease
    from virtwright.engine.state.stack import StackState
    from virtwright.engine.state.store import StateStore

T = TypeVar("T")
Done = tuple[Run, Mapping[str, Value]]


@dataclass(slots=True)
class Session:
    """Everything that lasts as long as the command."""

    store: "StateStore | EmptyStore"
    program: Program
    command: Command
    options: RunOptions
    listen: Listener
    threads: Executor
    opener: Opener
    typed: str = ""
    """The command line, for hints that repeat it."""
    trust: Trust = TRUSTED
    """What may be done for the program's sake. Of a limited one nothing but plans is made."""
    id: str = field(default_factory=lambda: new_id()[:12])
    redactor: Redactor = field(default_factory=Redactor)
    cancelled: threading.Event = field(default_factory=threading.Event)
    interruption: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False
    """Stopped while calls to hosts were under way, which nobody waits for."""
    _hosts: list[Hosts] = field(default_factory=list)
    _run: Run | None = None
    _hooks: Hooks = field(init=False)
    _stopping: Stopping = field(default_factory=Stopping)
    _started: float = field(default_factory=time.monotonic)

    # commands

    async def plan(self, *, observe: bool = True) -> Plan:
        """One pass that changes nothing. Raises all problems that it met."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        plan = await self._foresee(observe=observe)
        self._finished("succeeded", _count(plan), plan.outputs)
        return plan

    async def apply(self, expected: Plan | None, *, saved: bool = False) -> Result:
        """Plan (unless that was done), then the pass that acts, held to the plan. What was ``saved`` is compared with a
        fresh plan first, so that a plan that no longer holds is refused before anything is touched."""
        from virtwright.engine.taking import check_serial

        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name, create=True)
        with self._lease(state) as lease:
            if expected is not None:
                check_serial(state, expected)
            if expected is None or saved:
                fresh = await self._quiet_plan(saved=saved)
            plan = expected or fresh
            if saved:
                Agreement(plan).check_all(fresh)
                plan = replace(plan, foreseen=fresh.foreseen)
            return await self._recorded(state, lease, lambda journal: self._act(state, journal, plan))

    async def recover(self) -> Result:
        """Take what bears the stack's stamp into the state."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name, create=True)
        with self._lease(state) as lease:
            await self._check_recovery(state)
            return await self._recorded(state, lease, lambda journal: self._recover(state, journal))

    async def refresh(self) -> Result:
        """Take what changed on the hosts into the state."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name)
        with self._lease(state) as lease:
            return await self._recorded(state, lease, lambda journal: self._refresh(state, journal))

    async def told(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work, and tell that the run is over also where it fails."""
        try:
            return await work
        except BaseException:
            self._finished("interrupted" if self.interrupted else "failed", {}, {})
            raise

    @property
    def interrupted(self) -> bool:
        """Whether the user wants to stop."""
        return self.interruption.is_set()

    def interrupt(self, *, at_once: bool) -> None:
        self.interruption.set()
        if self._run is not None:
            self._run.halted = True
        if at_once:
            self.cancelled.set()
            self._stopping.request()

    def close(self) -> None:
        for hosts in self._hosts:
            hosts.close()

    # parts

    @property
    def name(self) -> StackName:
        return self.program.name

    def mac(self, state: "StackState | None") -> Mac:
        if self.trust.limited:
            return _passing_mac()
        if state is not None:
            return state.cipher.mac
        from virtwright.stacks.cipher import Cipher

        return Cipher.from_keys(self.store.keys).mac

    def hosts(self, snapshot: Snapshot, owner: Ownership) -> Hosts:
        """In a run that recovers the state, none is held against what the state has. For a stack that is not trusted none is asked what
        it is."""
        known = snapshot.evidence() if self.command != "recover" else {}
        hosts = Hosts(
            str(self.name),
            self.threads,
            self.listen,
            self.opener,
            snapshot.on_host,
            owner=owner,
            evidence=None if self.trust.limited else lambda name, uri: known.get((name, uri), {}),
            operations=cache(snapshot.operations),
        )
        self._hosts.append(hosts)
        return hosts

    async def _quiet_plan(self, *, saved: bool) -> Plan:
        """The plan that an apply makes for itself; its decisions are announced by the pass that acts. A ``saved`` one was held
        against the stack's source when it was made."""
        listen, self.listen = self.listen, lambda event: None
        try:
            return await self._foresee(from_source=not saved)
        finally:
            self.listen = listen

    async def _foresee(self, *, observe: bool = True, from_source: bool = True) -> Plan:
        state = self.store.stack(self.name) if self.name in self.store.stacks() else None
        if state is None and isinstance(self.program, EmptyProgram):
            raise StateError(f"there is no stack {self.name.short}", hint="`virtwright state list` shows the stacks")
        records = state.resources() if state is not None else []
        snapshot = Snapshot.of(records)
        hosts = self.hosts(
            snapshot, Ownership.of(state) if state is not None else Ownership(new_identity(), is_new=True)
        )
        run = await self._new_run(snapshot, Predictor(snapshot), hosts, self.mac(state), None, observe=observe)
        await check_lost(run)
        if state is not None and observe:
            await settle_all(run, state.open_operations())
        async with self._running(run) as outputs:
            if state is not None and observe:
                await doom_late(run, state)
                await self._adopt_unrecorded(run)
            check_company(run)
            await Deletion(run).carry_out()
        another = check_source(run, state) if state is not None and observe and from_source else None
        if errors := [*([another] if another is not None else ()), *run.preventing]:
            problems = with_one_command(run.problems, run.losses, run.typed)
            raise together(errors, [*(another.problems if another is not None else ()), *problems])
        copies = told_copies(run) if not self.trust.limited else ()
        for problem in (*tolerated(run.problems), *copies):
            self.listen(Warned(problem))
        moved = await relocations(run, records) if observe else ()
        outside = tuple(sorted(run.outside))
        changed, unsure = self._output_changes(state, outputs)
        return Plan(
            str(self.name),
            self.command,
            tuple(run.steps),
            state.serial if state is not None else 0,
            self.options,
            self._shown(outputs),
            outside,
            changed,
            unsure,
            moved,
            run.foreseen,
        )

    async def _adopt_unrecorded(self, run: Run) -> None:
        if self.command == "destroy":
            await meet_hosts(run, self.program.hosts if isinstance(self.program, EmptyProgram) else ())
            await adopt_unrecorded(run)

    def _output_changes(
        self, state: "StackState | None", outputs: Mapping[str, Value]
    ) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """Those of which it is known, and those that nothing tells of."""
        if self.command == "destroy":
            return (), ()
        before = state.outputs() if state is not None else {}
        if self.trust.limited:
            return openness.outputs(before, outputs)
        changes = recorded.outputs(before, outputs)
        return tuple(replace(each, **masked({"prior": each.prior, "goal": each.goal})) for each in changes), ()

    def _shown(self, outputs: Mapping[str, Value]) -> dict[str, Value]:
        return openness.opened(dict(outputs)) if self.trust.limited else masked(outputs)

    async def _act(self, state: "StackState", journal: "Journal", plan: Plan) -> tuple[Run, Mapping[str, Value]]:
        from virtwright.engine.hands import Hands

        snapshot = Snapshot.of(state.resources())
        hosts = self.hosts(snapshot, Ownership.of(state))
        mac = self.mac(state)
        hands = Hands(
            str(self.name),
            state.identity,
            self.id,
            snapshot,
            journal,
            self.listen,
            self.redactor,
            mac,
            hosts.call,
            self.cancelled,
            self.interruption,
        )
        run = await self._new_run(snapshot, hands, hosts, mac, Agreement(plan))
        await settle_all(run, state.open_operations())
        async with self._running(run) as outputs:
            if not run.errors or not run.stops_on_error:
                await doom_late(run, state)
                await self._adopt_unrecorded(run)
                await Deletion(run).carry_out()
        if run.errors or self.interrupted:
            return run, {}  # the state keeps those of before
        outputs = known(outputs, state.outputs())
        left = run.places.left() if run.selection.is_whole else ()
        put = run.places.told(record for record in left if record.urn not in run.unsettled)
        await hands.commit(Changes(put=put, outputs=outputs))
        self._warn_of_strangers(run)
        return run, outputs

    async def _recover(self, state: "StackState", journal: "Journal") -> tuple[Run, Mapping[str, Value]]:
        from virtwright.engine.recovery import Recorder, Recovery

        snapshot = Snapshot.of(state.resources())
        if not snapshot.resources() and not snapshot.doomed:
            identity = await self._found_identity(state)
            if identity != state.identity:
                await journal.commit(Changes(identity=identity))
        owner = Ownership.of(state, claims_unsigned=True)
        hosts = self.hosts(snapshot, owner)
        run = await self._new_run(snapshot, Recorder(snapshot, journal), hosts, self.mac(state), None)
        try:
            outputs = await Recovery(run).carry_out(self.program, self._services(run))
        finally:
            await end_program(self.program)
        await run.actor.commit(Changes(put=run.places.told(), outputs=outputs))
        return run, outputs

    async def _check_recovery(self, state: "StackState") -> None:
        from virtwright.engine.recovery_check import check_recovery

        await check_recovery(state, self.program, self.options, self.typed or "virtwright state recover")

    async def claim(self) -> "Claim":
        """What a recovery would take that nothing proves to be this state's: where that holds nothing, or is not there."""
        from virtwright.engine.recovery import claim_of

        state = self.store.stack(self.name) if self.name in self.store.stacks() else None
        own = state.identity if state is not None else new_identity()
        if state is not None and any(not record.urn.is_host for record in state.resources()):
            return claim_of((), own, None)
        return claim_of(await self._of_this_name(state, own), own, self.options.identity)

    async def _found_identity(self, state: "StackState") -> str:
        """The one that an empty state is to have: of what the hosts show. Raises ``RefusedError`` where that can't be told."""
        from virtwright.engine.recovery import found_identity

        return found_identity(await self._of_this_name(state, state.identity), state.identity, self.options.identity)

    async def _of_this_name(self, state: "StackState | None", own: str) -> list[Observed[Any, Any]]:
        """All objects with the stack's name on the program's hosts, whosever they are."""
        from virtwright.engine.recovery import Recovery

        snapshot, owner = Snapshot(), Ownership(own, claims_all=True)
        hosts, listen = self.hosts(snapshot, owner), self.listen
        self.listen = lambda event: None
        try:
            run = await self._new_run(snapshot, Predictor(snapshot), hosts, self.mac(state), None)
            await Recovery(run).carry_out(self.program, self._services(run))
        finally:
            self.listen = listen
            await end_program(self.program)
        return list(hosts.listed())

    async def _refresh(self, state: "StackState", journal: "Journal") -> tuple[Run, Mapping[str, Value]]:
        from virtwright.engine.recovery import Recorder, refresh

        snapshot = Snapshot.of(state.resources())
        hosts = self.hosts(snapshot, Ownership.of(state))
        run = await self._new_run(snapshot, Recorder(snapshot, journal), hosts, self.mac(state), None)
        await settle_all(run, state.open_operations())
        await refresh(run)
        return run, state.outputs()

    async def _new_run(
        self,
        snapshot: Snapshot,
        actor: Any,
        hosts: Hosts,
        mac: Mac,
        agreement: Agreement | None,
        *,
        observe: bool = True,
    ) -> Run:
        self._hooks = Hooks(agreement is None, self.listen, self.redactor)
        run = Run(
            self.command, snapshot, Hooked(actor, self._hooks), hosts, await self._selection(snapshot), self.listen, self.redactor, mac,
            self.typed or f"virtwright {self.command}", agreement, stops_on_error=not self.options.continue_on_error and self.command != "destroy",
            trust=self.trust, observing=observe,
        )  # fmt: skip
        self.redactor.learn(getattr(self.program, "config", {}))  # may come to light apart from what it is part of
        for record in (*snapshot.live.values(), *snapshot.doomed.values()):
            self.redactor.learn(record.inputs)
        run.halted = self.interrupted
        self._run = run
        return run

    async def _selection(self, snapshot: Snapshot) -> Selection:
        options = self.options
        if not (options.targets or options.exclude or options.replace or options.allow_data_loss or options.take_over):
            return Selection(options)
        return select(options, await graph(self.program), [record.urn for record in snapshot.resources()])

    @asynccontextmanager
    async def _running(self, run: Run) -> AsyncIterator[Mapping[str, Value]]:
        """The outputs of the program, which stays alive meanwhile: its functions may be called for deletions."""
        try:
            yield await self._program(run)
        finally:
            await end_program(self.program)

    def _services(self, run: Run) -> RunServices:
        return RunServices(run, self._hooks, self.store, lambda: self.interrupted)

    async def _program(self, run: Run) -> Mapping[str, Value]:
        """Run the program. Whatever becomes of it, what is under way on a host is finished and recorded."""
        try:
            outputs = await run_program(self.program, Registration(run).register, self._services(run))
        except BaseException:
            run.halted = True
            raise
        finally:
            while run.under_way:
                if run.planning or self.abandoned:
                    for task in run.under_way:
                        task.cancel()
                await asyncio.wait(run.under_way)
        return dict(outputs)

    def _warn_of_strangers(self, run: Run) -> None:
        for problem in told_copies(run):
            self.listen(Warned(problem))
        for text in strangers(run):
            self.listen(
                Warned(
                    Problem(
                        f"{text} is on a host with this stack's stamp, but the state does not know it",
                        hint="to take it into the state:\n    virtwright state recover",
                    )
                )
            )

    def _lease(self, state: "StackState") -> "Lease":
        from virtwright.engine.taking import Taking

        return Taking(state, self.options, self.listen, lambda: self.interrupted).lease()

    async def _recorded(
        self,
        state: "StackState",
        lease: "Lease",
        work: "Callable[[Journal], Any]",
    ) -> Result:
        from virtwright.engine.history import History
        from virtwright.engine.journal import Journal

        with Journal(state, lease) as journal:
            source = source_to_keep(state, self.options)
            history = await History.begin(journal, self.id, self.command, source)
            try:
                run, outputs = await self._unless_stopped(lease, work(journal))
            except BaseException as error:
                await history.end("failed", {}, self.redactor.scrub(str(error)))
                raise
            outcome = "interrupted" if self.interrupted else "failed" if run.errors else "succeeded"
            await history.end(outcome, run.done, run.problems[0].message if run.problems else None)
        self._finished(outcome, run.done, masked(outputs))
        return Result(self.id, outcome == "succeeded", self.interrupted, dict(run.done), outputs)

    async def _unless_stopped(self, lease: "Lease", work: Coroutine[Any, Any, Done]) -> Done:
        """Do the work, but don't wait for a host that gives no answer when the user wants to stop at once."""
        task = asyncio.ensure_future(work)
        with self._stopping.watch(lease, self._lost):
            await self._stopping.first(task)
        if task.done():
            return task.result()
        self.abandoned = True
        lease.abandon()
        assert self._run is not None
        underway: list[asyncio.Future[Any]] = [*self._run.under_way, task]
        for each in underway:
            each.cancel()
        await asyncio.wait([task])
        return self._run, {}

    def _lost(self) -> None:
        """The lease was lost: begin nothing more, and let what waits on a host give up."""
        self.cancelled.set()
        if self._run is not None:
            self._run.halted = True
        self.listen(Warned(Problem("the lease was lost: somebody else may be changing the stack, so this run stops")))

    def _finished(self, outcome: Any, summary: Mapping[str, int], outputs: Mapping[str, Value]) -> None:
        self.listen(RunFinished(self.id, outcome, dict(summary), outputs, time.monotonic() - self._started))


def _passing_mac() -> Mac:
    """Equal values stay equal within one plan, and nothing can be told from its hashes afterwards."""
    key = secrets.token_bytes(32)
    return lambda data: hmac.digest(key, data, "sha256").hex()


async def graph(program: Program) -> dict[Urn, frozenset[Urn]]:
    """What depends on what."""
    return {goal.urn: goal.dependencies for goal in await collect_goals(program)}


def _count(plan: Plan) -> dict[str, int]:
    summary: dict[str, int] = {}
    for step in plan.steps:
        what = step.result
        summary[what] = summary.get(what, 0) + 1
    return summary

"""One command on one stack: its passes over the program, its lease, its record in the history."""

import asyncio
import getpass
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from virtwright.engine.actor import Predictor
from virtwright.engine.deletion import Deletion, strangers
from virtwright.engine.events import Command, LeaseWaiting, Listener, RunFinished, RunStarted, Warned
from virtwright.engine.goals import collect_goals
from virtwright.engine.hands import Hands
from virtwright.engine.hosts import Hosts, Opener
from virtwright.engine.journal import Journal
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.outputs import known, masked
from virtwright.engine.permits import Agreement
from virtwright.engine.plan import Binding, Plan, Result, RunOptions
from virtwright.engine.recovery import Recorder, Recovery, refresh
from virtwright.engine.registration import Registration
from virtwright.engine.run import Run
from virtwright.engine.selection import Selection, select
from virtwright.engine.settling import settle_all
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.records import Changes, RunRecord, utc_now
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import (
    HostError,
    InputError,
    LeaseLostError,
    Problem,
    RefusedError,
    StateError,
    UnsupportedError,
    VirtwrightError,
)
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value
from virtwright.stacks.base import EmptyProgram, Program, StackName


def whoami() -> str:
    """``user@machine pid 123``: who holds a lease or made a run."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} pid {os.getpid()}"


@dataclass(slots=True)
class Session:
    """Everything that lasts as long as the command."""

    store: StateStore
    program: Program
    command: Command
    options: RunOptions
    listen: Listener
    threads: Executor
    opener: Opener
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    redactor: Redactor = field(default_factory=Redactor)
    cancelled: threading.Event = field(default_factory=threading.Event)
    interrupted: bool = False
    _hosts: list[Hosts] = field(default_factory=list)
    _run: Run | None = None
    _started: float = field(default_factory=time.monotonic)

    # commands

    async def plan(self, *, observe: bool = True) -> Plan:
        """One pass that changes nothing. Raises all problems that it met."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        plan = await self._foresee(observe=observe)
        self._finished("succeeded", _count(plan), plan.outputs)
        return plan

    async def apply(self, expected: Plan | None) -> Result:
        """Plan (unless that was done), then the pass that acts, held to the plan."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name, create=True)
        with self._lease(state) as lease:
            plan = expected or await self._quiet_plan()
            return await self._recorded(state, lease, lambda journal: self._act(state, journal, plan))

    async def recover(self) -> Result:
        """Take what bears the stack's stamp into the state."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name, create=True)
        with self._lease(state) as lease:
            return await self._recorded(state, lease, lambda journal: self._recover(state, journal))

    async def refresh(self) -> Result:
        """Take what changed on the hosts into the state."""
        self.listen(RunStarted(self.id, self.command, self.name.short))
        state = self.store.stack(self.name)
        with self._lease(state) as lease:
            return await self._recorded(state, lease, lambda journal: self._refresh(state, journal))

    def interrupt(self, *, at_once: bool) -> None:
        self.interrupted = True
        if self._run is not None:
            self._run.halted = True
        if at_once:
            self.cancelled.set()

    def close(self) -> None:
        for hosts in self._hosts:
            hosts.close()

    # parts

    @property
    def name(self) -> StackName:
        return self.program.name

    def mac(self, state: StackState | None) -> Mac:
        if state is not None:
            return state.cipher.mac
        from virtwright.stacks.cipher import Cipher

        return Cipher.from_keys(self.store.keys).mac

    def hosts(self) -> Hosts:
        hosts = Hosts(str(self.name), self.threads, self.listen, self.opener)
        self._hosts.append(hosts)
        return hosts

    async def _quiet_plan(self) -> Plan:
        """The plan that an apply makes for itself; its decisions are announced by the pass that acts."""
        listen, self.listen = self.listen, lambda event: None
        try:
            return await self._foresee()
        finally:
            self.listen = listen

    async def _foresee(self, *, observe: bool = True) -> Plan:
        state = self.store.stack(self.name) if self.name in self.store.stacks() else None
        if state is None and isinstance(self.program, EmptyProgram):
            raise StateError(f"there is no stack {self.name.short}", hint="`virtwright state list` shows the stacks")
        snapshot = Snapshot.of(state.resources() if state is not None else ())
        hosts = self.hosts()
        run = await self._new_run(snapshot, Predictor(snapshot), hosts, self.mac(state), None)
        run.observing = observe
        if state is not None and observe:
            await settle_all(run, state.open_operations())
        outputs = await self._program(run)
        await Deletion(run).carry_out()
        if run.preventing:
            raise _together(run.preventing, run.problems)
        binding = Binding(self.program.digest, state.serial if state is not None else 0, hosts.digest())
        return Plan(str(self.name), self.command, tuple(run.steps), binding, self.options, masked(outputs))

    async def _act(self, state: StackState, journal: Journal, plan: Plan) -> tuple[Run, Mapping[str, Value]]:
        snapshot = Snapshot.of(state.resources())
        hosts = self.hosts()
        mac = self.mac(state)
        hands = Hands(
            str(self.name), self.id, snapshot, journal, self.listen, self.redactor, mac, hosts.call, self.cancelled
        )
        run = await self._new_run(snapshot, hands, hosts, mac, Agreement(plan))
        await settle_all(run, state.open_operations())
        outputs = await self._program(run)
        if not run.errors or not run.stops_on_error:
            await Deletion(run).carry_out()
        if not run.errors and not self.interrupted:
            outputs = known(outputs, state.outputs())
            left = run.places.left() if run.selection.is_whole else ()
            put = tuple(record for record in left if record.urn not in run.unsettled)
            await hands.commit(Changes(put=put, outputs=outputs))
            self._warn_of_strangers(run)
        return run, outputs

    async def _recover(self, state: StackState, journal: Journal) -> tuple[Run, Mapping[str, Value]]:
        snapshot = Snapshot.of(state.resources())
        run = await self._new_run(snapshot, Recorder(snapshot, journal), self.hosts(), self.mac(state), None)
        outputs = await Recovery(run).carry_out(self.program)
        await run.actor.commit(Changes(outputs=outputs))
        return run, outputs

    async def _refresh(self, state: StackState, journal: Journal) -> tuple[Run, Mapping[str, Value]]:
        snapshot = Snapshot.of(state.resources())
        run = await self._new_run(snapshot, Recorder(snapshot, journal), self.hosts(), self.mac(state), None)
        await settle_all(run, state.open_operations())
        await refresh(run)
        return run, state.outputs()

    async def _new_run(
        self, snapshot: Snapshot, actor: Any, hosts: Hosts, mac: Mac, agreement: Agreement | None
    ) -> Run:
        run = Run(
            self.command, snapshot, actor, hosts, await self._selection(snapshot), self.listen, self.redactor, mac,
            agreement, stops_on_error=not self.options.continue_on_error and self.command != "destroy",
        )  # fmt: skip
        for record in (*snapshot.live.values(), *snapshot.doomed.values()):
            self.redactor.learn(record.inputs)
        run.halted = self.interrupted
        self._run = run
        return run

    async def _selection(self, snapshot: Snapshot) -> Selection:
        options = self.options
        if not (options.targets or options.exclude or options.replace or options.allow_data_loss):
            return Selection(options)
        return select(options, await graph(self.program), [record.urn for record in snapshot.resources()])

    async def _program(self, run: Run) -> Mapping[str, Value]:
        """Run the program. Whatever becomes of it, what is under way on a host is finished and recorded."""
        try:
            outputs = await self.program.run(Registration(run).register)
        except BaseException:
            run.halted = True
            raise
        finally:
            while run.under_way:
                await asyncio.wait(run.under_way)
        return dict(outputs)

    def _warn_of_strangers(self, run: Run) -> None:
        for text in strangers(run):
            self.listen(
                Warned(
                    Problem(
                        f"{text} is on a host with this stack's stamp, but the state does not know it",
                        hint="to take it into the state:\n    virtwright state recover",
                    )
                )
            )

    def _lease(self, state: StackState) -> Lease:
        return state.acquire(
            holder=whoami(),
            wait=self.options.lease_wait,
            ttl=self.options.lease_ttl,
            on_wait=lambda holder, expires_in: self.listen(LeaseWaiting(holder, expires_in)),
        )

    async def _recorded(
        self,
        state: StackState,
        lease: Lease,
        work: Callable[[Journal], Any],
    ) -> Result:
        begun = RunRecord(id=self.id, command=self.command, started=utc_now(), who=whoami())
        with Journal(state, lease) as journal:
            await journal.commit(Changes(runs=(begun,)))
            try:
                run, outputs = await work(journal)
            except BaseException as error:
                await self._record_end(journal, begun, "failed", {}, self.redactor.scrub(str(error)))
                self._finished("failed", {}, {})
                raise
            outcome = "interrupted" if self.interrupted else "failed" if run.errors else "succeeded"
            message = run.problems[0].message if run.problems else None
            await self._record_end(journal, begun, outcome, run.done, message)
        self._finished(outcome, run.done, masked(outputs))
        return Result(self.id, outcome == "succeeded", self.interrupted, dict(run.done), outputs)

    @staticmethod
    async def _record_end(
        journal: Journal, begun: RunRecord, outcome: str, summary: Mapping[str, int], message: str | None
    ) -> None:
        ended = RunRecord(
            id=begun.id, command=begun.command, started=begun.started, who=begun.who, finished=utc_now(),
            result=outcome, summary=dict(summary), message=message,
        )  # fmt: skip
        try:
            await journal.commit(Changes(runs=(ended,)))
        except (LeaseLostError, StateError):
            if outcome == "succeeded":
                raise

    def _finished(self, outcome: Any, summary: Mapping[str, int], outputs: Mapping[str, Value]) -> None:
        self.listen(RunFinished(self.id, outcome, dict(summary), outputs, time.monotonic() - self._started))


async def graph(program: Program) -> dict[Urn, frozenset[Urn]]:
    """What depends on what."""
    return {goal.urn: goal.dependencies for goal in await collect_goals(program)}


def _count(plan: Plan) -> dict[str, int]:
    summary: dict[str, int] = {}
    for step in plan.steps:
        summary[step.op] = summary.get(step.op, 0) + 1
    return summary


def _together(errors: list[VirtwrightError], problems: list[Problem]) -> VirtwrightError:
    """One error for all that is wrong."""
    kinds = {type(error) for error in errors}
    first, *others = dict.fromkeys(problems)
    kind = kinds.pop() if len(kinds) == 1 else VirtwrightError
    if kind not in (RefusedError, HostError, UnsupportedError):
        return InputError([first, *others])
    error = kind(first.message, where=first.where, hint=first.hint)
    error.others = tuple(others)
    return error

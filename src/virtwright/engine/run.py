"""One pass of a program: what all of its steps share."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from virtwright.engine.actor import Actor
from virtwright.engine.admission import Admission
from virtwright.engine.events import Command, Listener, StepFailed, StepPlanned, StepSkipped
from virtwright.engine.hosts import Hosts
from virtwright.engine.local_reads import OutsideFile, outside_files
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.overlaps import Ranges
from virtwright.engine.permits import Agreement
from virtwright.engine.places import Places
from virtwright.engine.selection import Selection
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.step import Op, Step
from virtwright.errors import DataLossError, HostError, Problem, RefusedError, StateError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, Goal, Registered
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from virtwright.engine.desired import Desired
    from virtwright.engine.journeys import Along

_PATIENCE = 2.0
"""Seconds after which a step that waits for another one looks whether that one can still come."""


@dataclass(slots=True)
class Run:
    """The shared state of one pass."""

    command: Command
    snapshot: Snapshot
    actor: Actor
    hosts: Hosts
    selection: Selection
    listen: Listener
    redactor: Redactor
    mac: Mac
    typed: str
    """The command line, to be given again with another option."""
    agreement: Agreement | None = None
    """The plan that this run is held to; None in a plan."""
    stops_on_error: bool = True
    trust: Trust = TRUSTED
    """What may be done for the program's sake."""
    observing: bool = True
    """False while only the stack is validated: no host is asked."""
    halted: bool = False
    """No new step is begun."""
    steps: list[Step] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    errors: list[VirtwrightError] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """All that is wrong, each with its place."""
    losses: dict[Problem, str] = field(default_factory=dict)
    """By problem: the resource whose data would be lost."""
    registered: dict[Urn, "asyncio.Future[Registered]"] = field(default_factory=dict)
    under_way: "set[asyncio.Future[Registered]]" = field(default_factory=set)
    """Goals that are being brought about right now."""
    undone: set[Urn] = field(default_factory=set)
    """Goals that failed or were skipped."""
    causes: dict[Urn, str] = field(default_factory=dict)
    """Why a resource that was deleted for its dependency's sake is created again."""
    foreseen: "dict[Urn, Desired]" = field(default_factory=dict)
    """As a plan tells it: what is made anew for its dependency's sake, by the name that it has in the state."""
    made: set[str] = field(default_factory=set)
    """Ids of objects that this run created, and that its listings can't show."""
    renamed: dict[Urn, Urn] = field(default_factory=dict)
    """URNs that live on under another name, and that name."""
    clearing: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    """By row: what is deleted early, for the sake of something that it uses."""
    replacing: set[str] = field(default_factory=set)
    """Rows of old objects that this run itself replaces."""
    late: set[str] = field(default_factory=set)
    """Rows of objects that an earlier run made when it had been given up."""
    unrecorded: set[str] = field(default_factory=set)
    """Rows of objects that the state lacked when this run, which deletes all, began."""
    existing: set[Urn] = field(default_factory=set)
    """What the program uses and somebody else made: no part of the state."""
    unsettled: set[Urn] = field(default_factory=set)
    """Hosts on which an earlier run left something open that can't be settled now."""
    along: "dict[Urn, Along]" = field(default_factory=dict)
    """Volumes that go to another host with the machine that uses them, until that has been there."""
    going: dict[str, set[str]] = field(default_factory=dict)
    """By host, ids of what a move that was cut off has left there, and an apply removes at its beginning."""
    astray: dict[Urn, VirtwrightError] = field(default_factory=dict)
    """What an earlier run was moving when it was cut off, and why nobody can tell now which host it is on."""
    outside: set[OutsideFile] = field(default_factory=set)
    """What the program names outside of its folder."""
    ranges: Ranges = field(default_factory=Ranges)
    """The addresses of the program's networks."""
    places: Places = field(init=False)
    _arrivals: dict[Urn, asyncio.Event] = field(default_factory=dict)
    _waiting: int = 0

    def __post_init__(self) -> None:
        admission = Admission.of(self.trust, self.snapshot.live.values(), asked=self.observing)
        self.places = Places(self.hosts, self.snapshot, frozenset(self.selection.options.lost), admission)

    @property
    def planning(self) -> bool:
        return self.agreement is None

    def current(self, urn: Urn) -> Urn:
        """The name that a resource has in the program, as far as is known."""
        return self.renamed.get(urn, urn)

    async def arrival(self, urn: Urn) -> Urn:
        """Wait until the program registers a resource that the plan keeps; returns the name it has now. Raises
        ``RefusedError`` where the program does nothing else any more."""
        self._waiting += 1
        try:
            while (name := self.current(urn)) not in self.registered:
                arrived = self._arrivals.setdefault(urn, asyncio.Event())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(arrived.wait(), _PATIENCE)
                    continue
                if sum(not answer.done() for answer in self.registered.values()) <= self._waiting:
                    raise RefusedError(f"the plan keeps {urn.name}, but the stack does not declare it any more")
            return name
        finally:
            self._waiting -= 1

    def arrive(self, urn: Urn, before: Urn) -> None:
        """Tell who waits that a resource was registered."""
        for name in {urn, before}:
            if (waiting := self._arrivals.get(name)) is not None:
                waiting.set()

    @property
    def preventing(self) -> list[VirtwrightError]:
        """The errors of a plan that keep it from being carried out."""
        return [error for error in self.errors if self.stops_on_error or not isinstance(error, HostError)]

    def note_reads(self, goal: Goal) -> None:
        """Tell in a plan which files outside of the stack's folder a goal names."""
        for each in outside_files(goal) if self.planning else ():
            told = replace(each, file=self.redactor.scrub(each.file))
            self.outside.add(told)
            self.listen(told)

    def announce(self, step: Step) -> None:
        """Make a decision known."""
        self.steps.append(step)
        self.listen(StepPlanned(step))

    def count(self, what: str) -> None:
        """One more step of an op was done, or one more ``failed``."""
        self.done[what] = self.done.get(what, 0) + 1

    def fail(
        self,
        error: VirtwrightError,
        urn: Urn,
        kind: str,
        host: str | None,
        seconds: float,
        *,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Note a failure and, unless the run goes on regardless, begin nothing more. ``problems`` are those of the error
        with their places, where these are known."""
        told = [self._told(problem, urn) for problem in problems or error.problems]
        self.errors.append(error)
        self.problems += told
        if isinstance(error, DataLossError):
            self.losses |= dict.fromkeys(told, error.resource)
        self.count("failed")
        step = next((step for step in reversed(self.steps) if step.urn == urn), Step(Op.READ, urn, kind, host))
        for problem in told:
            self.listen(StepFailed(step, problem, seconds))
        if not self.planning and (self.stops_on_error or isinstance(error, StateError)):
            self.halted = True  # also where nothing could be recorded any more

    def _told(self, problem: Problem, urn: Urn) -> Problem:
        where = replace(problem.where, urn=problem.where.urn or str(urn))
        return self.redactor.scrub_problem(replace(problem, where=where))

    def failed_host(self, host: Urn | None) -> str | None:
        """The name of a resource's host, where that could not be opened: nothing is known of what is on it."""
        return f"hosts.{host.name}" if host is not None and host in self.undone else None

    def skip(self, goal: Goal, reason: str) -> Registered:
        """Leave a goal alone in this run."""
        self.undone.add(goal.urn)
        self.listen(StepSkipped(goal.urn, reason))
        return unknown(goal, "skipped")


def unknown(goal: Goal, result: Literal["done", "failed", "skipped"]) -> Registered:
    """The answer to a goal of which nothing is known but what it declares."""
    if goal.kind == HOST_KIND:
        return Registered(goal.urn, None, {**goal.inputs, "name": goal.urn.name}, result)
    if goal.kind == COMPONENT_KIND:
        return Registered(goal.urn, None, goal.inputs, result)
    kind = EVERY_KIND[goal.kind]
    names = {*kind.inputs.model_fields, *kind.outputs.model_fields}
    outputs: Mapping[str, Any] = {**dict.fromkeys(names, UNKNOWN), **goal.inputs}
    return Registered(goal.urn, None, outputs, result)


def host_name(host: Urn | None) -> str | None:
    return host.name if host is not None else None

"""One pass of a program: what all of its steps share."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from virtwright.engine.actor import Actor
from virtwright.engine.events import Command, Listener, StepFailed, StepPlanned, StepSkipped
from virtwright.engine.hosts import Hosts
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.permits import Agreement
from virtwright.engine.places import Places
from virtwright.engine.selection import Selection
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.step import Op, Step
from virtwright.errors import VirtwrightError
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import HOST_KIND, Goal, Registered


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
    agreement: Agreement | None = None
    """The plan that this run is held to; None in a plan."""
    stops_on_error: bool = True
    observing: bool = True
    """False while only the stack is validated: no host is asked."""
    halted: bool = False
    """No new step is begun."""
    steps: list[Step] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    errors: list[VirtwrightError] = field(default_factory=list)
    registered: dict[Urn, "asyncio.Future[Registered]"] = field(default_factory=dict)
    undone: set[Urn] = field(default_factory=set)
    """Goals that failed or were skipped."""
    causes: dict[Urn, str] = field(default_factory=dict)
    """Why a resource that was deleted for its dependency's sake is created again."""
    made: set[str] = field(default_factory=set)
    """Ids of objects that this run created, and that its listings can't show."""
    renamed: set[Urn] = field(default_factory=set)
    """URNs that live on under another name."""
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.hosts, self.snapshot)

    @property
    def planning(self) -> bool:
        return self.agreement is None

    def announce(self, step: Step) -> None:
        """Make a decision known."""
        self.steps.append(step)
        self.listen(StepPlanned(step))

    def count(self, what: str) -> None:
        """One more step of an op was done, or one more ``failed``."""
        self.done[what] = self.done.get(what, 0) + 1

    def fail(self, error: VirtwrightError, urn: Urn, kind: str, host: str | None, seconds: float) -> None:
        """Note a failure and, unless the run goes on regardless, begin nothing more."""
        error.located(urn=str(urn))
        error.problem = self.redactor.scrub_problem(error.problem)
        self.errors.append(error)
        self.count("failed")
        step = next((step for step in reversed(self.steps) if step.urn == urn), Step(Op.READ, urn, kind, host))
        self.listen(StepFailed(step, error.problem, seconds))
        if self.stops_on_error and not self.planning:
            self.halted = True

    def skip(self, goal: Goal, reason: str) -> Registered:
        """Leave a goal alone in this run."""
        self.undone.add(goal.urn)
        self.listen(StepSkipped(goal.urn, reason))
        return unknown(goal, "skipped")


def unknown(goal: Goal, result: Literal["done", "failed", "skipped"]) -> Registered:
    """The answer to a goal of which nothing is known but what it declares."""
    if goal.kind == HOST_KIND:
        return Registered(goal.urn, None, {**goal.inputs, "name": goal.urn.name}, result)
    kind = KINDS[goal.kind]
    names = {*kind.inputs.model_fields, *kind.outputs.model_fields}
    outputs: Mapping[str, Any] = {**dict.fromkeys(names, UNKNOWN), **goal.inputs}
    return Registered(goal.urn, None, outputs, result)


def host_name(host: Urn | None) -> str | None:
    return host.name if host is not None else None

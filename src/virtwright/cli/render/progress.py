"""What a run has come to: the running steps and the counts, kept from its events. Pure; the views draw it."""

import time
from collections.abc import Callable
from dataclasses import field

from virtwright.engine.events import (
    Event,
    LeaseWaiting,
    RunFinished,
    StepFailed,
    StepFinished,
    StepPlanned,
    StepProgress,
    StepSkipped,
    StepStarted,
)
from virtwright.engine.step import Op, Step
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn


@dataclass(slots=True)
class Running:
    """A step under way."""

    step: Step
    since: float
    message: str = ""
    fraction: float | None = None


@dataclass(slots=True)
class Progress:
    """Follows a run. ``due`` is how many steps were planned, where that is known."""

    due: int = 0
    clock: Callable[[], float] = time.monotonic
    running: dict[Urn, Running] = field(default_factory=dict)
    done: int = 0
    failed: int = 0
    skipped: int = 0
    unchanged: int = 0
    waiting_for_lease: str | None = None

    def follow(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, LeaseWaiting):
            self.waiting_for_lease = event.holder
            return
        self.waiting_for_lease = None
        if isinstance(event, StepStarted):
            self.running[event.step.urn] = Running(event.step, self.clock())
        elif isinstance(event, StepProgress):
            self._news(event)
        elif isinstance(event, StepPlanned) and event.step.op is Op.SAME:
            self.unchanged += 1
        elif isinstance(event, StepFinished | StepFailed):
            self.running.pop(event.step.urn, None)
            self.done += isinstance(event, StepFinished) and event.step.op is not Op.SAME
            self.failed += isinstance(event, StepFailed)
        elif isinstance(event, StepSkipped):
            self.skipped += 1
        elif isinstance(event, RunFinished):
            self.running.clear()

    def _news(self, event: StepProgress) -> None:
        if running := self.running.get(event.urn):
            running.message, running.fraction = event.message, event.fraction

    @property
    def left(self) -> int:
        """Planned steps that have not begun yet."""
        return max(0, self.due - len(self.running) - self.done - self.failed - self.skipped)

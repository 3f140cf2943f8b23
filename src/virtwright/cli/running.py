"""Runs on an engine, shown as they go: plans, and everything that changes hosts."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from virtwright.cli import command
from virtwright.cli.interrupt import interruptible, say_plainly
from virtwright.cli.json_lines import JsonLines
from virtwright.cli.render.event_text import seconds_text
from virtwright.cli.render.outputs import output_lines
from virtwright.cli.render.plan import render_plan
from virtwright.cli.render.planning import PlanningView
from virtwright.cli.render.views import LiveView, PlainView, QuietView, View
from virtwright.cli.render.words import count_words
from virtwright.cli.session import Session
from virtwright.engine.events import Event, RunFinished, StepFailed, StepPlanned
from virtwright.engine.plan import Plan, Result
from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError, VirtwrightError
from virtwright.providers.diff import Impact

if TYPE_CHECKING:
    from virtwright.engine.api import Engine

_INTERRUPTED = 130


class Runner:
    """An engine whose events go to the view of the moment, or to standard output as JSON. A context manager: hosts stay
    connected from the plan to its apply."""

    def __init__(self, session: Session) -> None:
        from virtwright.engine.api import Engine

        self.session = session
        self.engine: Engine = Engine(session.store, [self._listen], typed=command.latest_typed, trust=session.trust)
        command.latest_scrub = self.engine.scrub
        self._json = JsonLines(sys.stdout) if session.settings.json else None
        self._view: View | None = None
        self._finished: RunFinished | None = None
        self._steps: list[Step] = []
        self._keeping = ExitStack()

    def __enter__(self) -> Self:
        self._keeping.enter_context(self.engine.keeping_hosts())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keeping.close()

    def _listen(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self._finished = event
        if isinstance(event, StepPlanned) or (isinstance(event, StepFailed) and self._is_decided(event.step)):
            self._steps.append(event.step)
        if self._json is not None:
            self._json(event)
        elif self._view is not None:
            self._view(event)

    def _is_decided(self, step: Step) -> bool:
        """Whether a step that failed is one to show: what failed before any decision was only looked at."""
        return step.op is not Op.READ and step not in self._steps

    def plan(self, make: Callable[["Engine"], Plan]) -> Plan:
        """Make a plan, quietly, and show it. Ctrl-C ends it at once: nothing is under way that must be recorded.

        Where it is refused, the steps that were decided on are shown before the refusal is raised."""
        err = self.session.err
        watched = self._json is None and err.is_terminal and not err.is_dumb_terminal and not err.no_color
        self._view = view = PlanningView(err) if watched else QuietView(err)
        try:
            with view:
                plan = make(self.engine)
        except VirtwrightError as error:
            if isinstance(error, RefusedError) or any(step.impact is Impact.DATA_LOSS for step in self._steps):
                self.show(Plan("", "plan", tuple(self._steps), 0), refused=True)
            raise
        self.show(plan)
        return plan

    def show(self, plan: Plan, *, refused: bool = False) -> None:
        """What was ``refused`` is shown as far as it was made."""
        if self._json is None:
            out = self.session.out
            for line in render_plan(out, plan, verbose=self.session.settings.verbose, refused=refused):
                out.print(line, soft_wrap=True)

    def run(self, act: Callable[["Engine"], Result], *, due: int = 0) -> int:
        """Change the hosts, live on the screen; returns the exit code."""
        out = self.session.out
        live = out.is_terminal and not out.is_dumb_terminal
        view = LiveView(out, due=due) if live else PlainView(out, verbose=self.session.settings.verbose)
        if self._json is None and due:
            out.print()
        with self._shown(view):
            result = act(self.engine)
        if self._json is None:
            self._conclude(result)
        if result.interrupted:
            return _INTERRUPTED
        return 0 if result.succeeded else 1

    def _conclude(self, result: Result) -> None:
        out = self.session.out
        word = "Interrupted" if result.interrupted else "Done" if result.succeeded else "Failed"
        took = f" in {seconds_text(self._finished.seconds)}" if self._finished else ""
        style = "bold green" if result.succeeded else "bold red"
        out.print(f"{word}{took}: {count_words(result.summary, planned=False)}.", style=style, soft_wrap=True)
        if result.interrupted:
            out.print("The same command again goes on from here.")
        if result.outputs:
            out.print("\nOutputs:", style="bold")
            for line in output_lines(result.outputs, margin="  "):
                out.print(line, soft_wrap=True)

    @contextmanager
    def _shown(self, view: View) -> Iterator[None]:
        if self._json is not None:
            with interruptible(self.engine.interrupt, say_plainly):
                yield
            return
        self._view = view
        try:
            with view, interruptible(self.engine.interrupt, view.notice):
                yield
        finally:
            self._view = None

"""Views of a run while it runs: a live one for a terminal, plain lines for everything else."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from virtwright.cli.interrupt import say_plainly
from virtwright.cli.render.event_text import lasting_line, passing_line, seconds_text, still_lines
from virtwright.cli.render.progress import Progress, Running
from virtwright.cli.render.text import safe
from virtwright.cli.render.words import STYLES, UNDER_WAY
from virtwright.engine.events import Event, HostObserved, IntentSettled, LeaseWaiting, Logged, StepProgress, Warned
from virtwright.engine.selection import address

_REFRESHES = 10
"""A second."""
_STILL = 30.0
"""Seconds."""


class View(Protocol):
    """Shows a run's events; a context manager around the run."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def __call__(self, event: Event) -> None: ...

    def notice(self, text: str) -> None:
        """Show a line at once. Called from a signal handler: takes no lock and prints through no buffer."""
        ...


class LiveView:
    """What runs, for how long and what it waits for, redrawn in place; what is done scrolls by above it."""

    def __init__(self, console: Console, *, due: int = 0) -> None:
        self.progress = Progress(due)
        self._notice = ""
        self._console = console
        self._spinner = Spinner("dots")
        self._lock = threading.Lock()
        self._live = Live(self, console=console, refresh_per_second=_REFRESHES, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.progress.follow(event)
        if not isinstance(event, LeaseWaiting) and (line := lasting_line(event)) is not None:
            self._console.print(line)

    def notice(self, text: str) -> None:
        self._notice = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            yield from self._draw(options)

    def _draw(self, options: ConsoleOptions) -> RenderResult:
        room = max(1, options.size.height - 4)
        running = list(self.progress.running.values())
        for item in running[:room]:
            yield self._running(item)
        if len(running) > room:
            yield Text(f"  ... and {len(running) - room} more", "dim")
        if self._notice:
            yield one_line(Text(self._notice, "bold yellow"))
        yield self._footer()

    def _running(self, item: Running) -> Text:
        frame = self._spinner.render(self._console.get_time())
        took = seconds_text(self.progress.clock() - item.since)
        line = Text.assemble(
            frame if isinstance(frame, Text) else "",
            " ",
            safe(address(item.step.urn), "bold"),
            (f" {UNDER_WAY[item.step.op]}", STYLES[item.step.op]),
            (f" {took}", "dim"),
        )
        if item.fraction is not None:
            line.append(f" {item.fraction:.0%}")
        if item.message:
            line.append("  ").append_text(safe(item.message, "dim"))
        return one_line(line)

    def _footer(self) -> Text:
        progress = self.progress
        if progress.waiting_for_lease:
            holder = safe(progress.waiting_for_lease, "bold")
            return one_line(Text.assemble("waiting for ", holder, ", who is changing this stack"))
        parts = [f"{progress.done} done", f"{len(progress.running)} running"]
        parts += [f"{progress.left} to go"] if progress.due else []
        parts += [f"{progress.failed} failed"] if progress.failed else []
        parts += [f"{progress.skipped} skipped"] if progress.skipped else []
        return one_line(Text(", ".join(parts), "dim"))


def one_line(text: Text) -> Text:
    """Cut at the console's edge."""
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


class PlainView:
    """One line an event, with the time, for logs and pipes. What takes long is told again and again: a pipeline takes a job that
    says nothing for dead."""

    def __init__(
        self,
        console: Console,
        *,
        verbose: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        every: float = _STILL,
    ) -> None:
        """``every``: after how many seconds, and how often then, a step that still runs is told again."""
        self.progress = Progress()
        self._console = console
        self._verbose = verbose
        self._now = now
        self._last_lease = ""
        self._every = every
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._reminder = threading.Thread(target=self._remind, name="reminder", daemon=True)

    def __enter__(self) -> Self:
        self._reminder.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._over.set()
        self._reminder.join()

    def _remind(self) -> None:
        while not self._over.wait(self._every):
            with self._lock:
                lines = still_lines(self.progress, self._every)
            for line in lines:
                self._print(line)

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.progress.follow(event)
        if isinstance(event, LeaseWaiting):
            if event.holder == self._last_lease:
                return
            self._last_lease = event.holder
        line = lasting_line(event)
        if line is None and (self._verbose or not _is_detail(event)):
            line = passing_line(event)
        if line is not None:
            self._print(line)

    def _print(self, line: Text) -> None:
        stamp = f"{self._now():%H:%M:%S} "
        self._console.print(Text.assemble((stamp, "dim"), line), soft_wrap=True)

    def notice(self, text: str) -> None:
        say_plainly(text)


def _is_detail(event: Event) -> bool:
    return isinstance(event, HostObserved) or (isinstance(event, StepProgress) and event.fraction is not None)


class QuietView:
    """Only what must be known: warnings, waits, and what a program says. For plans, whose steps are shown when all of them are
    known."""

    def __init__(self, console: Console) -> None:
        self._plain = PlainView(console)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def __call__(self, event: Event) -> None:
        if isinstance(event, Warned | LeaseWaiting | IntentSettled | Logged):
            self._plain(event)

    def notice(self, text: str) -> None:
        say_plainly(text)

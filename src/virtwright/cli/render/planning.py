"""What is seen while a plan is made on a terminal."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from virtwright.cli.render.event_text import seconds_text
from virtwright.cli.render.views import QuietView, one_line
from virtwright.engine.events import Event, HostObserved, StepPlanned

_PATIENCE: Final = 1.0
"""Seconds after which something is shown: most plans are made by then."""


class PlanningView:
    """As ``QuietView``, and below it a line that says how far the plan is, until it is there."""

    def __init__(self, console: Console) -> None:
        self._quiet = QuietView(console)
        self._console = console
        self._spinner = Spinner("dots")
        self._began = console.get_time()
        self._hosts: set[str] = set()
        self._decided = 0
        self._live = Live(self, console=console, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        if isinstance(event, HostObserved):
            self._hosts.add(event.host)
        self._decided += isinstance(event, StepPlanned)
        self._quiet(event)

    def notice(self, text: str) -> None:
        self._quiet.notice(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        took = self._console.get_time() - self._began
        if took < _PATIENCE:
            return
        frame = self._spinner.render(self._console.get_time())
        hosts = f"{len(self._hosts)} host{'' if len(self._hosts) == 1 else 's'}"
        text = f" planning  {seconds_text(took)}  {hosts} answered, {self._decided} decided"
        yield one_line(Text.assemble(frame if isinstance(frame, Text) else "", (text, "dim")))

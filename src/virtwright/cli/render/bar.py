"""How far one long piece of work is: a bar on a terminal, else a line for each part of it."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from virtwright.cli.session import Session


class Bar:
    """A context manager. ``report`` is what a ``Context`` tells its progress to, on any thread."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._live = sys.stderr.isatty() and not session.settings.json
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._last = ""

    def __enter__(self) -> Self:
        if self._live:
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
            self._progress = Progress(*columns, console=self._session.err, transient=True)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def report(self, message: str, fraction: float | None = None) -> None:
        """A new message is a new part of the work."""
        new, self._last = message != self._last, message
        if self._progress is None:
            if new and not self._session.settings.json:
                self._session.warn(message)
            return
        if new:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(message, total=1.0)
            if fraction is None:
                self._progress.console.print(message, soft_wrap=True)
        if self._task is not None and fraction is not None:
            self._progress.update(self._task, completed=fraction)

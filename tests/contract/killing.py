"""Applies in processes of their own that are killed, paused or left to race."""

import json
import os
import signal
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from tests.contract.stage import Desk, Stage
from tests.dying import arm
from tests.forks import FORKS
from tests.programs import Item
from tests.waiting import PATIENCE

from virtwright import failpoints
from virtwright.engine.events import Event, StepFailed, Warned
from virtwright.engine.plan import RunOptions
from virtwright.errors import LeaseHeldError, LeaseLostError

LOST, HELD, FAILED = 17, 18, 19
"""Exit statuses of an apply that lost its lease, did not get it, or failed."""
_REPORT = "report-of-{pid}"
"""In the desk's folder: why an apply failed, for the assertion of the process that waits for it."""
_HITS = "hits-of-{pid}"
"""In the desk's folder: how often an apply came to each failpoint that it had."""
_NEVER = 1_000_000


@dataclass(frozen=True)
class Job:
    """One apply."""

    desk: Desk
    arrive: Callable[[], None]
    items: tuple[Item, ...]
    options: RunOptions
    failpoint: str = ""

    def run(self) -> None:
        self.arrive()
        arm(self.failpoint)
        status = self._status()
        _await_calls()
        hits = {point.name: _NEVER - point.left for point in failpoints._points}
        (self.desk.home / _HITS.format(pid=os.getpid())).write_text(json.dumps(hits))
        os._exit(status)

    def _status(self) -> int:
        try:
            return 0 if self._succeeds() else FAILED
        except LeaseLostError:
            return LOST
        except LeaseHeldError:
            return HELD

    def _succeeds(self) -> bool:
        events: list[Event] = []
        program = self.desk.program(self.items)
        try:
            succeeded = self.desk.work(lambda engine, _: engine.apply(program, self.options), events.append).succeeded
        except BaseException:
            self._report(events, traceback.format_exc())
            raise
        if not succeeded:
            self._report(events, "")
        return succeeded

    def _report(self, events: Sequence[Event], error: str) -> None:
        lines = [str(event) for event in events if isinstance(event, StepFailed | Warned)]
        (self.desk.home / _REPORT.format(pid=os.getpid())).write_text("\n".join([*lines, error]))


def start(stage: Stage, items: Sequence[Item], options: RunOptions, failpoint: str = "") -> BaseProcess:
    """Begin an apply in another process."""
    job = Job(stage.desk, stage.subject.arrive, tuple(items), options, failpoint)
    process = FORKS.Process(target=job.run)
    process.start()
    return process


def dies(stage: Stage, items: Sequence[Item], options: RunOptions, failpoint: str) -> bool:
    """Apply where the process kills itself at the failpoint; whether it got there."""
    process = start(stage, items, options, failpoint)
    process.join()
    return _was_killed(stage, process)


def hits(stage: Stage, items: Sequence[Item], options: RunOptions, points: Sequence[str]) -> Mapping[str, int]:
    """Apply, and tell how often the process came to each of the failpoints."""
    process = start(stage, items, options, ",".join(f"{point}:{_NEVER}=kill" for point in points))
    process.join()
    assert process.exitcode == 0, report(stage, process)
    found: Mapping[str, int] = json.loads((stage.desk.home / _HITS.format(pid=process.pid)).read_text())
    return found


def killed_after(stage: Stage, items: Sequence[Item], options: RunOptions, seconds: float) -> bool:
    """Apply, and kill the process after so many seconds; whether it was still at work."""
    process = start(stage, items, options)
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
    process.join()
    return _was_killed(stage, process)


def report(stage: Stage, process: BaseProcess) -> str:
    """How an apply ended, in words."""
    file = stage.desk.home / _REPORT.format(pid=process.pid)
    return f"the apply ended with {process.exitcode}\n{file.read_text() if file.exists() else ''}"


def _await_calls() -> None:
    """A run that has lost its lease does not wait for its calls to hosts. What they make is to be there when the process has ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("host"):
            thread.join(PATIENCE)


def _was_killed(stage: Stage, process: BaseProcess) -> bool:
    assert process.exitcode in (0, -signal.SIGKILL), report(stage, process)
    return process.exitcode == -signal.SIGKILL

"""Applies in processes of their own that are killed, paused or left to race."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from tests.contract.stage import Desk, Stage
from tests.programs import Item

from virtwright import failpoints
from virtwright.engine.plan import RunOptions
from virtwright.errors import LeaseHeldError, LeaseLostError

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.contract.killing", "tests.contract.preloaded"])
LOST, HELD, FAILED = 17, 18, 19
"""Exit statuses of an apply that lost its lease, did not get it, or failed."""


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
        failpoints.configure(self.failpoint)
        try:
            done = self.desk.apply(self.items, self.options).succeeded
        except LeaseLostError:
            os._exit(LOST)
        except LeaseHeldError:
            os._exit(HELD)
        os._exit(0 if done else FAILED)


def start(stage: Stage, items: Sequence[Item], options: RunOptions, failpoint: str = "") -> BaseProcess:
    """Begin an apply in another process."""
    job = Job(stage.desk, stage.subject.arrive, tuple(items), options, failpoint)
    process = _forks.Process(target=job.run)
    process.start()
    return process


def dies(stage: Stage, items: Sequence[Item], options: RunOptions, failpoint: str) -> bool:
    """Apply where the process kills itself at the failpoint; whether it got there."""
    process = start(stage, items, options, failpoint)
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"the apply ended with {process.exitcode}"
    return process.exitcode == -signal.SIGKILL


def killed_after(stage: Stage, items: Sequence[Item], options: RunOptions, seconds: float) -> bool:
    """Apply, and kill the process after so many seconds; whether it was still at work."""
    process = start(stage, items, options)
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"the apply ended with {process.exitcode}"
    return process.exitcode == -signal.SIGKILL

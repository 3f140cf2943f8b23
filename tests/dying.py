"""Work in processes of their own that die where a failpoint says."""

import signal
from collections.abc import Callable

from tests.forks import FORKS
from virtwright import failpoints
from virtwright.engine import journal


def arm(failpoint: str) -> None:
    """In a process that was forked for it: set the failpoint."""
    journal._MOST = 1  # a commit for each row, whatever comes together in time: a position is always the same one
    failpoints.configure(failpoint)


def dies(work: Callable[[], object], failpoint: str) -> bool:
    """Do ``work`` in a process of its own with the failpoint set; whether that process was killed by it."""
    process = FORKS.Process(target=_armed, args=(work, failpoint))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"the process ended with {process.exitcode}"
    return process.exitcode == -signal.SIGKILL


def _armed(work: Callable[[], object], failpoint: str) -> None:
    arm(failpoint)
    work()

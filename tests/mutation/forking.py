"""One fork, its limits, and what it answers."""

import ctypes
import os
import pickle
import resource
import select
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

_MEMORY: Final = 6 << 30
_PR_SET_PDEATHSIG: Final = 1
_PASSED: Final = (0, 5)
"""Statuses of pytest: all tests passed, or there were none."""
_answers: list[int] = []
"""In a fork: where it answers."""


@dataclass(frozen=True, slots=True)
class Limits:
    processor: float
    """Seconds of processor time."""
    wall: float
    """Seconds, where it waits for what never comes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    failed: str | None = None
    """The first test, or file of tests, that failed."""
    timed_out: bool = False
    status: int = 0
    settled: list[str] = field(default_factory=list)
    """Mutants that a fork has tried in forks of its own."""
    output: str = ""
    seconds: float = 0.0
    """Processor time."""

    @property
    def is_killed(self) -> bool:
        return self.failed is not None or self.timed_out or self.status not in _PASSED


def in_a_fork(limits: Limits, output: Path) -> Verdict | None:
    """None in the fork, which says what it has to say by ``answer`` and ends with that."""
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no interrupt of the terminal reaches its session
        _limit(limits)
        _answers[:] = [writer]
        _write_to(output)
        return None
    os.close(writer)
    try:
        said = _read(reader, limits.wall)
    finally:
        os.close(reader)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    if said:
        verdict = pickle.loads(said)
        assert isinstance(verdict, Verdict)
        return replace(verdict, seconds=seconds)
    code = os.waitstatus_to_exitcode(status)
    return Verdict(
        f"ended with {code}", status=code, seconds=seconds, timed_out=code in (-signal.SIGXCPU, -signal.SIGKILL)
    )


def answer(verdict: Verdict) -> None:
    """Say it, and end."""
    with os.fdopen(_answers[0], "wb") as file:
        pickle.dump(verdict, file)
    os._exit(0)


def _read(descriptor: int, seconds: float) -> bytes:
    said = b""
    while select.select([descriptor], [], [], seconds)[0]:
        more = os.read(descriptor, 1 << 20)
        if not more:
            break
        said += more
    return said


def _limit(limits: Limits) -> None:
    seconds = int(limits.processor) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write_to(output: Path) -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor, standard in ((nowhere, 0), (file, 1), (file, 2)):
        os.dup2(descriptor, standard)

"""The processor time of this process and of all that it has started, daemons too: from ``/proc``."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = "/proc"
_LONGEST: Final = 4096
"""Bytes of what is read there."""


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel tells of one process."""

    parent: int
    started: int
    """Tells it from another one that gets its number later."""
    seconds: float
    """Its own, and those of its children that have ended."""

    @classmethod
    def parse(cls, stat: str) -> "Process":
        """A line of ``/proc/PID/stat``, see proc_pid_stat(5). The program's name may hold anything."""
        fields = stat.rpartition(")")[2].split()
        return cls(int(fields[1]), int(fields[19]), sum(map(int, fields[11:15])) / _TICKS)


@dataclass
class Meter:
    """A clock that runs while the processor works for this process or for what it has started."""

    _known: dict[int, int] = field(default_factory=dict)
    """Processes that were once seen below this one, and when they started: who has lost its parent is still followed."""

    def seconds(self) -> float:
        """Since this process began. A process that ended where nobody waited for it is forgotten."""
        times = os.times()
        return time.process_time() + times.children_user + times.children_system + sum(self._others())

    def _others(self) -> Iterator[float]:
        processes = dict(_processes())
        known = {pid for pid, started in self._known.items() if pid in processes and processes[pid].started == started}
        below = known | _below(os.getpid(), processes)
        self._known = {pid: processes[pid].started for pid in below}
        return (processes[pid].seconds for pid in below)


def _below(top: int, processes: dict[int, Process]) -> set[int]:
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    found: set[int] = set()
    waiting = [top]
    while waiting:
        for pid in children.get(waiting.pop(), ()):
            found.add(pid)
            waiting.append(pid)
    return found


def _processes() -> Iterator[tuple[int, Process]]:
    """Without ``pathlib``, which would take longer than the kernel: a run of the tests looks some thousand times."""
    for name in filter(str.isdecimal, os.listdir(_PROC)):  # noqa: PTH208
        with suppress(OSError, IndexError):  # it has ended
            yield int(name), Process.parse(_read(f"{_PROC}/{name}/stat").decode(errors="replace"))


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _LONGEST)
    finally:
        os.close(descriptor)


def busy() -> float:
    """Seconds that the machine's processors have worked since its start, for whomever: see proc_stat(5)."""
    user, nice, system, _idle, _waits, irq, softirq = map(int, _read(f"{_PROC}/stat").split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS

"""Processes by pid and start time, so that a pid used again is never taken for the one that was meant."""

import os
from functools import cache
from pathlib import Path

from virtwright.lazy_dataclasses import dataclass


@cache
def boot_id() -> str:
    """Changes with every boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """In clock ticks since boot; None where there is no such process or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one boot."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        started = start_time(pid)
        return None if started is None else cls(pid, started, boot_id())

    @property
    def alive(self) -> bool:
        return self.boot == boot_id() and start_time(self.pid) == self.started

    def open(self) -> int | None:
        """A pidfd that surely means this process; None where it is gone."""
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        if self.alive:
            return fd
        os.close(fd)
        return None


def catches(pid: int, signal: int) -> bool:
    """Whether the process has a handler for ``signal``. Process 1 of a namespace never gets what it does not catch."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    caught = next((line.split()[1] for line in status.split("\n") if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal - 1) & 1)

"""Which process holds a lease, told precisely enough to see that it is gone."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from virtwright.engine.state.clock import boot_id
from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine. Another process with the same number has another start time."""

    boot: str
    """The id of the kernel's boot: which machine, and since when."""
    pid_namespace: str
    """Process ids mean something only inside their namespace."""
    pid: int
    started: str
    """In clock ticks since boot, from ``/proc/PID/stat``; empty where that is not known."""

    @classmethod
    def current(cls) -> "Process":
        pid = os.getpid()
        return cls(boot_id(), _namespace(), pid, _start_time(pid) or "")

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Process | None":
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def is_gone(self) -> bool:
        """Whether it has surely ended. False where this process can't tell."""
        here = (boot_id(), _namespace())
        if not self.started or not all(here) or (self.boot, self.pid_namespace) != here:
            return False
        return _start_time(self.pid) != self.started


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _start_time(pid: int) -> str | None:
    """None where there is no such process, or only what is left of one that ended (a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]

"""A lock between processes on a file, with an end to the wait and a name for who holds it."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.schemas.quantities import format_duration

_PATIENCE: Final = 60.0
"""Seconds; what is done under such a lock takes milliseconds."""
_LONGEST_PAUSE: Final = 0.004


def take(descriptor: int, *, patience: float = _PATIENCE) -> None:
    """Lock the open file. Raises ``HostError``, naming the holder, where it is still held after ``patience`` seconds."""
    end = time.monotonic() + patience
    pause = 0.0005
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise _still_held(descriptor, patience) from error
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def _still_held(descriptor: int, patience: float) -> HostError:
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    pid = _holder(os.fstat(descriptor).st_ino)
    who = f"process {pid}, {_describe(pid)}" if pid is not None else "a process that can't be seen from here"
    return HostError(
        f"waited {format_duration(patience)} for the lock {path}, held by {who}",
        hint=f"see what it does; where it was stopped, let it go on:\n    kill -CONT {pid}"
        if pid is not None
        else None,
    )


def _holder(inode: int) -> int | None:
    """See proc_locks(5)."""
    for line in Path("/proc/locks").read_text().split("\n"):
        fields = line.split()
        if fields and "->" not in fields and fields[1] == "FLOCK" and fields[5].rsplit(":", 1)[-1] == str(inode):
            return int(fields[4])
    return None


def _describe(pid: int) -> str:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "which has ended"
    return f"{'stopped' if state == 'T' else 'running'}: {command[:80]}"

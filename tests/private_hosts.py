"""What the private hosts of tests have in common: daemons in namespaces and control groups of their own, shared by the tests of a process."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Generic, Protocol, Self, TypeVar

CGROUPS: Final = Path("/sys/fs/cgroup")
JOIN_GROUP: Final = """
set -e
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then parents=/sys/fs/cgroup; else parents=$(echo /sys/fs/cgroup/*); fi
for parent in $parents; do
    [ -w "$parent/cgroup.procs" ] || continue
    mkdir -p "$parent/$2"
    for name in cpuset.cpus cpuset.mems; do
        if [ -f "$parent/$name" ] && [ -f "$parent/$2/$name" ]; then cat "$parent/$name" > "$parent/$2/$name"; fi
    done
    echo $$ > "$parent/$2/cgroup.procs"
done
exec setpriv --pdeathsig KILL unshare --cgroup --net --mount --pid --uts --ipc --fork --kill-child --mount-proc sh -c "$3" sh "$1" "$2"
"""
"""Run the script ``$3`` in namespaces of its own and in a control group ``$2``; it gets ``$1`` and ``$2``."""
OWN_GROUPS: Final = """
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then parents=/sys/fs/cgroup; else parents=$(echo /sys/fs/cgroup/*); fi
for parent in $parents; do
    if [ -d "$parent/$2" ]; then
        [ ! -f "$parent/cgroup.controllers" ] || { mkdir -p "$parent/$2/daemons"; echo $$ > "$parent/$2/daemons/cgroup.procs"; }
        mount --bind "$parent/$2" "$parent"
    fi
done
"""
"""For such a script: its group becomes the top of each hierarchy."""
_LET_GO: Final = 30.0
"""Seconds; the kernel needs a moment to let the last processes go."""


class _Host(Protocol):
    def __enter__(self) -> Self: ...

    def close(self) -> None: ...


H = TypeVar("H", bound=_Host)


class Shared(Generic[H]):
    """One host for all tests of this process that ask for it."""

    def __init__(self, make: Callable[[], H]) -> None:
        self._make = make
        self._host: H | None = None
        _shared.append(self)

    def get(self) -> H:
        """The host, started when it is first needed."""
        if self._host is None:
            self._host = self._make().__enter__()
        return self._host

    def close(self) -> None:
        if self._host is not None:
            self._host.close()
        self._host = None


_shared: list[Shared[Any]] = []


def close_shared() -> None:
    """At the end of the tests."""
    for each in _shared:
        each.close()


def child_of(process: "subprocess.Popen[Any]") -> int:
    """The program that ``unshare`` or ``nsenter`` has started in other namespaces, as this process sees it; they
    themselves where there is none."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if children else process.pid


def remove_groups(name: str) -> None:
    """Remove the control group ``name``, and those in it, from each hierarchy."""
    tops = [parent / name for parent in (CGROUPS, *CGROUPS.glob("*/"))]
    end = time.monotonic() + _LET_GO
    while (left := [top for top in tops if top.is_dir()]) and time.monotonic() < end:
        for top in left:
            for path in (*sorted(top.rglob("*/"), key=lambda each: -len(each.parts)), top):
                with suppress(OSError):
                    path.rmdir()
        if any(top.is_dir() for top in left):
            time.sleep(0.02)

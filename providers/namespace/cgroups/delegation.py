"""A group that is handed over whole: its members make groups of their own below it, as on a host of their own."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.cgroups.layout import GROUP, Hierarchy, Layout

LEAF: Final = "init"
"""On v2 a group that gives controllers to groups below it has no members itself: they are in this one below it
(cgroup-v2.rst, "No Internal Process Constraint")."""
_CPUSET_FILES: Final = ("cpuset.cpus", "cpuset.mems")


def folders(layout: Layout, name: str) -> list[Path]:
    """The group in every hierarchy."""
    return [hierarchy.place / GROUP / name for hierarchy in layout.hierarchies]


def prepare(layout: Layout, name: str) -> None:
    """Let the group, which has been made, use every controller that the machine offers."""
    for hierarchy in layout.hierarchies:
        if hierarchy.kind == "cgroup2":
            for folder in (hierarchy.place, hierarchy.place / GROUP):
                _enable_all(folder)
        elif "cpuset" in hierarchy.options.split(","):
            for folder in (hierarchy.place / GROUP, hierarchy.place / GROUP / name):
                _inherit_cpuset(folder)


def entrances(layout: Layout, name: str) -> Iterator[str]:
    """The files that a lone thread writes 0 to in order to become a member."""
    for hierarchy in layout.hierarchies:
        folder = f"{hierarchy.place}/{GROUP}/{name}"
        yield f"{folder}/tasks" if hierarchy.kind == "cgroup" else f"{_inner(hierarchy, folder)}/cgroup.procs"


def _inner(hierarchy: Hierarchy, folder: str) -> str:
    return f"{folder}/{LEAF}" if os.path.isdir(f"{folder}/{LEAF}") else folder  # noqa: PTH112  (called in a fork)


def remove_below(folder: Path) -> bool:
    """Kill what is in the groups below ``folder`` and delete them as far as that is possible now; whether all are gone."""
    done = True
    for child in _children(folder):
        for pid in processes(child):
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        done = remove_below(child) and done
        try:
            child.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            done = False
    return done


def processes(folder: Path) -> set[int]:
    """The members of a group, without those that can't be seen from here: the kernel calls each of these 0."""
    with suppress(OSError):
        return {int(line) for line in (folder / "cgroup.procs").read_text().split()} - {0}
    return set()


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _enable_all(folder: Path) -> None:
    """What can't be enabled is left out: what is needed has been seen to already."""
    with suppress(OSError):
        for controller in (folder / "cgroup.controllers").read_text().split():
            with suppress(OSError):
                (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def _inherit_cpuset(folder: Path) -> None:
    """On v1 a new group has no CPU and no memory node, and can't have members (cpusets.rst)."""
    for name in _CPUSET_FILES:
        with suppress(OSError):
            if not (folder / name).read_text().strip():
                (folder / name).write_text((folder.parent / name).read_text())

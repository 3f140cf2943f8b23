"""Which control-group hierarchies this machine has, read from ``/proc/self/mountinfo``. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

GROUP: Final = "virtwright"
"""The group that holds the groups of all containers, in each hierarchy."""
CONTROLLERS: Final = ("cpu", "memory", "pids", "freezer")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the controllers are. Where a controller is missing from ``v1``, v2 serves it, if it is mounted."""

    v1: Mapping[str, Path] = field(default_factory=dict)
    """Mount point by controller."""
    v2: Path | None = None


def parse(mountinfo: str) -> Layout:
    """``mountinfo`` is the text of ``/proc/PID/mountinfo`` (proc(5))."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        place, kind, options = Path(_plain(left.split()[4])), right.split()[0], right.split()[2]
        if kind == "cgroup2":
            v2 = v2 or place
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(CONTROLLERS):
                v1.setdefault(controller, place)
    return Layout(v1, v2)


def _plain(path: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, char)
    return path


def missing(layout: Layout, v2_controllers: Iterable[str]) -> list[str]:
    """The controllers that neither hierarchy offers. On v2 the freezer is part of every group."""
    offered = {*layout.v1, *v2_controllers, *(("freezer",) if layout.v2 else ())}
    return [controller for controller in CONTROLLERS if controller not in offered]

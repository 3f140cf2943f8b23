"""Which control-group hierarchies this machine has, read from ``/proc/self/mountinfo``. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.lazy_dataclasses import dataclass

GROUP: Final = "virtwright"
"""The group that holds the groups of all containers, in each hierarchy."""
CONTROLLERS: Final = ("cpu", "memory", "pids", "freezer")

_FLAGS: Final = frozenset({"rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode"})


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """One hierarchy, whatever its controllers."""

    place: Path
    """Mount point."""
    kind: str
    """``cgroup`` or ``cgroup2``: the file system's type."""
    options: str = ""
    """What a v1 hierarchy is mounted with: its controllers or its name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the controllers are. Where a controller is missing from ``v1``, v2 serves it, if it is mounted."""

    v1: Mapping[str, Path] = field(default_factory=dict)
    """Mount point by controller."""
    v2: Path | None = None
    hierarchies: tuple[Hierarchy, ...] = field(default=(), compare=False)
    """All of them, also those whose controllers are not used here."""


def parse(mountinfo: str) -> Layout:
    """``mountinfo`` is the text of ``/proc/PID/mountinfo`` (proc(5))."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    found: dict[tuple[str, str], Hierarchy] = {}
    for line in filter(None, mountinfo.split("\n")):
        left, _, right = line.partition(" - ")
        place, kind, options = Path(_plain(left.split()[4])), right.split()[0], right.split()[2]
        if kind == "cgroup2":
            v2 = v2 or place
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(CONTROLLERS):
                v1.setdefault(controller, place)
        if kind in ("cgroup", "cgroup2"):
            named = _identity(options) if kind == "cgroup" else ""
            found.setdefault((kind, named), Hierarchy(place, kind, named))
    return Layout(v1, v2, tuple(found.values()))


def _identity(options: str) -> str:
    """Of a v1 hierarchy's options those that say which one it is."""
    rest = (word for word in options.split(",") if word not in _FLAGS and not word.startswith("release_agent="))
    return ",".join(rest)


def _plain(path: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, char)
    return path


def missing(layout: Layout, v2_controllers: Iterable[str]) -> list[str]:
    """The controllers that neither hierarchy offers. On v2 the freezer is part of every group."""
    offered = {*layout.v1, *v2_controllers, *(("freezer",) if layout.v2 else ())}
    return [controller for controller in CONTROLLERS if controller not in offered]

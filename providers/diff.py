"""Differences between two sets of inputs, field by field, each with what it costs."""

from collections.abc import Iterator, Mapping
from enum import IntEnum

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import SCALARS, UNKNOWN, Path, Value, equal, render_path


class Impact(IntEnum):
    """What a step costs, from nothing to the user's data."""

    NONE = 0
    LIVE = 1
    REBOOT = 2
    RECREATE = 3
    DATA_LOSS = 4

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. A field that is absent on one side is None there."""

    path: Path
    prior: Value
    goal: Value
    impact: Impact
    source: str | None = None
    """The local file that ``goal`` was read from: its content is a secret, its name is not."""

    @property
    def field(self) -> str:
        return render_path(self.path)


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between two sets of inputs."""

    changes: tuple[Change, ...] = ()
    delete_before_create: bool = False
    """Should it come to a replacement: names, addresses or ports clash, so that the old one must go first."""
    unsettles: frozenset[str] = frozenset()
    """Outputs that an update may change; a plan shows them as not known yet. Others keep their value."""

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def impact(self) -> Impact:
        return max((change.impact for change in self.changes), default=Impact.NONE)

    @property
    def replaces(self) -> bool:
        return self.impact >= Impact.RECREATE


NO_DIFF = Diff()


def differences(prior: Value, goal: Value, path: Path = ()) -> Iterator[tuple[Path, Value, Value]]:
    """The leaves that differ, as (path, prior, goal). Lists of equal length are compared item by item."""
    if isinstance(prior, Mapping) and isinstance(goal, Mapping):
        for key in sorted({*prior, *goal}, key=str):
            old, new = prior.get(key), goal.get(key)
            if not _plainly_equal(old, new):
                yield from differences(old, new, (*path, key))
    elif isinstance(prior, list | tuple) and isinstance(goal, list | tuple) and len(prior) == len(goal):
        for index, (old, new) in enumerate(zip(prior, goal, strict=True)):
            if not _plainly_equal(old, new):
                yield from differences(old, new, (*path, index))
    elif goal is UNKNOWN or not equal(prior, goal):
        yield path, prior, goal


def _plainly_equal(old: Value, new: Value) -> bool:
    """Whether two values are the same at a glance, as most of them are."""
    return type(old) is type(new) and type(new) in SCALARS and bool(old == new)


def compare(
    prior: Model,
    goal: Model,
    impacts: Mapping[str, Impact],
    *,
    default: Impact = Impact.RECREATE,
    delete_before_create: bool = False,
) -> Diff:
    """Compare two inputs. ``impacts`` gives the impact by field, the longest matching prefix deciding:
    ``{"resources": LIVE, "resources.pids": REBOOT}``; list indices are left out of the names."""
    changes = [
        Change(path, old, new, _impact(path, impacts, default))
        for path, old, new in differences(to_properties(prior), to_properties(goal))
    ]
    return Diff(tuple(changes), delete_before_create)


def _impact(path: Path, impacts: Mapping[str, Impact], default: Impact) -> Impact:
    names = [part for part in path if isinstance(part, str)]
    for length in range(len(names), 0, -1):
        if (impact := impacts.get(".".join(names[:length]))) is not None:
            return impact
    return default

"""What an apply changes in the state alone: no host is told of it, and a reviewer must see it all the same."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from virtwright.engine.desired import Desired
from virtwright.engine.outputs import known
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.values import Path, Properties, Secret, Value, equal, has_unknown, reveal, secret_paths, walk

SECRET: Final = "secret"
"""The last part of a path that speaks of whether the rest is one."""


def options(desired: Desired, prior: ResourceRecord) -> Iterator[Change]:
    """What is to become of the resource in other runs, and what is no secret any more."""
    goal = desired.goal
    told = (
        ("protect", prior.protect, goal.protect),
        ("retain_on_delete", prior.retain_on_delete, goal.retain_on_delete),
        ("deleted_with", prior.traits.deleted_with, str(goal.deleted_with) if goal.deleted_with else None),
    )
    for name, before, now in told:
        if before != now:
            yield Change((name,), before, now, Impact.NONE)
    if hidden := secret_paths(prior.inputs):  # few resources have one
        for path in sorted(hidden & _open_paths(desired.properties), key=repr):
            yield Change((*path, SECRET), True, False, Impact.NONE)


def inputs(before: Properties, now: Properties, told: Iterable[Change], *, unknown: bool = False) -> Iterator[Change]:
    """What is declared in another way than at the last apply, and makes no difference on the host; ``told`` are those that do.
    What is not known yet is left out, unless those are to be told too."""
    if equal(before, now):
        return
    shown = {change.path[0] for change in told if change.path}
    for name in sorted({*before, *now} - shown):
        old, new = before.get(name), now.get(name)
        if not equal(old, new) and (old or new) and (unknown or not (has_unknown(old) or has_unknown(new))):
            yield Change((name,), old, new, Impact.NONE)


def outputs(before: Mapping[str, Value], told: Mapping[str, Value]) -> Iterator[Change]:
    """How the stack's outputs change, as far as it is known."""
    now = known(told, before)
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if not equal(old, new) and not has_unknown(reveal(new)):
            yield Change((name,), old, new, Impact.NONE)


def _open_paths(value: Value) -> frozenset[Path]:
    """The paths of all that is known and no secret, and of what holds it."""
    leaves = [
        path
        for path, leaf in walk(value)
        if not isinstance(leaf, Secret) and not has_unknown(leaf) and leaf is not None
    ]
    return frozenset(path[:length] for path in leaves for length in range(1, len(path) + 1))

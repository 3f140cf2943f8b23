"""What is shown of a stranger's stack: all that it says itself, in clear, whatever it says of that.

Who reviews it has to see it, and none of it is a secret to whoever wrote it. Not shown is what stands for a secret that was not
decrypted, and the content of files: of those, how large they are and what tells them from others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from virtwright.engine.desired import Desired
from virtwright.engine.local_reads import sources_of
from virtwright.engine.masking import MASK, Mac, content
from virtwright.engine.sealed import compare_output
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.origins import OUTSIDE
from virtwright.schemas.values import Path, Sealed, Secret, Unknown, Value, equal, reveal, secret_origins

_OUT_OF_SIGHT: Final = Secret(MASK)


def shown(changes: Iterable[Change], desired: Desired, mac: Mac) -> tuple[Change, ...]:
    """The changes as they are told, each field once. What their ``prior`` holds may be shown."""
    files = sources_of(desired.goal)
    outside = {path for path, origin in secret_origins(desired.properties).items() if origin == OUTSIDE}
    told: dict[Path, Change] = {}
    for change in changes:
        goal = _open(change.path, change.goal, files, outside, mac)
        first = told.get(change.path, change)
        impact = max(first.impact, change.impact)
        told[change.path] = replace(
            first, goal=goal if first is change else first.goal, impact=impact, source=files.get(change.path)
        )
    return tuple(told.values())


def opened(value: Value) -> Value:
    """One of the stack's own outputs."""
    if isinstance(value, Secret):
        return _OUT_OF_SIGHT if value.origin == OUTSIDE else reveal(value)
    if isinstance(value, Mapping):
        return {key: opened(item) for key, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list | tuple) else value


def outputs(before: Mapping[str, Value], told: Mapping[str, Value]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """How the stack's outputs change, and those of which nobody knows: what they are made of is not decrypted, or is known when
    it is made."""
    changes: list[Change] = []
    unsure: list[Change] = []
    for name in sorted({*before, *told}):
        old, new = reveal(before.get(name)), told.get(name)
        goal, doubt = compare_output(before.get(name), new)
        doubt |= name in before and isinstance(goal, Unknown) and not isinstance(goal, Sealed)
        if not equal(goal, old) or doubt:
            change = Change((name,), old, opened(new), Impact.NONE)
            (unsure if doubt else changes).append(change)
    return tuple(changes), tuple(unsure)


def _open(path: Path, value: Value, files: Mapping[Path, str], outside: set[Path], mac: Mac) -> Value:
    if path in files and value is not None:
        return content(path, value, mac)
    if path in outside:
        return _OUT_OF_SIGHT
    if isinstance(value, Secret):
        return value if value == _OUT_OF_SIGHT else _open(path, value.value, files, outside, mac)
    if isinstance(value, Mapping):
        return {key: _open((*path, key), item, files, outside, mac) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_open((*path, index), item, files, outside, mac) for index, item in enumerate(value)]
    return value

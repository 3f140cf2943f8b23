"""Plans in which no secret is decrypted: what of a resource can be compared all the same, and what may be shown of it.

Whatever a host tells may hold a secret, and nobody can tell which part of it does: shown is what the state has in clear, and what
the stack itself says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from virtwright.engine.desired import Desired
from virtwright.engine.events import Warned
from virtwright.engine.masking import MASK
from virtwright.engine.paths import parse_path, transplant
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import Problem
from virtwright.providers.diff import Change
from virtwright.schemas.origins import CONTENT, is_content, is_origin_of
from virtwright.schemas.values import (
    UNKNOWN,
    Path,
    Properties,
    Sealed,
    Secret,
    Unknown,
    Value,
    render_path,
    reveal,
    walk,
)
from virtwright.stacks.yaml.fields import replaced

_ABSENT: Final = object()
_OUT_OF_SIGHT: Final = Secret(MASK)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of inputs that differ where the object is to change. Not to be shown: they may hold what the host told, but for
    what the state has as secrets, which is ``Sealed`` in both."""

    current: Properties
    goal: Properties
    unsure: tuple[Path, ...] = ()
    """Secrets that are taken to be the same, as nothing tells whether they are."""
    told: tuple[Value, ...] = ()
    """What the host told of secrets, in clear."""


def kept(desired: Desired, prior: ResourceRecord | None) -> Desired:
    """With the values of the state, in place of the host's, wherever differences are to be ignored."""
    return desired.keeping(reveal(prior.inputs), frozenset()) if prior is not None else desired


def compare(desired: Desired, current: Properties, prior: ResourceRecord | None) -> Comparison:
    """What is to be compared, so that a secret that came of the same ciphertexts as before is no difference."""
    goal: Properties = desired.plain
    for text in desired.goal.ignore_changes:
        goal = transplant(parse_path(text), source=current, target=goal)
    unsure: list[Path] = []
    told: list[Value] = []
    for path, leaf in walk(prior.inputs if prior is not None else {}):
        seen, wanted = _at(current, path), _at(desired.properties, path)
        if not isinstance(leaf, Secret) or seen is _ABSENT:
            continue
        told.append(seen)
        verdict = _verdict(leaf.value, wanted)
        current = replaced(current, path, leaf.value)
        if verdict != "differs":
            goal = replaced(goal, path, leaf.value)
        if verdict == "unsure":
            unsure.append(path)
    return Comparison(current, goal, tuple(unsure), tuple(told))


def _verdict(before: Value, wanted: Value) -> Literal["same", "differs", "unsure"]:
    """What is told in clear is never held against a secret: a stack that guesses must not learn whether it is right. But for the
    content of a file of the stack's own folder, which was read from there the last time too."""
    if isinstance(wanted, Secret) and isinstance(before, Sealed) and wanted.origin == CONTENT:
        if not before.origin:
            return "unsure"
        return "same" if is_content(before.origin) and is_origin_of(before.origin, str(wanted.value)) else "differs"
    wanted = reveal(wanted)
    if not isinstance(before, Sealed) or not isinstance(wanted, Unknown):
        return "differs"
    if isinstance(wanted, Sealed) and wanted.origin and before.origin:
        return "same" if wanted == before else "differs"
    return "unsure"


def warn(run: Run, desired: Desired, comparison: Comparison) -> None:
    """Say what could not be compared."""
    if comparison.unsure:
        names = ", ".join(render_path(path) for path in comparison.unsure)
        where = desired.goal.locate(comparison.unsure[0])
        text = f"{address(desired.goal.urn)}: not compared, as no secret is decrypted: {names}"
        run.listen(Warned(Problem(text, where)))


def shown(changes: Iterable[Change], desired: Desired, prior: ResourceRecord | None) -> tuple[Change, ...]:
    """The changes without what only the host told."""
    clear = (reveal(prior.inputs) if prior is not None else {}, desired.plain)
    return tuple(
        Change(change.path, _in_sight(change.path, change.prior, clear), change.goal, change.impact)
        for change in changes
    )


def _in_sight(path: Path, value: Value, clear: tuple[Properties, ...]) -> Value:
    known = value is None or isinstance(value, Unknown | Secret) or any(_at(each, path) == value for each in clear)
    return value if known else _OUT_OF_SIGHT


def known_outputs(outputs: Properties, prior: ResourceRecord | None) -> dict[str, Value]:
    """The outputs as far as the state has them too; the others are not told."""
    before = prior.outputs if prior is not None else {}
    return {
        name: before[name] if (name in before and reveal(before[name]) == value) or value is None else UNKNOWN
        for name, value in outputs.items()
    }


def _at(value: Value, path: Path) -> Value:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value

"""Plans in which no secret is decrypted: what of a resource can be compared all the same, and what is not.

Whatever a stranger's stack says is compared with the state alone: with what that has in clear, and with the origins of its secrets.
It is never held against what a host tells, since any of that may be a secret, and each answer would be one to a guess. Where the
host has something else than the state, that is told whatever the stack says.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

from virtwright.engine.created import created_changes
from virtwright.engine.desired import Desired
from virtwright.engine.local_files import relative
from virtwright.engine.masking import MASK
from virtwright.engine.paths import parse_path, transplant
from virtwright.engine.state.records import ResourceRecord
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.diff import Change, Diff, Impact
from virtwright.schemas.model import Model
from virtwright.schemas.origins import CONTENT, OUTSIDE, is_content, is_origin_of
from virtwright.schemas.values import (
    UNKNOWN,
    Path,
    Properties,
    Sealed,
    Secret,
    Unknown,
    Value,
    equal,
    reveal,
    value_at,
    walk,
)
from virtwright.stacks.yaml.fields import replaced

Verdict = Literal["same", "differs", "unsure"]
_ABSENT: Final = object()
_OUT_OF_SIGHT: Final = Secret(MASK)
_TRIGGER: Final = "replacement_trigger"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of inputs that differ where the object is to change."""

    current: Properties
    goal: Properties
    unsure: tuple[Path, ...] = ()
    """What nothing tells of whether it is the same. It is the same in both."""


def kept(desired: Desired, prior: ResourceRecord | None) -> Desired:
    """With the values of the state, in place of the host's, wherever differences are to be ignored."""
    return desired.keeping(reveal(prior.inputs), frozenset()) if prior is not None else desired


def compare(desired: Desired, prior: ResourceRecord | None) -> Comparison:
    """The state and the goal, so that a secret that came of the same ciphertexts as before is no difference. Of what the state does
    not know nothing can be compared."""
    if prior is None:
        said = created_changes(desired.kind.inputs, desired.plain)
        return Comparison(desired.plain, desired.plain, tuple(change.path for change in said))
    current = _applied(desired, prior)
    goal: Properties = desired.plain
    for text in desired.goal.ignore_changes:
        goal = transplant(parse_path(text), source=current, target=goal)
    goal, unsure = _settled(prior.inputs, desired.properties, goal)
    return Comparison(current, goal, unsure)


def drift(desired: Desired, seen: Properties, prior: ResourceRecord, diff: Callable[[Model, Model], Diff]) -> Diff:
    """What the host has otherwise than the state, but for secrets, which are not compared. ``seen`` is what the host tells."""
    base = _applied(desired, prior)
    for path, leaf in walk(prior.inputs):
        if isinstance(leaf, Secret) and value_at(seen, path, _ABSENT) is not _ABSENT:
            seen = replaced(seen, path, leaf.value)
    for text in desired.goal.ignore_changes:
        base = transplant(parse_path(text), source=seen, target=base)
    model = desired.kind.inputs
    return Diff() if equal(seen, base) else diff(model.model_validate(seen), model.model_validate(base))


def told(observed: Observed[Any, Any], differs: Diff) -> Observed[Any, Any]:
    """The object with all that is wrong with it in sight, and nothing of what its host tells of that."""
    wrong = tuple(map(_veiled, observed.drift)), tuple(map(_veiled, observed.outdated))
    changed = tuple(replace(change, prior=_veil(change.prior)) for change in differs.changes)
    return replace(observed, drift=(*changed, *wrong[0]), outdated=wrong[1])


def uncompared(
    desired: Desired, comparison: Comparison, prior: ResourceRecord | None, trigger: Value
) -> tuple[Change, ...]:
    """What could not be compared. ``trigger`` is the goal's own: of the last one there is a keyed hash."""
    changes = [
        Change(
            path,
            _OUT_OF_SIGHT if prior is None else value_at(comparison.current, path, _ABSENT),
            value_at(desired.properties, path, _ABSENT),
            Impact.NONE,
        )
        for path in comparison.unsure
    ]
    if trigger is not None and prior is not None and prior.traits.trigger is not None:
        changes.append(Change((_TRIGGER,), _OUT_OF_SIGHT, reveal(trigger), Impact.NONE))
    return tuple(changes)


def compare_output(before: Value, now: Value) -> tuple[Value, bool]:
    """``now`` with what stands for the secrets of ``before`` wherever it may be the same, and whether nobody knows that."""
    goal, unsure = _settled(before, now, reveal(now))
    return goal, bool(unsure)


def known_outputs(outputs: Properties, prior: ResourceRecord | None) -> dict[str, Value]:
    """The outputs as far as the state has them too; the others are not told."""
    before = prior.outputs if prior is not None else {}
    return {
        name: before[name]
        if name in before and equal(reveal(before[name]), value)
        else None
        if value is None
        else UNKNOWN
        for name, value in outputs.items()
    }


def _applied(desired: Desired, prior: ResourceRecord) -> Properties:
    """The inputs of the state, each secret as what stands for it."""
    return relative(desired.kind.inputs, reveal(prior.inputs), desired.goal.folder)


def _settled(before: Value, wanted: Value, goal: Value) -> tuple[Value, tuple[Path, ...]]:
    """``goal`` with what stands for the secrets of ``before`` wherever it may well be the same, and where nobody knows."""
    unsure: list[Path] = []
    for path, leaf in walk(before):
        if not isinstance(leaf, Secret) or (now := value_at(goal, path, _ABSENT)) is _ABSENT or now is leaf.value:
            continue
        verdict = _verdict(leaf.value, value_at(wanted, path, _ABSENT))
        if verdict != "differs":
            goal = replaced(goal, path, leaf.value)
        if verdict == "unsure":
            unsure.append(path)
    return goal, tuple(unsure)


def _verdict(before: Value, wanted: Value) -> Verdict:
    """What is told in clear is never held against a secret: a stack that guesses must not learn whether it is right. But for the
    content of a file of the stack's own folder, which was read from there the last time too. What had an origin and has none now
    came about in another way."""
    if not isinstance(before, Sealed):
        return "differs"
    origin = wanted.origin if isinstance(wanted, Secret) else ""
    if origin in (CONTENT, OUTSIDE) and not before.origin:
        return "unsure"
    if isinstance(wanted, Secret) and origin == CONTENT:
        return "same" if is_content(before.origin) and is_origin_of(before.origin, str(wanted.value)) else "differs"
    wanted = reveal(wanted)
    if not isinstance(wanted, Unknown):
        return "differs"
    if not before.origin:
        return "unsure"
    return "same" if wanted == before else "differs"


def _veiled(change: Change) -> Change:
    return replace(change, prior=_veil(change.prior), goal=_veil(change.goal))


def _veil(value: Value) -> Value:
    return value if value is None or isinstance(value, Unknown | bool) else _OUT_OF_SIGHT

"""The decision: prior state, what the host reports and the goal give a step. Pure; no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from virtwright.engine.local_files import as_applied
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.diff import NO_DIFF, Change, Diff, Impact
from virtwright.providers.moves import Passage
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Path, Properties, Value, equal, reveal

GONE: Final = "not on the host any more"
OUTDATED: Final = "this version makes it otherwise than the one that made it"
Compare = Callable[[Properties, Properties], Diff]
"""The handler's ``diff`` on plain properties."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one resource, before it is addressed to a URN and shown."""

    op: Op
    diff: Diff = NO_DIFF
    reason: str = ""
    drifted: bool = False
    impact: Impact = Impact.NONE


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision depends on."""

    prior: ResourceRecord | None
    observed: Observed[Any, Any] | None
    """None: not on the host."""
    current: Properties
    """The inputs in force there (``current_inputs``); empty where it is not there."""
    goal: Properties
    """Checked, with defaults, secrets revealed; may hold ``UNKNOWN``."""
    compare: Compare
    holds_data: bool = False
    force: str = ""
    """Why it is replaced whatever the fields say: asked for, or its network is replaced."""
    replace_on: tuple[Path, ...] = ()
    """Fields whose changes replace the object; a part ``*`` is any."""
    moved: bool = False
    another: str = ""
    """Why what was found is not the object that the state has, for people; empty where it is."""
    imports: bool = False
    """The object was made by somebody else, and is to be taken over."""
    elsewhere: tuple[str, str] | None = None
    """Where the prior object lives on another host than the goal's: both, for people."""
    from_host: str | None = None
    """The name of the first."""
    passage: Passage | None = None
    """How it would get to the goal's host; None where it can't."""
    gone: str = GONE
    """Why it is not there, where it is not."""
    left_behind: str = ""
    """What the prior object leaves there where it can't, for people."""

    @property
    def loss(self) -> Impact:
        """What it costs at least to make the object anew."""
        return Impact.DATA_LOSS if self.holds_data else Impact.RECREATE


def decide(situation: Situation) -> Decision:
    """What to do so that the host holds the goal."""
    decision = _decide(situation)
    if not situation.another:
        return decision
    told = [situation.another, "" if decision.reason == situation.another else decision.reason]
    if situation.holds_data and situation.gone != GONE:
        decision = replace(decision, impact=Impact.DATA_LOSS)
        told.append(f"{situation.gone}, and the data there is gone with it")
    return replace(decision, reason="; ".join(filter(None, told)))


def _decide(situation: Situation) -> Decision:
    prior, observed = situation.prior, situation.observed
    if prior is not None and prior.pending_replacement and observed is None:
        return _again("its replacement was begun")
    if observed is None:
        return _missing(situation)
    if not observed.complete:
        return _again("its creation was interrupted")
    diff = _diff(situation, observed.amends)
    drifted = bool(observed.drift) or _was_changed(prior, situation.current, diff)
    if situation.elsewhere is not None:
        way = situation.passage
        covered = _covered(diff, way) if way is not None else diff
        if way is not None and not covered.replaces and not situation.force:
            return _move(situation.elsewhere, way, covered, drifted)
        moves = replace(diff, changes=(_to_another_host(situation.elsewhere, situation.loss), *diff.changes))
        reason = "; ".join(filter(None, ("it moves to another host", situation.left_behind)))
        return Decision(Op.REPLACE, replace(moves, delete_before_create=False), reason, drifted, situation.loss)
    if situation.force:
        return Decision(Op.REPLACE, diff, situation.force, drifted, max(situation.loss, diff.impact))
    return _by_diff(situation, observed, diff, drifted)


def _covered(diff: Diff, passage: Passage) -> Diff:
    changes = (
        replace(change, impact=min(change.impact, passage.impact)) if _is_any(change.path, passage.covers) else change
        for change in diff.changes
    )
    return replace(diff, changes=tuple(changes))


def _move(homes: tuple[str, str], passage: Passage, diff: Diff, drifted: bool) -> Decision:
    changes = replace(diff, changes=(_to_another_host(homes, passage.impact), *diff.changes))
    return Decision(Op.MOVE, changes, passage.how, drifted, max(passage.impact, diff.impact))


def _to_another_host(homes: tuple[str, str], impact: Impact) -> Change:
    here, there = homes
    return Change(("host",), here, there, impact)


def current_inputs(prior: ResourceRecord | None, observed: Observed[Any, Any]) -> dict[str, Value]:
    """The inputs that are in force on the host: observed where the host can tell, else as last applied."""
    return in_force(prior.inputs if prior is not None else None, observed)


def in_force(applied: Properties | None, observed: Observed[Any, Any]) -> dict[str, Value]:
    """As ``current_inputs``, from the inputs that were last applied, where they are known."""
    seen = to_properties(observed.inputs)
    if applied is None:
        return seen
    model, told = type(observed.inputs), observed.inputs.model_fields_set
    if len(told) == len(seen):
        return as_applied(model, seen, applied)
    merged = {**seen, **reveal(applied), **{field: value for field, value in seen.items() if field in told}}
    return as_applied(model, merged, applied)


def _missing(situation: Situation) -> Decision:
    """Data that somebody else removed is gone already; that an empty one takes its place must be allowed all the same, or
    what uses it would go on as if nothing had been there."""
    prior = situation.prior
    if prior is None or prior.id is None:
        return Decision(Op.CREATE)
    if situation.holds_data:
        return Decision(
            Op.CREATE, reason=f"{situation.gone}; its data is gone with it", drifted=True, impact=Impact.DATA_LOSS
        )
    return Decision(Op.CREATE, reason=situation.gone, drifted=True)


def _again(reason: str) -> Decision:
    return Decision(Op.REPLACE, Diff(delete_before_create=True), reason, impact=Impact.RECREATE)


def _diff(situation: Situation, amends: tuple[Change, ...]) -> Diff:
    current, goal = situation.current, situation.goal
    # a replacement that is forced or due to drift needs to know which of the two goes first
    same = equal(current, goal) and not situation.force and not amends
    diff = NO_DIFF if same else situation.compare(current, goal)
    return replace(diff, changes=(*diff.changes, *amends))


def _was_changed(prior: ResourceRecord | None, current: Mapping[str, Value], diff: Diff) -> bool:
    """Whether any field that differs from the goal also differs from what was last applied."""
    if prior is None:
        return False
    names = {str(change.path[0]) for change in diff.changes}
    return any(not equal(reveal(prior.inputs.get(name)), current.get(name)) for name in names)


def _by_diff(situation: Situation, observed: Observed[Any, Any], diff: Diff, drifted: bool) -> Decision:
    new = situation.prior is None or situation.another != ""
    found = "taken over" if situation.imports else "found on the host with this stack's stamp"
    adopted = (situation.another or found) if new else ""
    if not diff:
        taken = Op.IMPORT if situation.imports else Op.ADOPT
        return Decision(taken if new else Op.MOVE if situation.moved else Op.SAME, reason=adopted)
    if diff.replaces:
        return Decision(Op.REPLACE, diff, adopted, drifted, max(situation.loss, diff.impact))
    told = next((change for change in diff.changes if _is_any(change.path, situation.replace_on)), None)
    if told is not None:
        reason = f"{told.field} changes (replace_on_changes)"
        return Decision(Op.REPLACE, diff, reason, drifted, situation.loss)
    reason = adopted or (OUTDATED if observed.outdated and not drifted else "")
    return Decision(Op.UPDATE, diff, reason, drifted, diff.impact)


def _is_any(path: Path, patterns: tuple[Path, ...]) -> bool:
    """Whether a path is at, above or below one of the patterns."""
    return any(all(part in ("*", own) for part, own in zip(pattern, path, strict=False)) for pattern in patterns)

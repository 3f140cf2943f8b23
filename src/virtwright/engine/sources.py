"""A stack is applied from one source: another one of the same name deletes and replaces nothing unless it is said to take its place."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from virtwright.engine.events import Warned
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.step import Op, Step
from virtwright.errors import Problem, RefusedError, Where
from virtwright.providers.diff import Impact
from virtwright.stacks.source import Kinship, Source

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState

_MOST_NAMED: Final = 8


def check_source(run: Run, state: "StackState") -> RefusedError | None:
    """What is wrong where a plan from another source deletes or replaces something; a warning where it does not."""
    known, now = state.source, run.selection.options.source
    if known is None or now is None or run.selection.options.new_source:
        return None
    if all(step.op is Op.CREATE for step in run.steps):
        return None  # nothing is there that belongs to another source
    if not _is_another(known, now, state):
        return None
    if harmed := [step for step in run.steps if _harms(step)]:
        return _refusal(known, now, harmed, run.typed)
    message = f"this stack was last applied from {known}; an apply makes {now} its source"
    run.listen(Warned(Problem(message, hint="give the stack another name (`stack:`) where it is to be another one")))
    return None


def source_to_keep(state: "StackState", now: Source | None) -> Source | None:
    """What a run from ``now`` has to write to the state; None where that says it already."""
    known = state.source
    if now is None or known is None:
        return now
    kept = now if _is_another(known, now, state) else now.after(known)
    return kept if kept != known else None


def _is_another(known: Source, now: Source, state: "StackState") -> bool:
    if known == now:
        return False
    from virtwright.stacks.source_reading import compare

    return compare(known, now, state.name) is Kinship.OTHER


def _harms(step: Step) -> bool:
    return step.op in (Op.DELETE, Op.REPLACE) or step.impact >= Impact.RECREATE


def _refusal(known: Source, now: Source, harmed: list[Step], typed: str) -> RefusedError:
    named = [f"{_verb(step)} {address(step.urn)}" for step in harmed[:_MOST_NAMED]]
    more = f" and {len(harmed) - _MOST_NAMED} more" if len(harmed) > _MOST_NAMED else ""
    return RefusedError(
        f"this stack was last applied from another source, {known}, and what is in this one, {now}, would"
        f" {', '.join(named)}{more}",
        where=Where(file=now.file),
        hint=f"{_unread(now)}where they are two stacks, give one of them another name (`stack:`); where this source takes the other's"
        f" place:\n    {typed} --new-source",
    )


def _unread(now: Source) -> str:
    """A clone may look like another source where nobody can tell of its repository."""
    from virtwright.stacks.repository import is_in_one

    if now.path or not is_in_one(Path(now.file).parent):
        return ""
    return "Git tells nothing of its repository here (is it installed, and is there a commit?), so that a clone can't be known; "


def _verb(step: Step) -> str:
    return "delete" if step.op is Op.DELETE else "replace"

"""A stack is applied from one source: another one of the same name changes nothing unless it is said to take its place."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from virtwright.engine.plan import RunOptions
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError, Where
from virtwright.stacks.source import Kinship, Source

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState

_MOST_NAMED: Final = 8
_ORDER: Final = {Op.DELETE: 0, Op.REPLACE: 1}
"""What is named first."""


def check_source(run: Run, state: "StackState") -> RefusedError | None:
    """What is wrong where a plan from another source changes something that the stack has, or adds to it."""
    known, now = state.source, run.selection.options.source
    if known is None or now is None or run.selection.options.new_source or _has_nothing(state):
        return None
    changes = [step for step in run.steps if step.op not in (Op.SAME, Op.READ)]
    return _refusal(known, now, changes, run.typed) if changes and _is_another(known, now, state) else None


def check_recovery_source(state: "StackState", options: RunOptions, typed: str) -> None:
    """Raises ``RefusedError`` where a state that holds something would be recovered from another source: its hosts and its objects
    would become what that one names."""
    known, now = state.source, options.source
    if known is None or now is None or options.new_source or _has_nothing(state) or not _is_another(known, now, state):
        return
    would = "a recovery from it would take its hosts and what is on them into this state"
    raise _another_source(known, now, f"this is another one, {now}: {would}", typed)


def source_to_keep(state: "StackState", options: RunOptions) -> Source | None:
    """What a run has to write to the state; None where that says it already, or has that of another file."""
    known, now = state.source, options.source
    if now is None or known is None:
        return now
    if not _is_another(known, now, state):
        kept = now.after(known)
        return kept if kept != known else None
    return now if options.new_source or _has_nothing(state) else None


def _has_nothing(state: "StackState") -> bool:
    """It is anybody's."""
    return all(record.urn.is_host for record in state.resources())


def _is_another(known: Source, now: Source, state: "StackState") -> bool:
    if known == now:
        return False
    from virtwright.stacks.source_reading import compare

    return compare(known, now, state.name) is Kinship.OTHER


def _refusal(known: Source, now: Source, changes: list[Step], typed: str) -> RefusedError:
    worst = sorted(changes, key=lambda step: _ORDER.get(step.op, len(_ORDER)))
    named = [f"{step.op.value} {address(step.urn)}" for step in worst[:_MOST_NAMED]]
    more = f" and {len(worst) - _MOST_NAMED} more" if len(worst) > _MOST_NAMED else ""
    return _another_source(known, now, f"what is in this one, {now}, would {', '.join(named)}{more}", typed)


def _another_source(known: Source, now: Source, what: str, typed: str) -> RefusedError:
    return RefusedError(
        f"this stack was last applied from another source, {known}, and {what}",
        where=Where(file=now.file),
        hint=f"{_unread(now)}{_rewritten(known, now)}where they are two stacks, give one of them another name (`stack:`); where this source takes the other's"
        f" place:\n    {typed} --new-source",
    )


def _unread(now: Source) -> str:
    """A clone may look like another source where nobody can tell of its repository."""
    from virtwright.stacks.repository import is_in_one

    if now.path or not is_in_one(Path(now.file).parent):
        return ""
    return "Git tells nothing of its repository here (is it installed, and is there a commit?), so that a clone can't be known; "


def _rewritten(known: Source, now: Source) -> str:
    """Nothing else makes another repository of the same folder."""
    if (known.file, known.machine) != (now.file, now.machine) or not (known.first_commit and now.first_commit):
        return ""
    return "the repository here has another beginning now (was its history rewritten?); "

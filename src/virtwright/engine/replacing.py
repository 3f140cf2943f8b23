"""Why a resource is replaced although its own fields say nothing: its trigger, and what it is replaced together with."""

from dataclasses import replace

from virtwright.engine.hashing import inputs_hash
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op
from virtwright.schemas.values import UNKNOWN, has_unknown, reveal
from virtwright.stacks.base import Goal


def with_trigger(run: Run, goal: Goal) -> Goal:
    """The goal with a keyed hash in the place of its replacement trigger, which may be a secret."""
    trigger = goal.replacement_trigger
    if trigger is None:
        return goal
    if run.trust.limited:  # the hash of the last one needs the key
        return replace(goal, replacement_trigger=None)
    if has_unknown(trigger):
        return replace(goal, replacement_trigger=UNKNOWN)
    return replace(goal, replacement_trigger=inputs_hash({"trigger": reveal(trigger)}, run.mac))


def replacement_cause(run: Run, goal: Goal, prior: ResourceRecord | None) -> str:
    """Empty where there is none."""
    if prior is None:
        return ""
    before = prior.traits.trigger
    if goal.replacement_trigger is not None and before is not None and goal.replacement_trigger != before:
        return "its replacement trigger changes"
    for step in run.steps if goal.replace_with else ():
        if step.op is Op.REPLACE and step.urn in goal.replace_with:
            return f"{address(step.urn)} is replaced (replace_with)"
    return ""

"""Field by field: a change costs what the plan promised, and what is promised is what the documents say."""

from collections.abc import Sequence

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.grouping import groups, trying
from tests.contract.stage import Stage, volumes
from tests.contract.subject import FieldChange

from virtwright.engine.plan import Plan
from virtwright.engine.step import Op
from virtwright.errors import RefusedError
from virtwright.providers.diff import Impact


def _start(change: FieldChange) -> object:
    """Where data is lost, no way leads back: such a change has a host of its own."""
    return change.before, change.name if change.impact is Impact.DATA_LOSS else ""


@pytest.mark.parametrize(("name", "changes"), groups(lambda each: each.changes, _start))
def test_changes_cost_what_was_promised(name: str, changes: Sequence[FieldChange], open_stage: OpenStage) -> None:
    """What is changed in place is brought back before the next change, so that each is tried alone. What is recreated is made of its goal alone,
    whatever was there before: after what the plan says of it was seen from the start, it takes the place of the one before it."""
    stage = open_stage(name)
    stage.apply(changes[0].before)
    stage.write_data("precious")
    in_place = [change for change in changes if change.impact is not Impact.RECREATE]
    anew = [change for change in changes if change.impact is Impact.RECREATE]
    for change in in_place:
        with trying(change):
            _carried_out(stage, change, _planned(stage, change))
        if anew or change is not in_place[-1]:
            _bring_back(stage, change)
    for change in anew:
        with trying(change):
            _planned(stage, change)
    for change in anew:
        with trying(change):
            goes_on = _carried_out(stage, change, stage.plan(change.after))
        if not goes_on and change is not anew[-1]:
            _bring_back(stage, change)


def _bring_back(stage: Stage, change: FieldChange) -> None:
    """To where the change began, with data."""
    stage.apply(change.before, allow=volumes(change.before))
    stage.write_data("precious")


def _allowed(change: FieldChange) -> tuple[str, ...]:
    return (change.changed,) if change.impact is Impact.DATA_LOSS else ()


def _planned(stage: Stage, change: FieldChange) -> Plan:
    """The plan from the start: it says what the change costs, and touches nothing."""
    life = stage.subject.life()
    if change.impact is Impact.DATA_LOSS:
        _refused(stage, change)
    plan = stage.plan(change.after, allow=_allowed(change))
    step = next(step for step in plan.steps if step.urn.name == change.changed)
    assert step.op is (Op.REPLACE if change.impact >= Impact.RECREATE else Op.UPDATE)
    assert (step.impact, {each.field for each in step.changes}) == (change.impact, set(change.fields))
    assert stage.subject.life() == life, "a plan restarts nothing"
    return plan


def _refused(stage: Stage, change: FieldChange) -> None:
    """Without the user's word nothing is touched."""
    for attempt in (stage.plan, stage.apply):
        with pytest.raises(RefusedError, match="data"):
            attempt(change.after)
    stage.assert_settled(change.before)
    stage.assert_data("precious")


def _carried_out(stage: Stage, change: FieldChange, plan: Plan) -> bool:
    """Apply what was planned. Whether what ran then still runs, after the look at the host."""
    before, life = stage.records()[change.changed], stage.subject.life()
    stage.apply(change.after, allow=_allowed(change), expected=plan)
    after = stage.records()[change.changed]
    assert (after.id == before.id) == (change.impact < Impact.RECREATE)
    _assert_life(stage, change, list(life))
    stage.assert_data(None if change.impact is Impact.DATA_LOSS else "precious")
    stage.assert_settled(change.after)
    now = stage.subject.life()
    change.in_force(stage.subject)
    return bool(now) is bool(life) and stage.subject.life() == now


def _assert_life(stage: Stage, change: FieldChange, before: list[str]) -> None:
    running = change.running or ("kept" if change.impact <= Impact.LIVE else "new")
    now = list(stage.subject.life())
    if running == "none" or (change.running is None and not before):
        assert now == []
    elif running == "kept":
        assert now == before
    else:
        assert now and not set(now) & set(before)

"""Field by field: a change costs what the plan promised, and what is promised is what the documents say."""

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases
from tests.contract.stage import Stage
from tests.contract.subject import FieldChange

from virtwright.engine.step import Op
from virtwright.errors import RefusedError
from virtwright.providers.diff import Impact


@pytest.mark.parametrize(("name", "change"), cases(lambda each: each.changes, lambda change: change.name))
def test_a_change_costs_what_was_promised(name: str, change: FieldChange, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    stage.apply(change.before)
    stage.write_data("precious")
    before, life = stage.records()[change.changed], stage.subject.life()
    allow = (change.changed,) if change.impact is Impact.DATA_LOSS else ()
    if allow:
        _refused(stage, change)
    plan = stage.plan(change.after, allow=allow)
    step = next(step for step in plan.steps if step.urn.name == change.changed)
    assert step.op is (Op.REPLACE if change.impact >= Impact.RECREATE else Op.UPDATE)
    assert (step.impact, {each.field for each in step.changes}) == (change.impact, set(change.fields))
    assert stage.subject.life() == life, "a plan restarts nothing"
    stage.apply(change.after, allow=allow, expected=plan)
    after = stage.records()[change.changed]
    assert (after.id == before.id) == (change.impact < Impact.RECREATE)
    _assert_life(stage, change, list(life))
    stage.assert_data(None if change.impact is Impact.DATA_LOSS else "precious")
    stage.assert_settled(change.after)
    change.in_force(stage.subject)


def _refused(stage: Stage, change: FieldChange) -> None:
    """Without the user's word nothing is touched."""
    for attempt in (stage.plan, stage.apply):
        with pytest.raises(RefusedError, match="data"):
            attempt(change.after)
    stage.assert_settled(change.before)
    stage.assert_data("precious")


def _assert_life(stage: Stage, change: FieldChange, before: list[str]) -> None:
    running = change.running or ("kept" if change.impact <= Impact.LIVE else "new")
    now = list(stage.subject.life())
    if running == "none" or (change.running is None and not before):
        assert now == []
    elif running == "kept":
        assert now == before
    else:
        assert now and not set(now) & set(before)

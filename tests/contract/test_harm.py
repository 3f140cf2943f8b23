"""What somebody else does to an object is seen in the terms of the stack, and healed."""

from collections.abc import Sequence

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.grouping import groups, trying
from tests.contract.stage import Stage
from tests.contract.subject import Harm

from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError


@pytest.mark.parametrize(("name", "harms"), groups(lambda each: each.harms, lambda harm: harm.items))
def test_harm_is_seen_and_healed(name: str, harms: Sequence[Harm], open_stage: OpenStage) -> None:
    """What is healed is as it was before, so that the next harm is done to it."""
    stage = open_stage(name)
    stage.apply(harms[0].items)
    for harm in harms:
        stage.write_data("precious")
        with trying(harm):
            _heal(stage, harm)


def _heal(stage: Stage, harm: Harm) -> None:
    harm.do(stage.subject)
    allow = ("data",) if harm.data == "lost" else ()
    if allow:
        with pytest.raises(RefusedError, match="data"):
            stage.apply(harm.items)
    plan = stage.plan(harm.items, allow=allow)
    steps = {step.urn.name: step for step in plan.changes}
    seen = {field for step in steps.values() for field in _seen(step)}
    assert harm.seen <= seen
    assert all(step.drifted for each, step in steps.items() if any(field.split(".")[0] == each for field in harm.seen))
    stage.apply(harm.items, allow=allow, expected=plan)
    stage.assert_settled(harm.items)
    stage.assert_data("precious" if harm.data == "kept" else None)


def _seen(step: Step) -> list[str]:
    if step.op is Op.CREATE:
        return [step.urn.name]
    return [f"{step.urn.name}.{change.field}" for change in step.changes]

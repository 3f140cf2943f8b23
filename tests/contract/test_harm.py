"""What somebody else does to an object is seen in the terms of the stack, and healed."""

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases
from tests.contract.subject import Harm

from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError


@pytest.mark.parametrize(("name", "harm"), cases(lambda each: each.harms, lambda harm: harm.name))
def test_harm_is_seen_and_healed(name: str, harm: Harm, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    stage.apply(harm.items)
    stage.write_data("precious")
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

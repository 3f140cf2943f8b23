"""What an older version made otherwise is renewed without being called drift."""

from tests.states import resource

from virtwright.engine.decide import OUTDATED, Decision, Situation, decide
from virtwright.engine.step import Op
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.diff import NO_DIFF, Change, Impact
from virtwright.schemas.model import to_properties
from virtwright.schemas.network import Network, NetworkOutputs

RULES = Change(("firewall",), "old", "new", Impact.LIVE)
DOWN = Change(("bridge", "state"), "down", "up", Impact.LIVE)
INPUTS = Network()


def decided(*drift: Change) -> Decision:
    stamp = Stamp("shop/dev", "urn", "1", "00")
    outputs = NetworkOutputs(id="1", name="lan")
    seen = Observed(stamp, "1", INPUTS, outputs, drift, outdated=(RULES,))
    goal = to_properties(INPUTS)
    return decide(
        Situation(resource("lan", kind="Network", inputs=goal), seen, goal, goal, lambda prior, goal: NO_DIFF)
    )


def test_it_is_updated_live_and_told_as_what_it_is() -> None:
    decision = decided()
    assert (decision.op, decision.impact, decision.diff.changes) == (Op.UPDATE, Impact.LIVE, (RULES,))
    assert (decision.drifted, decision.reason) == (False, OUTDATED)


def test_what_drifted_besides_is_drift() -> None:
    decision = decided(DOWN)
    assert decision.drifted
    assert decision.diff.changes == (DOWN, RULES)

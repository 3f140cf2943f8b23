"""An apply does what its plan says, also where the plan could not know every value."""

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.permits import Agreement
from virtwright.engine.plan import Plan
from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.values import UNKNOWN, Value

PROGRAM = ListProgram(Item("Container", "web", {"image": "host"}))


def _agreement(*changes: Change) -> Agreement:
    return Agreement(Plan("shop", "apply", (_step(*changes),), 0))


def _step(*changes: Change) -> Step:
    return Step(Op.REPLACE, PROGRAM.urn("web"), "Container", "one", changes, Impact.RECREATE)


def _change(goal: Value, *path: str | int) -> Change:
    return Change(path, None, goal, Impact.RECREATE)


def test_a_value_within_a_list_that_the_plan_did_not_know_is_agreed_to() -> None:
    agreement = _agreement(_change([{"volume": UNKNOWN, "mount": "/v"}], "volumes"))
    agreement.check(_step(_change([{"volume": "shop-v", "mount": "/v"}], "volumes")))
    agreement.check(_step(_change("shop-v", "volumes", 0, "volume")))
    for other in ([{"volume": "shop-v", "mount": "/other"}], [{"volume": "shop-v"}], [], ["shop-v"], {"volume": "v"}):
        with pytest.raises(RefusedError, match="the field volumes changes in another way"):
            agreement.check(_step(_change(other, "volumes")))
    for change in (
        _change("/other", "volumes", 0, "mount"),
        _change("x", "volumes", 1, "volume"),
        _change("x", "image"),
    ):
        with pytest.raises(RefusedError, match="changes in another way"):
            agreement.check(_step(change))


def test_a_container_begins_to_use_a_volume_that_the_same_run_replaces(bench: Bench) -> None:
    def program(size: int, *used: str) -> ListProgram:
        disks = [{"volume": "{" + name + "}", "mount": "/data"} for name in used]
        return ListProgram(
            Item("Volume", "data", {"size": size}),
            Item("Container", "web", {"image": "host", "volumes": disks}, uses=used),
        )

    bench.apply(program(2048))
    assert bench.apply(program(1024, "data"), allow_data_loss=("data",)).succeeded
    bench.settled(program(1024, "data"))

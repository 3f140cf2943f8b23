"""What a plan says of a host whose URI changed, and what it does where the new place has something of the stack's already."""

import copy
from dataclasses import replace
from typing import Final

import pytest
from tests.programs import Item, ListProgram
from tests.unit.cli.examples import rendered
from tests.unit.engine.conftest import Bench

from virtwright.engine.relocation import Relocation
from virtwright.engine.step import Op
from virtwright.errors import RefusedError

NET: Final = Item("Network", "back", {"cidr": "10.40.0.0/24"})
WEB: Final = Item("Container", "web", {"image": "host"})
TWO: Final = {"one": "fake://two"}
MOVED: Final = ListProgram(NET, WEB, hosts=TWO)


def told(bench: Bench, goal: ListProgram) -> Relocation:
    (relocation,) = bench.plan(goal).relocations
    assert (relocation.before, relocation.now) == ("fake://one", "fake://two")
    return relocation


def test_what_is_made_a_second_time_is_listed(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    relocation = told(bench, MOVED)
    assert sorted(relocation.anew) == ["containers.web", "networks.back"]
    assert (relocation.left, relocation.unknown) == ((), "")
    assert "made a second time there: " in rendered(bench.plan(MOVED))
    bench.apply(MOVED)
    assert bench.plan(MOVED).relocations == ()


def test_what_stays_where_it_was_is_listed(bench: Bench) -> None:
    """It bears the stack's identity, and no record leads to it."""
    bench.apply(ListProgram(NET, WEB))
    web = copy.deepcopy(bench.world.find("web"))
    twin = replace(web, id="twin", stamped="twin", stamp=replace(web.stamp, operation="f" * 32))
    bench.world.put("fake://one", twin)
    assert told(bench, MOVED).left == ("containers.web (twin)",)
    assert "stays where it was: containers.web (twin)" in rendered(bench.plan(MOVED))


def test_one_host_at_two_uris_leaves_nothing_behind(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    for each in bench.world.objects():
        bench.world.put("fake://two", copy.deepcopy(each))
    assert {step.op for step in bench.plan(MOVED).steps} == {Op.SAME}
    relocation = told(bench, MOVED)
    assert (relocation.anew, relocation.left) == ((), ())
    assert "fake://one → fake://two" in rendered(bench.plan(MOVED))


def test_a_former_place_that_can_not_be_asked_is_said_to_be_unknown(bench: Bench) -> None:
    bench.apply(ListProgram(WEB))
    for each in bench.world.objects():
        bench.world.put("fake://two", copy.deepcopy(each))
    bench.world.unreachable.add("fake://one")
    assert told(bench, ListProgram(WEB, hosts=TWO)).unknown == "fake://one can't be reached"


def test_what_the_new_place_has_of_the_stack_is_not_passed_off_as_the_records(bench: Bench) -> None:
    """As where a lost host comes back, or a host was copied and its object made anew since."""
    bench.apply(ListProgram(WEB))
    ours = bench.world.find("web")
    before = replace(ours.stamp, operation="f" * 32)
    bench.world.put("fake://two", replace(copy.deepcopy(ours), id="older", stamped="older", stamp=before))
    goal = ListProgram(WEB, hosts=TWO)
    with pytest.raises(RefusedError, match="is not the object that the state has there") as caught:
        bench.plan(goal)
    assert "--take-over containers.web" in (caught.value.hint or "")
    step = bench.plan(goal, take_over=("web",)).steps[0]
    assert step.op is Op.ADOPT and f"{ours.id} stays on fake://one" in step.reason
    assert bench.apply(goal, take_over=("web",)).succeeded
    assert [each.id for each in bench.world.objects("fake://two")] == ["older"]
    assert [each.id for each in bench.world.objects("fake://one")] == [ours.id]

"""States that an interruption can leave: each can be read, and the next apply goes on from it."""

import os

import pytest
from tests.crashes import Place
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import Warned
from virtwright.engine.hands import Hands
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes
from virtwright.engine.step import Op
from virtwright.errors import CreateFailedError, HostError, VirtwrightError

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
NEW_NET = Item("Network", "back", {"cidr": "10.41.0.0/24"})
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",))
PLAIN = RunOptions()


SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


@pytest.mark.parametrize("first", [6, 8, 10, 11, 12] if SOAK == 1 else range(1, 15))
@pytest.mark.parametrize("second", [2, 3] if SOAK == 1 else range(1, 5))
def test_killed_twice_while_a_network_is_replaced(tmp_path: object, first: int, second: int) -> None:
    """The second kill comes while the first one's leftovers are being settled."""
    place = Place(tmp_path / "place")  # type: ignore[operator]
    place.apply(ListProgram(NET, WEB))
    goal = ListProgram(NEW_NET, WEB)
    point = "fake.delete.half" if first > 10 else "state.commit"
    place.apply_dying(goal, PLAIN, f"{point}:{first - 10 if first > 10 else first}=kill")
    place.apply_dying(goal, PLAIN, f"state.commit:{second}=kill")
    assert place.apply(goal).succeeded
    place.assert_settled(goal)


def test_refresh_keeps_a_state_valid_where_something_gone_is_still_needed(bench: Bench) -> None:
    goal = ListProgram(NET, WEB)
    bench.apply(goal)
    bench.world.drop("fake://one", bench.world.find("back").id)
    assert bench.engine.refresh(goal.name).succeeded
    assert bench.store.stack(goal.name).resources()
    assert ("create", "back") in bench.steps(goal) or ("replace", "back") in bench.steps(goal)
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def test_a_replacement_that_fails_half_way_keeps_the_old_one(bench: Bench) -> None:
    old = Item("Container", "web", {"image": "host"})
    new = ListProgram(Item("Container", "web", {"image": "other"}))
    bench.apply(ListProgram(old))
    before = bench.world.find("web").id

    def half_way(method: str, kind: str, name: str) -> None:
        if method == "create":
            made = next(each.id for each in bench.world.objects() if each.id != before)
            raise CreateFailedError("it does not get ready", id=made)

    bench.world.half_way = half_way
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.world, "drop", lambda uri, id: None)
        assert not bench.apply(new, continue_on_error=True).succeeded
    assert ("delete", "Container", "web") not in bench.world.calls
    bench.world.half_way = None
    assert bench.apply(new).succeeded
    assert bench.world.names() == ["web"]
    bench.settled(new)


def test_nothing_that_this_run_deleted_is_called_a_stranger(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    goal = ListProgram(NEW_NET, WEB)
    bench.apply(goal)
    bench.apply(ListProgram(NEW_NET))
    assert [event for event in bench.events if isinstance(event, Warned)] == []


def test_the_old_one_of_a_replacement_is_in_the_next_plan(bench: Bench) -> None:
    bench.apply(ListProgram(Item("Container", "web", {"image": "host"})))
    goal = ListProgram(Item("Container", "web", {"image": "other"}))

    def refuse(method: str, kind: str, name: str) -> None:
        if method == "delete":
            raise HostError("not now")

    bench.world.before = refuse
    assert not bench.apply(goal).succeeded
    bench.world.before = None
    plan = bench.plan(goal)
    assert [(step.op.value, step.urn.name, step.reason) for step in plan.changes] == [
        ("delete", "web", "the old one of a replacement")
    ]
    assert bench.engine.apply(goal, expected=plan).summary == {"same": 1, "delete": 1}
    bench.settled(goal)


@pytest.mark.parametrize("op", ["create", "update"])
def test_what_was_asked_for_beside_the_inputs_outlives_a_kill(
    bench: Bench, op: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The object is there, and its record is written by the run after the killed one."""
    commit = Hands.commit

    async def kill(hands: Hands, changes: Changes) -> None:
        if any(record.urn.name == "web" for record in changes.put):
            raise KeyboardInterrupt
        await commit(hands, changes)

    def goal(trigger: str, **inputs: str) -> ListProgram:
        options = {"replacement_trigger": trigger, "deleted_with": urn, "hooks": {"before_delete": ("note",)}}
        return ListProgram(NET, Item("Container", "web", {"image": "host", **inputs}, after=("back",), options=options))

    urn = ListProgram(NET).urn("back")
    if op == "update":
        bench.apply(ListProgram(NET, Item("Container", "web", {"image": "host"})))
    with monkeypatch.context() as patched, pytest.raises((KeyboardInterrupt, VirtwrightError)):
        patched.setattr(Hands, "commit", kill)
        bench.apply(goal("one", description="new"))
    assert bench.world.find("web").inputs["description"] == "new"
    step = bench.step(goal("two", description="new"), "web")
    assert (step.op, step.reason) == (Op.REPLACE, "its replacement trigger changes")
    bench.engine.refresh(goal("one").name)
    [web] = [record for record in bench.records(goal("one")) if record.kind == "Container"]
    assert (web.traits.deleted_with, web.traits.hooks) == (str(urn), {"before_delete": ("note",)})

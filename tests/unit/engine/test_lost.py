"""Hosts that are gone for good: what they held is made anew on others, and nothing is asked of them."""

import threading

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine import lost
from virtwright.engine.events import Warned
from virtwright.engine.plan import RunOptions
from virtwright.engine.step import Op
from virtwright.errors import HostError, InputError, RefusedError, VirtwrightError
from virtwright.providers.diff import Impact

ONE, TWO = "fake://one", "fake://two"
NET = Item("Network", "back")
DATA = Item("Volume", "data", {"size": "1GiB"})
DB = Item("VirtualMachine", "db", {"disks": [{"volume": "{data}"}]}, uses=("data",), after=("back",))
ALL = (NET, DATA, DB)
HERE = ListProgram(*ALL)
THERE = ListProgram(*ALL, hosts={"one": TWO})
SAID = {"lost": ("one",), "allow_data_loss": ("data",)}


@pytest.fixture
def burnt(bench: Bench) -> Bench:
    """All was on a host that answers no more."""
    assert bench.apply(HERE).succeeded
    bench.world.unreachable.add(ONE)
    return bench


def test_what_it_held_is_made_anew_at_its_new_uri(burnt: Bench) -> None:
    with pytest.raises(HostError, match="can't be reached"):
        burnt.plan(THERE)
    with pytest.raises(RefusedError, match="data"):
        burnt.plan(THERE, lost=("one",))
    step = next(step for step in burnt.plan(THERE, **SAID).steps if step.urn.name == "data")
    assert (step.op, step.impact) == (Op.CREATE, Impact.DATA_LOSS)
    assert step.reason == "its host one was declared lost; its data is gone with it"
    assert burnt.apply(THERE, **SAID).summary == {"create": 3}
    assert burnt.world.names(TWO) == ["back", "data", "db"]
    burnt.settled(THERE, TWO)


def test_a_warning_says_what_may_still_run(burnt: Bench) -> None:
    burnt.plan(THERE, **SAID)
    (warning,) = [event.problem for event in burnt.events if isinstance(event, Warned)]
    assert f"the host one ({ONE}) is taken to be lost" in warning.message
    assert warning.hint is not None and f"virtwright host gc {ONE}" in warning.hint


def test_a_host_that_answers_and_has_what_the_state_has_is_not_lost(bench: Bench) -> None:
    bench.apply(HERE)
    with pytest.raises(RefusedError, match=f"{ONE} answers, and has what the state has there") as refused:
        bench.plan(THERE, **SAID)
    assert all(each.id in refused.value.message for each in bench.world.objects())
    assert "--give-up one" in (refused.value.hint or "") and bench.world.objects(TWO) == []
    assert bench.apply(THERE, **SAID, give_up=("one",)).summary == {"create": 3}
    assert len(bench.world.objects(ONE)) == len(bench.world.objects(TWO)) == 3


def test_a_host_with_new_disks_may_answer(bench: Bench) -> None:
    bench.apply(HERE)
    for each in bench.world.objects():
        bench.world.drop(ONE, each.id)
    assert bench.apply(THERE, **SAID).succeeded


def test_nobody_waits_for_long_for_one_that_hangs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.apply(HERE)
    over = threading.Event()
    monkeypatch.setattr(lost, "_PATIENCE", 0.01)
    monkeypatch.setattr(lost, "_there", lambda *_: over.wait())
    try:
        bench.plan(THERE, **SAID)
    finally:
        over.set()


def test_resources_go_to_a_host_that_is_there(burnt: Bench) -> None:
    moved = [Item(each.kind, each.name, each.inputs, each.uses, each.after, host="two") for each in ALL]
    with pytest.raises(RefusedError, match="said to be lost, but the stack has it where it was"):
        burnt.plan(ListProgram(*moved, hosts={"one": ONE, "two": TWO}), **SAID)
    goal = ListProgram(*moved, hosts={"two": TWO})
    assert burnt.apply(goal, **SAID).summary == {"create": 3}
    assert burnt.world.names(TWO) == ["back", "data", "db"]
    burnt.settled(goal, TWO)
    assert [each.urn.name for each in burnt.store.stack(goal.name).resources() if each.urn.is_host] == ["two"]


def test_what_failed_half_way_goes_on(burnt: Bench) -> None:
    def fail(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "db"):
            raise HostError("no room")

    burnt.world.half_way = fail
    assert not burnt.apply(THERE, **SAID).succeeded
    burnt.world.half_way = None
    assert burnt.apply(THERE, **SAID).succeeded
    burnt.settled(THERE, TWO)


def test_what_was_under_way_there_is_settled(bench: Bench) -> None:
    """The host was lost in the middle of a run that was killed: whatever it was doing there is over."""

    class Killed(BaseException):
        pass

    def kill(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "db"):
            raise Killed

    bench.world.half_way = kill
    with pytest.raises((Killed, VirtwrightError)):
        bench.apply(HERE)
    bench.world.half_way = None
    bench.world.unreachable.add(ONE)
    assert bench.apply(THERE, **SAID).succeeded
    bench.settled(THERE, TWO)


def test_what_left_the_stack_is_forgotten_with_it(burnt: Bench) -> None:
    goal = ListProgram(NET, hosts={"one": TWO})
    assert burnt.apply(goal, **SAID).summary == {"create": 1, "delete": 2}
    burnt.settled(goal, TWO)


def test_a_stack_on_it_can_be_destroyed(burnt: Bench) -> None:
    name = HERE.name
    assert burnt.engine.destroy(name, RunOptions(lost=("one",), allow_data_loss=("data",))).succeeded
    assert name not in burnt.store.stacks() or not burnt.store.stack(name).resources()


@pytest.mark.parametrize(("name", "hint"), [("on", "did you mean one"), ("elsewhere", "it knows: one")])
def test_a_host_that_the_state_does_not_know_is_an_error(burnt: Bench, name: str, hint: str) -> None:
    with pytest.raises(InputError, match="knows no host") as caught:
        burnt.plan(THERE, lost=(name,))
    assert hint in (caught.value.problem.hint or "")


def test_what_the_new_place_had_before_is_no_replacement(burnt: Bench) -> None:
    """The stack was on one before, which was lost, and has lived on two since."""
    assert burnt.apply(THERE, **SAID).succeeded
    burnt.world.unreachable = {TWO}
    with pytest.raises(RefusedError) as caught:
        burnt.plan(HERE, **SAID)
    told = {problem.message: problem.hint or "" for problem in caught.value.problems}
    assert [name for name in ("back", "data", "db") if any(f"{name} (" in message for message in told)] == [
        "back",
        "data",
        "db",
    ]
    assert all("is not the object that the state has" in message for message in told)
    assert all("--take-over" in hint for hint in told.values())
    names = ("networks.back", "volumes.data", "vms.db")
    with pytest.raises(RefusedError, match=r"the data of volumes\.data would be lost"):
        burnt.plan(HERE, lost=("one",), take_over=names)
    assert burnt.apply(HERE, **SAID, take_over=names).summary == {"adopt": 3}


def test_the_reason_is_that_the_host_was_declared_lost(burnt: Bench) -> None:
    with pytest.raises(RefusedError, match=r"the data of volumes\.data is gone: its host one was declared lost"):
        burnt.plan(THERE, lost=("one",))

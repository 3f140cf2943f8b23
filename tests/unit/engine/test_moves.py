"""Machines that move to another host, with their volumes: decided, shown, carried out, and ended where that was cut off."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.crashes import Place
from tests.fake_provider import FakeWorld
from tests.kills import assert_share
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.plan import RunOptions
from virtwright.engine.plan_file import Source, load_plan, save_plan
from virtwright.engine.step import Op
from virtwright.errors import HostError, VirtwrightError
from virtwright.providers.diff import Impact

HOSTS = {"one": "fake://one", "two": "fake://two"}
DATA = Item("Volume", "data", {"size": "1GiB"})
DB = Item("VirtualMachine", "db", {"disks": [{"volume": "{data}"}]}, uses=("data",))
ALONE = Item("VirtualMachine", "db")
POINTS = ("state.before-commit", "state.commit", "fake.move.before", "fake.move.half")


def program(*items: Item, on: str = "one") -> ListProgram:
    return ListProgram(*(replace(item, host=on) for item in items), hosts=HOSTS)


@pytest.fixture
def movers(bench: Bench) -> Bench:
    bench.world.moves = True
    return bench


def where(world: FakeWorld) -> tuple[list[str], list[str]]:
    return world.names("fake://one"), world.names("fake://two")


def test_a_machine_moves_and_stays_what_it_is(movers: Bench) -> None:
    movers.apply(program(ALONE))
    id = movers.world.find("db").id
    step = movers.step(program(ALONE, on="two"), "db")
    assert (step.op, step.impact, step.from_host, step.host) == (Op.MOVE, Impact.LIVE, "one", "two")
    assert [(change.field, change.prior, change.goal) for change in step.changes] == [("host", "one", "two")]
    assert movers.apply(program(ALONE, on="two")).summary["move"] == 1
    assert where(movers.world) == ([], ["db"])
    assert movers.world.find("db", "fake://two").id == id
    assert movers.steps(program(ALONE, on="two")) == []
    assert movers.apply(program(ALONE)).succeeded, "and back"
    assert where(movers.world) == (["db"], [])


def test_a_volume_goes_along_with_its_machine(movers: Bench) -> None:
    movers.apply(program(DATA, DB))
    movers.world.put("fake://one", replace(movers.world.find("data"), data="precious"))
    goal = program(DATA, DB, on="two")
    assert movers.steps(goal) == [("move", "data"), ("move", "db")]
    assert movers.apply(goal).succeeded, "no data loss has to be allowed"
    assert where(movers.world) == ([], ["data", "db"])
    assert movers.world.find("data", "fake://two").data == "precious"
    assert movers.steps(goal) == []
    assert not movers.store.stack(goal.name).open_operations()


def test_a_volume_that_nobody_uses_moves_alone(movers: Bench) -> None:
    movers.apply(program(DATA))
    movers.world.put("fake://one", replace(movers.world.find("data"), data="precious"))
    assert movers.apply(program(DATA, on="two")).succeeded
    assert movers.world.find("data", "fake://two").data == "precious"
    assert where(movers.world) == ([], ["data"])


def test_a_host_with_another_uri_is_moved_to_as_well(movers: Bench) -> None:
    movers.apply(ListProgram(DATA, DB))
    goal = ListProgram(DATA, DB, hosts={"one": "fake://two"})
    assert movers.steps(goal) == [("move", "data"), ("move", "db")]
    assert movers.apply(goal).succeeded
    assert where(movers.world) == ([], ["data", "db"])
    assert movers.steps(goal) == []


@pytest.mark.parametrize("stays", ["data", "db"])
def test_neither_moves_without_the_other(movers: Bench, stays: str) -> None:
    movers.apply(program(DATA, DB))
    items = [replace(item, host="one" if item.name == stays else "two") for item in (DATA, DB)]
    with pytest.raises(VirtwrightError, match=r"a machine that uses it does not|no volume"):
        movers.plan(ListProgram(*items, hosts=HOSTS))
    with pytest.raises(VirtwrightError):
        movers.plan(program(DATA, DB, on="two"), targets=("data",))


def test_protection_does_not_keep_a_machine_from_moving(movers: Bench) -> None:
    items = [replace(item, options={"protect": True}) for item in (DATA, DB)]
    movers.apply(program(*items))
    assert movers.apply(program(*items, on="two")).succeeded
    assert where(movers.world) == ([], ["data", "db"])


def test_where_there_is_no_way_it_is_made_anew(bench: Bench) -> None:
    bench.apply(program(ALONE))
    assert bench.steps(program(ALONE, on="two")) == [("replace", "db")]


def test_what_has_to_be_made_anew_anyway_is(movers: Bench) -> None:
    movers.apply(program(ALONE))
    other = replace(ALONE, inputs={"architecture": "aarch64"})
    assert movers.steps(program(other, on="two")) == [("replace", "db")]


def test_it_changes_on_its_way(movers: Bench) -> None:
    movers.apply(program(ALONE))
    more = program(replace(ALONE, inputs={"memory": "3GiB"}), on="two")
    step = movers.step(more, "db")
    assert (step.op, step.impact, {change.field for change in step.changes}) == (
        Op.MOVE,
        Impact.REBOOT,
        {"host", "memory"},
    )
    assert movers.apply(more).succeeded
    assert movers.steps(more) == []


def test_a_saved_plan_holds_a_move(movers: Bench, tmp_path: Path) -> None:
    movers.apply(program(ALONE))
    goal = program(ALONE, on="two")
    save_plan(movers.plan(goal), Source(), tmp_path / "plan", "")
    saved = load_plan(tmp_path / "plan").plan
    assert saved.steps[0].from_host == "one"
    assert not movers.engine.apply(
        program(replace(ALONE, inputs={"memory": "3GiB"}), on="two"), expected=saved
    ).succeeded
    assert where(movers.world) == (["db"], [])
    saved = replace(saved, serial=movers.plan(goal).serial)
    assert movers.engine.apply(goal, expected=saved).succeeded
    assert where(movers.world) == ([], ["db"])


def test_where_it_is_can_t_be_told_while_a_host_is_down(movers: Bench) -> None:
    """Killed while it moved, and the program wants it back before the other host answers: nothing may be made anew."""
    movers.apply(program(DATA, DB))

    class Killed(BaseException):
        pass

    def die(method: str, kind: str, name: str) -> None:
        if (method, kind) == ("move", "VirtualMachine"):
            raise Killed

    movers.world.half_way = die
    with pytest.raises(Killed):
        movers.apply(program(DATA, DB, on="two"))
    movers.world.half_way = None
    movers.world.unreachable.add("fake://two")
    for goal in (program(DATA, DB), program(DATA, DB, on="two")):
        with pytest.raises(HostError, match=r"was moving it|can't be reached"):
            movers.plan(goal)
    with pytest.raises(HostError, match="was moving it"):
        movers.plan(program(DATA))
    movers.world.unreachable.clear()
    assert movers.apply(program(DATA, DB)).succeeded
    assert where(movers.world) == (["data", "db"], [])
    movers.settled(program(DATA, DB))


def test_killed_anywhere_it_is_on_one_host_with_its_data(tmp_path: Path) -> None:
    """The next apply ends the move, or, every other time, takes it back."""
    place = Place(tmp_path, moves=True)
    world, homes = place.world, ("fake://one", "fake://two")
    place.apply(program(DATA, DB))
    world.put("fake://one", replace(world.find("data"), data="precious"))
    kills, here = 0, 0
    for point in POINTS:
        position = 1
        while True:
            goal = program(DATA, DB, on=("one", "two")[1 - here])
            if not place.apply_dying(goal, RunOptions(), f"{point}:{position}=kill"):
                here = 1 - here
                break
            kills, position = kills + 1, position + 1
            if kills % 2:
                goal = program(DATA, DB, on=("one", "two")[here])
            else:
                here = 1 - here
            assert place.apply(goal).succeeded, (point, position)
            assert world.names(homes[here]) == ["data", "db"], (point, position)
            assert world.names(homes[1 - here]) == [], (point, position)
            assert world.find("data", homes[here]).data == "precious", (point, position)
            place.assert_done(goal)
    assert_share("moves", kills)

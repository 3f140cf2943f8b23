"""Hosts that change: where objects are looked for, and that none is left behind or deleted in the wrong place."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.crashes import Place
from tests.fake_provider import FakeProvider, FakeWorld
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.errors import HostError, Problem, ProviderError, RefusedError, VirtwrightError, Where
from virtwright.schemas.host import Host
from virtwright.stacks.base import Register

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
WEB = Item("Container", "web", {"image": "host"})
DATA = Item("Volume", "data", {"size": "1GiB"})
TWO = {"one": "fake://two"}


def test_what_a_partial_run_leaves_on_the_old_uri_is_still_known_there(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    moved = ListProgram(NET, WEB, hosts=TWO)
    assert bench.apply(moved, targets=("back",)).succeeded
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == (["web"], ["back"])
    assert bench.steps(moved) == [("replace", "web")]
    assert bench.apply(moved).succeeded
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == ([], ["back", "web"])
    assert bench.steps(moved) == []


def test_a_plan_tells_the_two_places_of_a_host_apart(bench: Bench) -> None:
    bench.apply(ListProgram(WEB))
    [change] = [each for each in bench.step(ListProgram(WEB, hosts=TWO), "web").changes if each.field == "host"]
    assert (change.prior, change.goal) == ("fake://one", "fake://two")
    other = Item("Container", "web", {"image": "host"}, host="two")
    step = bench.step(ListProgram(other, hosts={"one": "fake://one", "two": "fake://two"}), "web")
    [change] = [each for each in step.changes if each.field == "host"]
    assert (change.prior, change.goal) == ("one", "two")


def test_a_volume_named_alike_on_both_hosts_is_deleted_on_the_old_one(bench: Bench) -> None:
    """Where the id is the name, the old object and the new one have the same."""
    bench.world.ids_are_names = True
    bench.apply(ListProgram(DATA))
    moved = ListProgram(DATA, hosts=TWO)
    assert bench.apply(moved, allow_data_loss=("data",)).succeeded
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == ([], ["data"])
    assert bench.steps(moved) == []


@pytest.mark.parametrize("third", ["fake://three", "fake://one"])
def test_another_move_while_a_volume_named_alike_is_left_behind_is_refused(bench: Bench, third: str) -> None:
    bench.world.ids_are_names = True
    bench.apply(ListProgram(DATA))
    moved = ListProgram(DATA, hosts=TWO)

    def fail(method: str, kind: str, name: str) -> None:
        if method == "delete":
            raise HostError("the fake delete fails")

    bench.world.before = fail
    assert not bench.apply(moved, allow_data_loss=("data",)).succeeded
    bench.world.before = None
    again = ListProgram(DATA, hosts={"one": third})
    for command in (bench.plan, bench.apply):
        with pytest.raises(RefusedError, match="the URI of one changes again") as caught:
            command(again, allow_data_loss=("data",))
        assert "fake://two" in (caught.value.hint or "")
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == (["data"], ["data"])
    assert bench.apply(moved, allow_data_loss=("data",)).succeeded
    assert bench.apply(again, allow_data_loss=("data",)).succeeded
    assert [bench.world.names(uri) for uri in ("fake://one", "fake://two", "fake://three")].count(["data"]) == 1
    assert bench.world.names(third) == ["data"]


@pytest.mark.parametrize("position", range(3, 8))
def test_alike_names_survive_a_kill_while_they_move(tmp_path: object, position: int) -> None:
    place = Place(tmp_path / "place", ids_are_names=True)  # type: ignore[operator]
    place.apply(ListProgram(DATA))
    moved, loss = ListProgram(DATA, hosts=TWO), RunOptions(allow_data_loss=("data",))
    place.apply_dying(moved, loss, f"state.commit:{position}=kill")
    assert place.apply(moved, loss).succeeded
    world = FakeWorld(place.folder / "hosts")
    assert (world.names("fake://one"), world.names("fake://two")) == ([], ["data"])


def test_an_intent_on_a_host_that_left_and_is_down_waits_for_it(bench: Bench) -> None:
    hosts = {"one": "fake://one", "two": "fake://two"}
    far = ListProgram(Item("Container", "far", {"image": "host"}, host="two"), hosts=hosts)

    class Killed(BaseException):
        pass

    def die(method: str, kind: str, name: str) -> None:
        if method == "create":
            raise Killed

    bench.world.half_way = die
    with pytest.raises(Killed):
        bench.apply(far)
    bench.world.half_way = None
    assert bench.world.names("fake://two") == ["far"]
    bench.world.unreachable.add("fake://two")
    assert bench.apply(ListProgram(WEB)).succeeded
    bench.world.unreachable.clear()
    assert bench.apply(ListProgram(WEB)).succeeded
    assert bench.world.names("fake://two") == []
    assert bench.store.stack(far.name).open_operations() == []
    assert [each.urn.name for each in bench.store.stack(far.name).resources() if each.kind == "Host"] == ["one"]


def test_two_resources_on_one_dead_host_are_each_named(bench: Bench) -> None:
    program = ListProgram(WEB, Item("Container", "app", {"image": "host"}))
    bench.apply(program)
    bench.world.unreachable.add("fake://one")
    with pytest.raises(HostError) as caught:
        bench.plan(program)
    places = {problem.where.urn and problem.where.urn.rsplit("::", 1)[-1] for problem in caught.value.problems}
    assert places == {"web", "app"}


def test_all_that_is_wrong_with_a_provider_has_the_place_of_its_host(bench: Bench) -> None:
    def refuse(name: str, host: Host) -> FakeProvider:
        raise ProviderError.of([Problem("one fault"), Problem("another fault")])

    class Written(ListProgram):
        async def run(self, register: Register) -> Mapping[str, object]:
            return await super().run(
                lambda goal: register(replace(goal, locate=lambda path: Where("s.yaml", 3, 9 + 6 * len(path))))
            )

    with pytest.raises(VirtwrightError) as caught:
        Engine(bench.store, opener=refuse).plan(Written(WEB))
    assert [each.message for each in caught.value.problems] == ["one fault", "another fault"]
    assert len({each.where for each in caught.value.problems}) == 1
    assert caught.value.where.urn is not None


def test_a_provider_meets_the_stack_s_other_hosts(bench: Bench) -> None:
    met: dict[str, list[str]] = {}

    def note(method: str, kind: str, name: str) -> None:
        if method == "create":
            met[name] = sorted(opened[-1]._peers())

    opened: list[FakeProvider] = []

    def open_noted(name: str, host: Host) -> FakeProvider:
        opened.append(bench.world.open(name, host))
        return opened[-1]

    bench.world.before = note
    hosts = {"one": "fake://one", "two": "fake://two"}
    Engine(bench.store, opener=open_noted).apply(ListProgram(Item("Network", "back"), hosts=hosts))
    assert met == {"back": ["one", "two"]}
    Engine(bench.store, opener=open_noted).apply(ListProgram(Item("Network", "front"), hosts={"one": "fake://one"}))
    assert met["front"] == ["one", "two"], "the state remembers the second host until this run has ended"

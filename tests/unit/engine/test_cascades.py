"""What happens to the users of something that is replaced, whatever runs at the same time."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepFailed
from virtwright.errors import HostError, RefusedError
from virtwright.schemas.container import Container
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import has_unknown

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
OTHER_NET = Item("Network", "front", {"cidr": "10.50.0.0/24"})
NEW_NET = Item("Network", "back", {"cidr": "10.41.0.0/24"})
NEW_OTHER = Item("Network", "front", {"cidr": "10.51.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",))
APP = Item("Container", "app", {"image": "host", "networks": ["{front}"]}, uses=("front",))
BOTH = Item("Container", "both", {"image": "host", "networks": ["{back}", "{front}"]}, uses=("back", "front"))


def _deleted(bench: Bench) -> list[str]:
    return sorted(name for method, _, name in bench.world.calls if method == "delete")


def test_a_user_that_leaves_a_network_while_it_is_replaced_is_made_once(bench: Bench) -> None:
    bench.apply(ListProgram(NET, OTHER_NET, WEB))
    left = Item("Container", "web", {"image": "host", "networks": ["{front}"]}, uses=("front",))
    goal = ListProgram(NEW_NET, OTHER_NET, left)
    bench.world.latency = 0.01
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def test_users_that_change_places_between_two_replaced_networks(bench: Bench) -> None:
    bench.apply(ListProgram(NET, OTHER_NET, WEB, APP))
    web = Item("Container", "web", {"image": "host", "networks": ["{front}"]}, uses=("front",))
    app = Item("Container", "app", {"image": "host", "networks": ["{back}"]}, uses=("back",))
    goal = ListProgram(NEW_NET, NEW_OTHER, web, app)
    bench.world.latency = 0.01
    assert bench.apply(goal).succeeded
    bench.settled(goal)


@pytest.mark.parametrize("slow", ["observe", "create", "update", "delete", ""])
def test_a_user_that_now_needs_something_slow(bench: Bench, slow: str) -> None:
    """Whichever comes first, the network's turn or the user's, the run does what the plan says."""
    bench.apply(ListProgram(NET, OTHER_NET, WEB))
    moved = Item("Container", "web", {"image": "host", "networks": ["{front}"], "labels": {"a": "b"}}, uses=("front",))
    changed = Item("Network", "front", {"cidr": "10.50.0.0/24", "labels": {"a": "b"}})
    goal = ListProgram(NEW_NET, changed, moved)

    def dawdle(method: str, kind: str, name: str) -> None:
        if method == slow:
            threading.Event().wait(0.05)

    bench.world.before = dawdle
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def test_a_user_of_two_replaced_networks_is_deleted_once(bench: Bench) -> None:
    bench.apply(ListProgram(NET, OTHER_NET, BOTH))
    bench.world.calls.clear()
    bench.world.latency = 0.02
    goal = ListProgram(NEW_NET, NEW_OTHER, BOTH)
    assert bench.apply(goal).succeeded
    assert _deleted(bench) == ["back", "both", "front"]
    bench.settled(goal)


def test_a_renamed_and_replaced_network_takes_its_users_along(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    renamed = Item("Network", "rear", {"cidr": "10.41.0.0/24"}, was=("back",))
    goal = ListProgram(renamed, Item("Container", "web", {"image": "host", "networks": ["{rear}"]}, uses=("rear",)))
    assert bench.steps(goal) == [("replace", "rear"), ("replace", "web")]
    assert bench.apply(goal).succeeded
    bench.settled(goal)


@pytest.mark.parametrize("options", [{"exclude": ("web",)}, {"targets": ("back",)}])
def test_a_user_that_is_left_out_is_not_deleted_for_its_network(bench: Bench, options: dict[str, object]) -> None:
    bench.apply(ListProgram(NET, WEB))
    before = bench.world.find("web").id
    with pytest.raises(RefusedError, match=r"containers\.web uses networks\.back"):
        bench.plan(ListProgram(NEW_NET, WEB), **options)
    with pytest.raises(RefusedError, match=r"containers\.web uses networks\.back"):
        bench.apply(ListProgram(NEW_NET, WEB), **options)
    assert bench.world.find("web").id == before
    assert bench.world.find("back").inputs["cidr"] == "10.40.0.0/24"


def test_a_protected_user_keeps_its_network_from_being_replaced(bench: Bench) -> None:
    guarded = Item("Container", "web", WEB.inputs, uses=("back",), options={"protect": True})
    bench.apply(ListProgram(NET, guarded))
    bench.world.calls.clear()
    for _ in range(2):
        with pytest.raises(RefusedError, match=r"containers\.web is protected"):
            bench.apply(ListProgram(NEW_NET, guarded))
    assert {method for method, _, _ in bench.world.calls} == {"observe"}


def test_a_user_that_becomes_protected_in_the_same_change_is_refused_before_anything(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    bench.world.calls.clear()
    guarded = Item("Container", "web", WEB.inputs, uses=("back",), options={"protect": True})
    with pytest.raises(RefusedError, match=r"containers\.web is protected"):
        bench.apply(ListProgram(NEW_NET, guarded))
    assert {method for method, _, _ in bench.world.calls} == {"observe"}


def test_replacing_a_network_on_request_makes_way_first(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    bench.world.calls.clear()
    goal = ListProgram(NET, WEB)
    assert bench.steps(goal, replace=("back",)) == [("replace", "back"), ("replace", "web")]
    assert bench.apply(goal, replace=("back",)).succeeded
    order = [(method, name) for method, _, name in bench.world.calls if method in ("create", "delete")]
    assert order == [("delete", "web"), ("delete", "back"), ("create", "back"), ("create", "web")]
    bench.settled(goal)


def test_what_hangs_on_a_data_volume_is_left_alone(bench: Bench) -> None:
    """The volume is not replaced with the network it names, so neither is what uses the volume."""
    data = Item("Volume", "data", {"size": "1GiB", "labels": {"net": "{back}"}}, uses=("back",))
    reader = Item(
        "Container", "reader", {"image": "host", "volumes": [{"volume": "{data}", "mount": "/d"}]}, uses=("data",)
    )
    bench.apply(ListProgram(NET, data, reader))
    assert "reader" not in [name for _, name in bench.steps(ListProgram(NEW_NET, data, reader))]
    before = bench.world.find("reader").id
    assert bench.apply(ListProgram(NEW_NET, data, reader)).succeeded
    assert bench.world.find("reader").id == before


def test_an_old_object_goes_before_what_it_uses_is_replaced(bench: Bench) -> None:
    """The new container does not use the network any more, but the old one, which an earlier run left, still does."""
    bench.apply(ListProgram(NET, WEB))

    def fail(method: str, kind: str, name: str) -> None:
        if method == "delete":
            raise HostError("the fake delete fails")

    alone = Item("Container", "web", {"image": "host"})
    bench.world.before = fail
    assert not bench.apply(ListProgram(NET, alone)).succeeded
    bench.world.before = None
    goal = ListProgram(NEW_NET, alone)
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def test_old_objects_of_renamed_resources_go_in_the_order_of_their_use(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB, hosts={"one": "fake://one"}))
    net = Item("Network", "net", {"cidr": "10.40.0.0/24"}, was=("back",))
    site = Item("Container", "site", {"image": "host", "networks": ["{net}"]}, uses=("net",), was=("web",))
    goal = ListProgram(net, site, hosts={"one": "fake://two"})
    assert bench.apply(goal).succeeded
    assert bench.world.objects("fake://one") == []
    assert len(bench.world.objects("fake://two")) == 2


def test_a_user_whose_other_network_is_renamed_meanwhile(bench: Bench) -> None:
    """The record that a cascade keeps must not name what has another name by now."""
    bench.apply(ListProgram(NET, OTHER_NET, BOTH))

    def dawdle(method: str, kind: str, name: str) -> None:
        if (method, name) == ("delete", "both"):
            threading.Event().wait(0.2)

    bench.world.before = dawdle
    edge = Item("Network", "edge", {"cidr": "10.50.0.0/24"}, was=("front",))
    uses = ("back", "edge")
    both = Item("Container", "both", {"image": "host", "networks": ["{back}", "{edge}"]}, uses=uses)
    bench.world.half_way = _failing_create_of("back")
    assert not bench.apply(ListProgram(NEW_NET, edge, both)).succeeded
    bench.world.before = bench.world.half_way = None
    goal = ListProgram(NEW_NET, edge, both)
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def _failing_create_of(wanted: str) -> Callable[[str, str, str], None]:
    def fail(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", wanted):
            raise HostError("the fake create fails")

    return fail


def test_what_can_not_be_made_anew_stays_with_what_it_uses(bench: Bench) -> None:
    """It is told what takes its place while the name of the network is not known yet."""
    bench.apply(ListProgram(NET, OTHER_NET, WEB, APP))
    before = sorted(item.id for item in bench.world.objects())
    newer = Item("Container", "web", {"image": "newer", "networks": ["{back}"], "labels": {"a": "b"}}, uses=("back",))
    goal = ListProgram(NEW_NET, OTHER_NET, newer, APP)

    def refuse(method: str, kind: str, name: str) -> None:
        if (method, name) == ("prepare", "web"):
            raise HostError("there is no such image")

    bench.world.before = refuse
    assert not bench.apply(goal).succeeded
    assert sorted(item.id for item in bench.world.objects()) == before
    (failed,) = (event for event in bench.events if isinstance(event, StepFailed))
    assert failed.problem.message == (
        "containers.web can't be made anew with networks.back, which it uses: there is no such image"
    )
    assert failed.problem.where.urn == str(goal.urn("web"))
    asked = bench.world.prepared["web"]
    assert isinstance(asked, Container) and asked.image == "newer" and has_unknown(to_properties(asked)["networks"])
    bench.world.before = None
    assert bench.apply(goal).succeeded
    bench.settled(goal)


def test_a_plan_that_was_shown_or_saved_has_its_apply_prepare_the_users_too(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    goal = ListProgram(NEW_NET, WEB)
    assert bench.engine.apply(goal, expected=bench.plan(goal)).succeeded
    assert [name for method, _, name in bench.world.calls if method == "prepare"] == ["back", "web"]
    bench.world.calls.clear()
    back = ListProgram(NET, WEB)
    as_in_a_file = replace(bench.plan(back), foreseen={})
    assert bench.engine.apply(back, expected=as_in_a_file, saved=True).succeeded
    assert [name for method, _, name in bench.world.calls if method == "prepare"] == ["back", "web"]


def test_a_plan_does_not_say_that_a_new_one_comes_first_where_the_old_one_is_gone(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    goal = ListProgram(NEW_NET, WEB)

    def refuse(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "back"):
            raise HostError("there is no room")

    bench.world.before = refuse
    assert not bench.apply(goal).succeeded
    steps = {step.urn.name: step for step in bench.plan(goal).changes}
    assert {name: (step.op.value, step.delete_before_create) for name, step in steps.items()} == {
        "back": ("replace", True),
        "web": ("replace", True),
    }

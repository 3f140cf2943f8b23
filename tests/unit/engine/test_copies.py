"""One operation makes one object: of several that bear it, one is the stack's, and the others are nobody's."""

from dataclasses import replace

import pytest
from tests.fake_provider import FakeObject
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import Warned
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes
from virtwright.errors import RefusedError
from virtwright.stacks.base import EmptyProgram

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",))
SHOP = ListProgram(NET, DATA, WEB)
HERE = "fake://one"
ORDERS = ("000", "zzz")
"""What the ids of copies begin with: listed before and after the original."""


def _lose(bench: Bench) -> None:
    state = bench.store.stack(SHOP.name)
    with state.acquire(holder="test", wait=0) as lease:
        state.commit(Changes(remove=tuple(each.row for each in state.resources())), lease)


def _copy(bench: Bench, name: str, number: str, uri: str = HERE) -> FakeObject:
    """As somebody makes it who takes all labels over, and writes the copy's own name into the one that has a name."""
    id, made = f"{number}-{name}", "2026-02-01T00:00:00Z"
    twin = replace(bench.world.find(name), id=id, stamped=id, name=f"copy-{id}", made=made)
    bench.world.put(uri, twin)
    return twin


def _copies(bench: Bench) -> list[FakeObject]:
    """Those of containers use nothing of the stack's."""
    copies = [_copy(bench, name, number) for name in ("back", "data", "web") for number in ORDERS]
    for each in copies:
        each.inputs = {**each.inputs, **({"networks": []} if each.kind == "Container" else {})}
        bench.world.put(HERE, each)
    return copies


def _told(bench: Bench) -> list[str]:
    return [event.problem.message for event in bench.events if isinstance(event, Warned)]


def _assert_left(bench: Bench, copies: list[FakeObject]) -> None:
    assert {each.id: each for each in bench.world.objects()} == {each.id: each for each in copies}


def test_recover_takes_the_object_that_was_made_first_and_lists_the_others(bench: Bench) -> None:
    bench.apply(SHOP)
    before = {record.urn: record.id for record in bench.records(SHOP)}
    copies = _copies(bench)
    _lose(bench)
    bench.events.clear()
    assert bench.engine.recover(SHOP).summary == {"adopt": 3}
    assert {record.urn: record.id for record in bench.records(SHOP)} == before
    told = _told(bench)
    assert len(told) == len(copies) and all(any(each.id in text for text in told) for each in copies)
    assert bench.steps(SHOP) == []
    assert bench.apply(SHOP).succeeded
    assert bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=("data",))).succeeded
    _assert_left(bench, copies)


def test_a_copy_on_another_host_of_the_stack_is_not_recovered(bench: Bench) -> None:
    shop = ListProgram(NET, DATA, hosts={"one": HERE, "two": "fake://two"})
    bench.apply(shop)
    _copy(bench, "data", "000", "fake://two")
    _lose(bench)
    assert bench.engine.recover(shop).summary == {"adopt": 2}
    assert [record.doomed for record in bench.records(shop)] == [False, False]
    assert bench.engine.destroy(shop.name, RunOptions(allow_data_loss=("data",))).succeeded
    assert [each.id for each in bench.world.objects("fake://two")] == ["000-data"]


def test_destroy_takes_no_copy(bench: Bench) -> None:
    bench.apply(SHOP)
    copies = _copies(bench)
    assert bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=("data",))).summary == {"delete": 3}
    _assert_left(bench, copies)


def test_labels_of_one_kind_on_an_object_of_another_are_a_copy(bench: Bench) -> None:
    bench.apply(SHOP)
    stamp = bench.world.find("web").stamp
    bench.world.put(HERE, FakeObject("000", "Volume", stamp, {"size": 1024**3}, name="x"))
    _lose(bench)
    assert bench.engine.recover(SHOP).summary == {"adopt": 3}
    assert "000" not in {record.id for record in bench.records(SHOP)}


@pytest.mark.parametrize("name", ["data", "web"])
def test_a_copy_in_the_place_of_an_object_that_is_gone_is_refused_until_it_is_named(bench: Bench, name: str) -> None:
    bench.apply(SHOP)
    copy = _copy(bench, name, "000")
    [gone] = [record.id for record in bench.records(SHOP) if record.urn.name == name]
    assert gone is not None
    bench.world.drop(HERE, gone)
    address = {"data": "volumes.data", "web": "containers.web"}[name]
    with pytest.raises(RefusedError, match="a copy") as caught:
        bench.plan(SHOP)
    assert gone in caught.value.message and copy.id in caught.value.message
    assert f"--take-over {address}" in (caught.value.hint or "")
    plan = bench.plan(SHOP, take_over=(address,))
    assert bench.engine.apply(SHOP, RunOptions(take_over=(address,)), expected=plan).succeeded
    bench.settled(SHOP)


def test_what_was_made_since_a_backup_is_adopted_as_before(bench: Bench) -> None:
    bench.apply(SHOP)
    old = bench.world.find("web")
    since = replace(old, id="since", stamped="since", stamp=replace(old.stamp, operation="f" * 32))
    bench.world.drop(HERE, old.id)
    bench.world.put(HERE, since)
    step = bench.step(SHOP, "web")
    assert (step.op, "not the object that the state had" in step.reason) == ("adopt", True)


def test_an_apply_tells_of_copies_and_how_to_remove_them(bench: Bench) -> None:
    bench.apply(SHOP)
    copy = _copy(bench, "web", "000")
    bench.events.clear()
    bench.apply(SHOP)
    [problem] = [event.problem for event in bench.events if isinstance(event, Warned)]
    assert copy.id in problem.message and "copy" in problem.message
    assert problem.hint is not None and "state recover" not in problem.hint
    assert f"virtwright host gc {HERE} --remove {copy.id}" in problem.hint


def _older_state(bench: Bench, *names: str) -> dict[str, str]:
    """As after a restored backup: what was there is gone, and another run has made each of these anew since. Returns their ids."""
    for name in names:
        old = bench.world.find(name)
        bench.world.drop(HERE, old.id)
        id = f"since-{name}"
        bench.world.put(HERE, replace(old, id=id, stamped=id, stamp=replace(old.stamp, operation="f" * 32)))
    return {name: f"since-{name}" for name in names}


def test_a_replacement_leaves_nothing_of_what_took_the_place_of_the_object_in_the_state(bench: Bench) -> None:
    """Neither the object nor a warning of it."""
    bench.apply(SHOP)
    _older_state(bench, "web")
    bench.events.clear()
    assert bench.apply(ListProgram(NET, DATA, replace(WEB, inputs={**WEB.inputs, "image": "other"}))).succeeded
    assert _told(bench) == [] and bench.world.names() == ["back", "data", "web"]
    assert bench.apply(SHOP).succeeded and _told(bench) == []


@pytest.mark.parametrize("options", [{}, {"targets": ("containers.web",)}])
def test_a_destroy_deletes_what_took_the_place_of_the_object_in_the_state(
    bench: Bench, options: dict[str, tuple[str, ...]]
) -> None:
    bench.apply(SHOP)
    _older_state(bench, "web")
    wanted = RunOptions(**options, allow_data_loss=("data",))  # type: ignore[arg-type]
    plan = bench.engine.plan(EmptyProgram(SHOP.name), wanted, command="destroy")
    assert [step.op.value for step in plan.steps if step.urn.name == "web"] == ["adopt", "delete"]
    assert bench.engine.destroy(SHOP.name, wanted).succeeded
    assert "web" not in bench.world.names()
    assert ("data" in bench.world.names()) is bool(options)


def test_each_object_that_holds_data_needs_a_consent_of_its_own(bench: Bench) -> None:
    """The state lacks an older volume of the resource, which another operation made."""
    bench.apply(SHOP)
    data = bench.world.find("data")
    older = replace(data, id="older", stamped="older", name="other-data", stamp=replace(data.stamp, operation="e" * 32))
    bench.world.put(HERE, older)
    for allowed in (("volumes.data",), ("volumes.data", "older"), ("volumes.data", data.id)):
        with pytest.raises(RefusedError, match="the data of") as caught:
            bench.engine.plan(EmptyProgram(SHOP.name), RunOptions(allow_data_loss=allowed), command="destroy")
        text = f"{caught.value} {caught.value.hint}"
        assert "shop-shop-data" in text or "other-data" in text
        assert len([name for name in bench.world.names() if name == "data"]) == 2
    both = RunOptions(allow_data_loss=("other-data", data.id))
    steps = bench.engine.plan(EmptyProgram(SHOP.name), both, command="destroy").steps
    told = [step.reason for step in steps if step.urn.name == "data" and step.op.value == "delete"]
    assert len(told) == 2 and any(data.id in text for text in told) and any("older" in text for text in told)
    assert bench.engine.destroy(SHOP.name, both).succeeded
    assert bench.world.objects() == []

"""What stays of a record that goes: of another object with its operation it is known that it is a copy."""

from dataclasses import replace

import pytest
from tests.fake_provider import FakeObject
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepPlanned
from virtwright.engine.plan import RunOptions
from virtwright.engine.surgery import forget
from virtwright.errors import RefusedError

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
SHOP = ListProgram()
HERE = "fake://one"


def _swap(bench: Bench, name: str) -> FakeObject:
    """As somebody does it who removes an object and makes another one with its labels."""
    original = bench.world.find(name)
    twin = replace(original, id=f"new-{name}", stamped=f"new-{name}", made="2026-12-01T00:00:00Z")
    bench.world.drop(HERE, original.id)
    bench.world.put(HERE, twin)
    return twin


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("web", "refresh"),
        ("back", "refresh, recover"),
        ("data", "destroy --target"),
        ("web", "forget"),
        ("data", "destroy"),
    ],
)
def test_what_took_the_place_of_an_object_that_was_lost_sight_of_is_a_copy_for_good(
    bench: Bench, name: str, when: str
) -> None:
    alone = ListProgram({"back": NET, "data": DATA, "web": Item("Container", "web", {"image": "host"})}[name])
    bench.apply(alone)
    twin = _swap(bench, name)
    _let_go(bench, name, when)
    with pytest.raises(RefusedError, match="it is a copy") as refused:
        bench.plan(alone)
    assert "--take-over" in (refused.value.hint or "")
    assert bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=(name,) if name == "data" else ())).succeeded
    assert bench.world.objects() == [twin]
    assert bench.apply(alone, take_over=(name,)).succeeded
    assert [each.id for each in bench.records(alone)] == [twin.id] == [each.id for each in bench.world.objects()]


def _let_go(bench: Bench, name: str, when: str) -> None:
    loss = (name,) if name == "data" else ()
    if when == "destroy":
        assert bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=loss)).succeeded
    elif when == "destroy --target":
        assert bench.engine.destroy(SHOP.name, RunOptions(targets=(name,), allow_data_loss=loss)).succeeded
    elif when == "forget":
        state = bench.store.stack(SHOP.name)
        with state.acquire(holder="test", wait=0) as lease:
            records = state.resources()
            state.commit(forget(records, [each.urn for each in records if each.urn.name == name]), lease)
    else:
        bench.engine.refresh(SHOP.name)
        if "recover" in when:
            assert bench.engine.recover(ListProgram()).summary == {}


def test_the_very_object_is_the_stacks_again_where_it_comes_back(bench: Bench) -> None:
    """As from a host that was restored whole: the id tells."""
    alone = ListProgram(Item("Container", "web", {"image": "host"}))
    bench.apply(alone)
    web = bench.world.find("web")
    bench.world.drop(HERE, web.id)
    bench.engine.refresh(SHOP.name)
    bench.world.put(HERE, web)
    assert bench.apply(alone).succeeded
    assert [each.id for each in bench.records(alone)] == [web.id]


@pytest.mark.parametrize("whose", ["nobody's", "another state's"])
def test_a_destroy_counts_what_it_leaves_as_forgotten(bench: Bench, whose: str) -> None:
    shop = ListProgram(DATA, Item("Container", "web", {"image": "host"}))
    bench.apply(shop)
    if whose == "nobody's":
        left = [_swap(bench, "web")]
    else:
        left = [bench.world.find("web")]
        left[0].stamp = replace(left[0].stamp, identity="0123456789abcdef")
        bench.world.put(HERE, left[0])
    bench.events.clear()
    result = bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=("data",)))
    assert result.summary == {"delete": 1, "forget": 1}
    planned = {each.step.urn.name: each.step for each in bench.events if isinstance(each, StepPlanned)}
    assert {name: step.keeps for name, step in planned.items()} == {"data": False, "web": True}
    assert planned["web"].reason.endswith("stays: only the record goes")
    assert bench.world.objects() == left


def test_a_state_that_is_not_kept_shows_no_identity(bench: Bench) -> None:
    shop = ListProgram(Item("Container", "web", {"image": "host"}))
    bench.apply(shop)
    web = bench.world.find("web")
    web.stamp = replace(web.stamp, identity="0123456789abcdef")
    bench.world.put(HERE, web)
    bench.engine.destroy(SHOP.name)
    state = bench.store.stack(SHOP.name)
    with pytest.raises(RefusedError, match=f"that of this state has {state.identity}"):
        bench.plan(shop)
    with state.acquire(holder="test", wait=0) as lease:
        bench.store.delete_stack(SHOP.name, lease)
    with pytest.raises(RefusedError, match="and this state has none yet"):
        bench.plan(shop)

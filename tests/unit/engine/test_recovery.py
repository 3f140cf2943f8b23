"""The state lost or out of date: it is rebuilt from the stamps, or refreshed."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepPlanned, Warned
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes
from virtwright.errors import HostError, RefusedError
from virtwright.providers.names import object_name, other_name
from virtwright.schemas.values import Secret
from virtwright.stacks.source import Source

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
WEB = Item(
    "Container", "web", {"image": "host", "networks": ["{back}"], "environment": {"P": Secret("hunter22")}},
    uses=("back",),
)  # fmt: skip
WEB_ALONE = Item("Container", "web", {"image": "host"})
SHOP = ListProgram(NET, DATA, WEB)


def _lose(bench: Bench, *names: str) -> None:
    state = bench.store.stack(SHOP.name)
    with state.acquire(holder="test", wait=0) as lease:
        gone = tuple(each.row for each in state.resources() if not names or each.urn.name in names)
        state.commit(Changes(remove=gone), lease)


def _refuse_deletes(method: str, kind: str, name: str) -> None:
    if method == "delete":
        raise HostError("not now")


def test_recover_rebuilds_the_state_and_touches_no_host(bench: Bench) -> None:
    bench.apply(SHOP)
    before = {record.urn: record for record in bench.records(SHOP)}
    _lose(bench)
    bench.world.calls.clear()
    assert bench.engine.recover(SHOP).summary == {"adopt": 3}
    assert {method for method, _, _ in bench.world.calls} == {"observe"}
    bench.settled(SHOP)
    for record in bench.records(SHOP):
        known = before[record.urn]
        assert (record.id, record.inputs, record.dependencies) == (known.id, known.inputs, known.dependencies)


def test_recover_leaves_alone_what_may_be_a_copy_and_says_what_to_do(bench: Bench) -> None:
    bench.apply(SHOP)
    _lose(bench)
    web = bench.world.find("web")
    web.name, web.marked = "renamed", web.name
    bench.world.put("fake://one", web)
    assert bench.engine.recover(SHOP).summary == {"adopt": 2}
    told = [event.problem for event in bench.events if isinstance(event, Warned)]
    assert [each.message for each in told] == [
        f"renamed ({web.id}) bears the stamp of containers.web, written for shop-shop-web: a copy, or renamed. It is left alone"
    ]
    assert told[0].hint == "if it is the very object, give it back the name shop-shop-web and recover again"
    bench.events.clear()
    assert bench.steps(SHOP) == [("create", "web")]
    assert [event.problem.message for event in bench.events if isinstance(event, Warned)] == [told[0].message]
    web.name, web.marked = web.marked, ""
    bench.world.put("fake://one", web)
    assert bench.engine.recover(SHOP).summary == {"adopt": 1}
    bench.settled(SHOP)


def test_recover_also_takes_what_left_the_program(bench: Bench) -> None:
    bench.apply(SHOP)
    _lose(bench)
    less = ListProgram(NET, DATA)
    bench.engine.recover(less)
    assert bench.steps(less) == [("delete", "web")]
    bench.apply(less)
    bench.settled(less)


def test_recover_takes_a_second_object_that_a_run_made_as_one_to_delete(bench: Bench) -> None:
    """What is left of a replacement that was cut off, in the program and out of it, as the history tells."""
    goal = ListProgram(NET, Item("Container", "web", {"image": "other"}))
    for program in (goal, ListProgram(NET)):
        bench.apply(ListProgram(NET, Item("Container", "web", {"image": "host"})))
        bench.world.before = _refuse_deletes
        assert not bench.apply(goal).succeeded
        bench.world.before = None
        _lose(bench)
        assert bench.engine.recover(program).summary == {"adopt": 3}
        assert sorted(record.doomed for record in bench.records(program)) == [False, False, True]
        bench.apply(program)
        bench.settled(program)


LEAST: Final[dict[str, dict[str, Any]]] = {
    "Volume": {},
    "Container": {"image": "host"},
    "Service": {"image": "host"},
    "Network": {"cidr": "10.40.0.0/24"},
}


@pytest.mark.parametrize("kind", LEAST)
@pytest.mark.parametrize("known", [False, True], ids=["no record", "a record"])
def test_recover_prefers_the_object_with_the_resources_own_name(bench: Bench, kind: str, known: bool) -> None:
    """Whoever may write stamps can make up an operation, and be the last."""
    program = ListProgram(Item(kind, "it", LEAST[kind]))
    bench.apply(program)
    (own,) = bench.world.objects()
    own.name, own.made = object_name(own.stamp), "2026-01-01"
    bench.world.put("fake://one", own)
    for n, name in enumerate(("evil", other_name(own.name, "a" * 32))):
        stamp = replace(own.stamp, operation=str(n) * 32)
        bench.world.put(
            "fake://one", replace(own, id=f"zz{n}", stamped=f"zz{n}", name=name, stamp=stamp, made="2026-12-01")
        )
    if not known:
        _lose(bench)
    bench.events.clear()
    bench.engine.recover(program)
    assert [(record.id, record.doomed) for record in bench.records(program)] == [(own.id, False)]
    told = [event.problem.message.split()[0] for event in bench.events if isinstance(event, Warned)]
    assert sorted(told) == sorted(["evil", other_name(own.name, "a" * 32)])
    bench.apply(program, allow_data_loss=("it",))
    assert len(bench.world.objects()) == 3


def test_recover_leaves_what_the_state_knows(bench: Bench) -> None:
    bench.apply(SHOP)
    _lose(bench, "web")
    assert bench.engine.recover(SHOP).summary == {"adopt": 1}
    bench.settled(SHOP)


def test_an_unknown_object_with_our_stamp_is_reported_and_left_alone(bench: Bench) -> None:
    bench.apply(SHOP)
    _lose(bench, "web")
    bench.apply(ListProgram(NET, DATA, Item("Container", "other", {"image": "host"})))
    assert "web" in bench.world.names()
    warning = next(event for event in bench.events if isinstance(event, Warned))
    assert "containers.web" in warning.problem.message and "state recover" in (warning.problem.hint or "")


def test_what_a_run_deletes_itself_is_not_reported(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.apply(ListProgram(NET, DATA, Item("Container", "web", {"image": "other"})))
    bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=("data",)))
    assert bench.world.objects() == []
    assert [event for event in bench.events if isinstance(event, Warned)] == []


def test_refresh_takes_over_what_changed_and_what_is_gone(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.find("back").inputs["labels"] = {"by": "hand"}
    bench.world.drop("fake://one", bench.world.find("web").id)
    bench.events.clear()
    bench.world.calls.clear()
    assert bench.engine.refresh(SHOP.name).succeeded
    assert {method for method, _, _ in bench.world.calls} == {"observe"}
    read = {event.step.urn.name: event.step for event in bench.events if isinstance(event, StepPlanned)}
    assert [change.field for change in read["back"].changes] == ["labels.by"]
    assert read["web"].reason == "not on the host any more"
    assert {record.urn.name: record.inputs.get("labels") for record in bench.records(SHOP)} == {
        "back": {"by": "hand"}, "data": {},
    }  # fmt: skip
    assert bench.steps(SHOP) == [("update", "back"), ("create", "web")]


def test_refresh_remembers_what_held_data_and_is_gone(bench: Bench) -> None:
    """An apply would make an empty one in its place: the user has to know."""
    program = ListProgram(DATA, WEB_ALONE)
    bench.apply(program)
    for name in ("data", "web"):
        bench.world.drop("fake://one", bench.world.find(name).id)
    assert bench.engine.refresh(program.name).succeeded
    assert [record.urn.name for record in bench.records(program)] == ["data"]
    for change in (bench.plan, bench.apply):
        with pytest.raises(RefusedError, match=r"the data of volumes\.data is gone"):
            change(program)
    assert bench.steps(program, allow_data_loss=("data",)) == [("create", "data"), ("create", "web")]


def test_refresh_remembers_what_others_use_and_is_gone(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.drop("fake://one", bench.world.find("back").id)
    assert bench.engine.refresh(SHOP.name).succeeded
    assert {record.urn.name for record in bench.records(SHOP)} == {"back", "data", "web"}


BOTH = ListProgram(Item("Network", "back", {"cidr": "10.40.0.0/24"}), hosts={"one": "fake://one", "two": "fake://two"})
SWAPPED = ListProgram(*BOTH.items, hosts={"one": "fake://two", "two": "fake://one"})


def test_recover_takes_no_other_host_for_one_of_the_states_unless_it_is_named(bench: Bench) -> None:
    bench.apply(BOTH)
    before = bench.store.stack(BOTH.name).resources()
    with pytest.raises(RefusedError, match="the URI of one was fake://one and is fake://two") as refused:
        bench.engine.recover(SWAPPED)
    assert "--new-host one" in (refused.value.hint or "")
    assert bench.store.stack(BOTH.name).resources() == before
    assert bench.engine.recover(BOTH).summary == {}
    assert bench.engine.recover(SWAPPED, RunOptions(new_hosts=("one",))).succeeded


def test_recover_from_another_source_changes_nothing_of_a_state_that_holds_something(
    bench: Bench, tmp_path: Path
) -> None:
    here, there = (Source(str(tmp_path / f"{name}.yaml"), "machine") for name in ("here", "there"))
    (tmp_path / "here.yaml").write_text("stack: shop\n")
    bench.apply(SHOP, source=here)
    before = bench.store.stack(SHOP.name).resources()
    with pytest.raises(RefusedError, match="was last applied from another source") as refused:
        bench.engine.recover(SHOP, RunOptions(source=there))
    assert "--new-source" in (refused.value.hint or "")
    assert bench.store.stack(SHOP.name).resources() == before
    assert bench.engine.recover(SHOP, RunOptions(source=there, new_source=True)).succeeded
    assert bench.engine.recover(SHOP, RunOptions(source=there)).succeeded

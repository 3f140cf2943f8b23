"""What somebody else made is used by its name on the host, and never touched."""

from collections.abc import Callable

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepPlanned
from virtwright.engine.state.records import Changes
from virtwright.engine.step import Op
from virtwright.errors import HostError, InputError, RefusedError

SHARED = Item("Network", "shared", {"existing": "lan"})
WEB = Item("Container", "web", {"image": "host", "networks": ["{shared}"]}, uses=("shared",))
STACK = ListProgram(SHARED, WEB)


@pytest.fixture(autouse=True)
def _lan(bench: Bench) -> None:
    bench.world.add_foreign("Network", "lan", {"cidr": "10.40.0.0/24"})


def _on_host(bench: Bench) -> list[str]:
    return sorted(each.name for each in bench.world.objects())


def test_it_is_used_by_its_name_and_outlives_the_stack(bench: Bench) -> None:
    assert bench.steps(STACK) == [("create", "web")]
    assert bench.apply(STACK).succeeded
    assert [each["network"] for each in bench.world.find("web").inputs["networks"]] == ["lan"]
    assert bench.steps(STACK) == []
    said = [event.step for event in bench.events if isinstance(event, StepPlanned) and event.step.urn.name == "shared"]
    assert {(step.op, step.reason) for step in said} == {(Op.SAME, "made by somebody else")}
    assert [record.urn.name for record in bench.records(STACK)] == ["web"], "the state owns what it holds"
    assert bench.engine.refresh(STACK.name).succeeded
    assert bench.apply(ListProgram()).succeeded
    assert _on_host(bench) == ["lan"]
    assert {method for method, _, name in bench.world.calls if name == "lan"} <= {"observe", "find"}


def test_a_lost_state_is_recovered_without_it(bench: Bench) -> None:
    bench.apply(STACK)
    state = bench.store.stack(STACK.name)
    with state.acquire(holder="test", wait=0) as lease:
        state.commit(Changes(remove=tuple(each.row for each in state.resources())), lease)
    assert bench.engine.recover(STACK).succeeded
    assert {record.urn.name: record.dependencies for record in bench.records(STACK)} == {"web": frozenset()}
    assert bench.steps(STACK) == []


def test_one_that_is_not_there_is_an_error_before_anything_is_made(bench: Bench) -> None:
    missing = ListProgram(Item("Network", "shared", {"existing": "wan"}), WEB)
    for attempt in (lambda: bench.plan(missing), lambda: bench.apply(missing)):
        with pytest.raises(HostError, match="there is no Network 'wan' on the host one"):
            attempt()
    assert _on_host(bench) == ["lan"]


def test_what_is_the_stacks_own_stays_so(bench: Bench) -> None:
    own = ListProgram(Item("Network", "shared", {}), WEB)
    bench.apply(own)
    with pytest.raises(RefusedError, match=r"networks\.shared is the stack's own"):
        bench.plan(STACK)
    again = ListProgram(Item("Network", "other", {"existing": bench.world.find("shared").name}), *own.items)
    with pytest.raises(RefusedError, match=r"is networks\.shared of this stack"):
        bench.plan(again)
    assert bench.steps(own) == []


def test_it_can_become_one_of_the_stacks_own(bench: Bench) -> None:
    bench.apply(STACK)
    own = ListProgram(Item("Network", "shared", {}), WEB)
    assert ("create", "shared") in bench.steps(own)
    assert bench.apply(own).succeeded
    assert bench.steps(own) == []
    assert "lan" in _on_host(bench)


@pytest.mark.parametrize(
    "item",
    [
        Item("Network", "n", {"existing": "lan", "cidr": "10.1.0.0/24"}),
        Item("Volume", "v", {"existing": "d", "size": 1}),
    ],
    ids=["network", "volume"],
)
def test_nothing_else_is_said_of_it(bench: Bench, item: Item) -> None:
    attempt: Callable[[], object] = lambda: bench.plan(ListProgram(item))
    with pytest.raises(InputError, match="can't be given with existing"):
        attempt()

"""A run that was overtaken in the middle of a creation, and makes its object all the same."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.engine.events import Warned
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op
from virtwright.errors import LeaseLostError, RefusedError
from virtwright.stacks.keys import Keys

WEB = Item("Container", "web", {"image": "host"})
DATA = Item("Volume", "data", {"size": "1GiB"})
WHY = "an earlier run made it when it had been given up"


@contextmanager
def _overtaken(bench: Bench, program: ListProgram) -> Iterator[None]:
    """Within, somebody who has just begun to create waits, and has lost the lease; it is done when this ends."""
    began, go_on = threading.Event(), threading.Event()

    def wait(method: str, kind: str, name: str) -> None:
        if method == "create":
            began.set()
            assert go_on.wait(120)

    def apply() -> None:
        with StateStore.open(None, Keys()) as store, suppress(LeaseLostError):
            Engine(store, opener=bench.world.open).apply(program)

    late = threading.Thread(target=apply)
    bench.world.before = wait
    late.start()
    assert began.wait(120)
    bench.world.before = None
    bench.store.stack(program.name).unlock()
    yield
    go_on.set()
    late.join()


def test_its_object_is_deleted_by_the_next_run(bench: Bench) -> None:
    goal = ListProgram(WEB)
    with _overtaken(bench, goal):
        bench.apply(goal)
    assert bench.world.names() == ["web", "web"]
    plan = bench.plan(goal)
    assert [(step.op, step.urn.name, step.reason) for step in plan.changes] == [(Op.DELETE, "web", WHY)]
    assert bench.engine.apply(goal, expected=plan).summary == {"same": 1, "delete": 1}
    assert [event for event in bench.events if isinstance(event, Warned)] == []
    bench.settled(goal)


@pytest.mark.parametrize("left", [(), (WEB,)])
def test_its_object_goes_with_the_stack(bench: Bench, left: tuple[Item, ...]) -> None:
    with _overtaken(bench, ListProgram(WEB)):
        bench.apply(ListProgram(*left))
    bench.engine.destroy(ListProgram().name)
    assert bench.world.names() == []


def test_what_holds_data_is_left_alone_and_told(bench: Bench) -> None:
    goal = ListProgram(DATA)
    with _overtaken(bench, goal):
        bench.apply(goal)
    assert bench.apply(goal).summary == {"same": 1}
    assert bench.world.names() == ["data", "data"]
    assert any("with this stack's stamp" in str(event) for event in bench.events if isinstance(event, Warned))


def test_what_holds_data_goes_when_it_was_taken_into_the_state_and_may_be_lost(bench: Bench) -> None:
    goal = ListProgram(DATA)
    with _overtaken(bench, goal):
        bench.apply(goal)
    (known,) = bench.records(goal)
    assert bench.engine.recover(goal).summary == {"adopt": 1}
    assert [(record.id == known.id, record.doomed) for record in bench.records(goal)] == [(True, False), (False, True)]
    with pytest.raises(RefusedError, match=r"volumes\.data"):
        bench.apply(goal)
    bench.engine.apply(goal, RunOptions(allow_data_loss=("data",)))
    assert [each.id for each in bench.world.objects()] == [known.id]
    bench.settled(goal)


def test_what_the_state_lost_is_no_such_object(bench: Bench) -> None:
    """Its creation was no failure, as far as anybody knows."""
    bench.apply(ListProgram(WEB, DATA))
    state = bench.store.stack(ListProgram().name)
    with state.acquire(holder="me", wait=0) as lease:
        rows = tuple(record.row for record in state.resources() if record.urn.name == "web")
        state.commit(Changes(remove=rows), lease)
    bench.apply(ListProgram(DATA))
    assert bench.world.names() == ["data", "web"]

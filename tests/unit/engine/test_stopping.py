"""Programs that fail, leases that are lost, hosts that hang: how a run stops."""

import asyncio
import threading
import time
from collections.abc import Mapping

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import RunFinished, StepFailed, Warned
from virtwright.errors import CancelledError, RefusedError
from virtwright.stacks.base import Register

WEB = Item("Container", "web", {"image": "host"})
APP = Item("Container", "app", {"image": "host"})


class Raising(ListProgram):
    """Gives up in the middle, with one resource under way and one never registered."""

    tears = False
    begun: threading.Event

    async def run(self, register: Register) -> Mapping[str, object]:
        async def fail() -> None:
            while not self.begun.is_set():
                await asyncio.sleep(0.01)
            raise KeyError("hunter2-in-a-program")

        if not self.tears:
            await asyncio.gather(super().run(register), fail())
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run(register))
            group.create_task(fail())
        return {}


class Tearing(Raising):
    """Cancels what is under way."""

    tears = True


@pytest.mark.parametrize("kind", [Raising, Tearing])
def test_a_program_that_raises_loses_nothing(bench: Bench, kind: type[Raising]) -> None:
    bench.apply(ListProgram(APP))
    plan = bench.plan(ListProgram(APP, WEB))
    program, bench.world.latency = kind(WEB), 0.2
    program.begun = threading.Event()
    bench.world.before = lambda method, kind, name: program.begun.set() if method == "create" else None
    with pytest.raises((KeyError, ExceptionGroup)):
        bench.engine.apply(program, expected=plan)
    bench.world.before, bench.world.latency = None, 0
    assert bench.world.names() == ["app", "web"]
    state = bench.store.stack(ListProgram().name)
    assert state.open_operations() == []
    assert sorted(record.urn.name for record in bench.records(ListProgram())) == ["app", "web"]
    assert state.runs()[0].result == "failed"
    assert state.lease() is None
    assert isinstance(bench.events[-1], RunFinished)
    bench.settled(ListProgram(APP, WEB))


def test_a_run_that_lost_its_lease_begins_nothing_more(bench: Bench) -> None:
    program = ListProgram(WEB, Item("Container", "app", {"image": "host"}, after=("web",)))

    def steal(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "web"):
            bench.store.stack(program.name).unlock()

    bench.world.before = steal
    result = bench.apply(program, continue_on_error=True)
    bench.world.before = None
    assert not result.succeeded
    assert bench.world.names() == ["web"]
    assert "lease" in next(event for event in bench.events if isinstance(event, StepFailed)).problem.message
    assert bench.apply(program).succeeded
    bench.settled(program)


def test_what_waits_for_a_free_slot_looks_at_the_lease_again(bench: Bench) -> None:
    """The intents are written, then the lease is taken away, then the turn comes."""
    many = ListProgram(*(Item("Container", f"c{number}", {"image": "host"}) for number in range(40)))
    gate = threading.Event()

    def steal(method: str, kind: str, name: str) -> None:
        if method == "create" and not gate.is_set():
            time.sleep(0.3)
            with bench.world.lock:
                if not gate.is_set():
                    bench.store.stack(many.name).unlock()
                    gate.set()
            time.sleep(0.5)

    bench.world.before = steal
    result = bench.apply(many, lease_ttl=0.6)
    bench.world.before = None
    assert not result.succeeded
    assert len([1 for method, _, _ in bench.world.calls if method == "create"]) <= 32
    assert any(isinstance(event, Warned) and "lease" in event.problem.message for event in bench.events)
    assert bench.apply(many).succeeded
    bench.settled(many)


def test_a_second_interrupt_leaves_a_host_that_hangs(bench: Bench) -> None:
    gate = threading.Event()
    program = ListProgram(WEB)

    def hang(method: str, kind: str, name: str) -> None:
        if method == "create":
            bench.engine.interrupt()
            bench.engine.interrupt()
            gate.wait(120)

    bench.world.before = hang
    started = time.monotonic()
    result = bench.apply(program)
    assert time.monotonic() - started < 60
    assert result.interrupted
    state = bench.store.stack(program.name)
    assert state.runs()[0].result == "interrupted"
    assert [operation.urn.name for operation in state.open_operations()] == ["web"]
    assert state.lease() is not None
    gate.set()


def test_an_interrupt_ends_the_wait_for_the_lease(bench: Bench) -> None:
    bench.apply(ListProgram(WEB))
    state = bench.store.stack(ListProgram().name)
    with state.acquire(holder="somebody", wait=0):
        plan = bench.plan(ListProgram(WEB, APP))
        threading.Timer(1.0, bench.engine.interrupt).start()
        started = time.monotonic()
        with pytest.raises(CancelledError, match="waiting for the lease"):
            bench.engine.apply(ListProgram(WEB, APP), expected=plan)
        assert time.monotonic() - started < 60
    assert bench.world.names() == ["web"]


def test_a_plan_of_an_older_state_is_refused_before_anything(bench: Bench) -> None:
    plan = bench.plan(ListProgram(WEB, APP))
    bench.apply(ListProgram(WEB))
    bench.world.calls.clear()
    with pytest.raises(RefusedError, match="its serial was 0 then"):
        bench.engine.apply(ListProgram(WEB, APP), expected=plan)
    assert bench.world.calls == []


def test_a_saved_plan_that_no_longer_holds_is_refused_before_anything(bench: Bench) -> None:
    bench.apply(ListProgram(WEB, APP))
    labelled = ListProgram(
        Item("Container", "app", {"image": "host", "labels": {"a": "b"}}),
        Item("Container", "web", {"image": "host", "labels": {"a": "b"}}),
    )
    plan = bench.plan(labelled)
    bench.world.drop("fake://one", bench.world.find("web").id)
    bench.world.calls.clear()
    with pytest.raises(RefusedError, match="the plan says update, now it would be create"):
        bench.engine.apply(labelled, expected=plan, saved=True)
    assert {method for method, _, _ in bench.world.calls} == {"observe"}

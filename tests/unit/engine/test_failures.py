"""What goes wrong: failing hosts, plans that no longer hold, interruptions. Nothing is lost and the next apply goes on."""

import threading
import time
from dataclasses import replace

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import RunFinished, StepFailed, StepSkipped, Warned
from virtwright.engine.plan import RunOptions
from virtwright.errors import CreateFailedError, HostError, VirtwrightError
from virtwright.schemas.values import Secret
from virtwright.stacks.base import EmptyProgram

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",))
OTHER = Item("Container", "other", {"image": "host"})
SHOP = ListProgram(NET, WEB, OTHER)


def _failing(name: str, error: Exception) -> object:
    def before(method: str, kind: str, item: str) -> None:
        if (method, item) == ("create", name):
            raise error

    return before


def test_what_needs_a_failed_resource_is_skipped(bench: Bench) -> None:
    bench.world.before = _failing("back", HostError("no bridge to be had"))  # type: ignore[assignment]
    result = bench.apply(SHOP, continue_on_error=True)
    assert not result.succeeded and result.summary == {"create": 1, "failed": 1}
    assert bench.world.names() == ["other"]
    failed = next(event for event in bench.events if isinstance(event, StepFailed))
    assert (failed.problem.message, failed.problem.where.host) == ("no bridge to be had", "one")
    assert [(event.urn.name, event.reason) for event in bench.events if isinstance(event, StepSkipped)] == [
        ("web", "it needs networks.back")
    ]
    bench.world.before = None
    assert bench.apply(SHOP).succeeded
    bench.settled(SHOP)


@pytest.mark.parametrize(
    ("item", "made"),
    [(replace(WEB, inputs={"image": "host"}, uses=(), after=("back",)), False), (replace(OTHER, name="web"), True)],
)
def test_what_only_comes_after_a_failed_resource_is_skipped_as_well(bench: Bench, item: Item, made: bool) -> None:
    bench.world.before = _failing("back", HostError("no"))  # type: ignore[assignment]
    bench.apply(ListProgram(NET, item), continue_on_error=True)
    assert bench.world.names() == (["web"] if made else [])
    skipped = [(event.urn.name, event.reason) for event in bench.events if isinstance(event, StepSkipped)]
    assert skipped == ([] if made else [("web", "it needs networks.back")])


def test_without_continue_on_error_nothing_new_is_begun(bench: Bench) -> None:
    bench.world.before = _failing("back", HostError("no"))  # type: ignore[assignment]
    chain = ListProgram(NET, replace(OTHER, after=("back",)))
    bench.apply(chain)
    assert bench.world.names() == []


def test_nothing_is_deleted_after_a_failure(bench: Bench) -> None:
    bench.apply(ListProgram(OTHER))
    bench.world.before = _failing("back", HostError("no"))  # type: ignore[assignment]
    bench.apply(ListProgram(NET))
    assert bench.world.names() == ["other"]


def test_a_create_that_left_something_is_tracked(bench: Bench) -> None:
    def half_way(method: str, kind: str, name: str) -> None:
        if method == "create" and name == "other":
            raise CreateFailedError("half of it is there", id=bench.world.find("other").id)

    bench.world.half_way = half_way
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.world, "drop", lambda uri, id: None)
        assert not bench.apply(SHOP).succeeded
    bench.world.half_way = None
    assert bench.world.names().count("other") == 1
    assert bench.step(SHOP, "other").reason == "its creation was interrupted"
    bench.apply(SHOP)
    bench.settled(SHOP)


def test_a_foreign_exception_is_called_a_bug(bench: Bench) -> None:
    bench.world.before = _failing("other", KeyError("oops"))  # type: ignore[assignment]
    bench.apply(SHOP)
    failed = next(event for event in bench.events if isinstance(event, StepFailed))
    assert "KeyError" in failed.problem.message and "bug" in (failed.problem.hint or "")


def test_an_unreachable_host_blocks_only_what_is_on_it(bench: Bench) -> None:
    hosts = {"one": "fake://one", "two": "fake://two"}
    program = ListProgram(OTHER, Item("Container", "far", {"image": "host"}, host="two"), hosts=hosts)
    bench.apply(program)
    bench.world.unreachable.add("fake://two")
    with pytest.raises(HostError, match="can't be reached"):
        bench.plan(program)
    bench.events.clear()
    bench.engine.plan(EmptyProgram(program.name), command="destroy")
    [warning] = [event.problem for event in bench.events if isinstance(event, Warned)]
    assert (warning.message, warning.where.host) == (
        "fake://two can't be reached; if that stays so, this fails: containers.far",
        "two",
    )
    result = bench.engine.destroy(program.name, RunOptions(continue_on_error=True))
    assert not result.succeeded
    assert bench.world.names("fake://one") == []
    assert [record.urn.name for record in bench.records(program)] == ["far"]
    bench.world.unreachable.clear()
    assert bench.engine.destroy(program.name).succeeded
    assert bench.store.stack(program.name).resources() == []


def test_apply_is_held_to_the_plan(bench: Bench) -> None:
    bench.apply(SHOP)
    changed = ListProgram(NET, WEB, replace(OTHER, inputs={"image": "host", "labels": {"a": "b"}}))
    plan = bench.plan(changed)
    bench.world.drop("fake://one", bench.world.find("other").id)
    result = bench.engine.apply(changed, expected=plan)
    assert not result.succeeded
    failed = next(event for event in bench.events if isinstance(event, StepFailed))
    assert "not what was planned: the plan says update, now it would be create" in failed.problem.message
    assert bench.world.names() == ["back", "web"]


def test_apply_does_not_delete_what_the_plan_kept(bench: Bench) -> None:
    bench.apply(SHOP)
    plan = bench.plan(SHOP)
    result = bench.engine.apply(ListProgram(NET, WEB), expected=replace(plan))
    assert not result.succeeded and bench.world.names() == ["back", "other", "web"]


def test_the_first_interrupt_ends_a_wait(bench: Bench) -> None:
    """What is not ready may never be, and can be waited for again."""
    program, began = ListProgram(Item("Container", "web", {"image": "host"})), time.monotonic()

    def ready(name: str) -> bool:
        bench.engine.interrupt()
        return False

    bench.world.ready = ready
    result = bench.apply(program)
    assert result.interrupted and time.monotonic() - began < 60
    failed = next(event for event in bench.events if isinstance(event, StepFailed))
    assert failed.problem.message == "interrupted while waiting for web to be ready; last seen: it is not"
    assert bench.world.names() == []
    bench.world.ready = None
    assert bench.apply(program).succeeded
    bench.settled(program)


def test_the_first_interrupt_finishes_what_is_under_way(bench: Bench) -> None:
    def before(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "back"):
            bench.engine.interrupt()

    bench.world.before = before
    result = bench.apply(ListProgram(NET, WEB))
    assert result.interrupted and bench.world.names() == ["back"]
    finished = bench.events[-1]
    assert isinstance(finished, RunFinished) and finished.result == "interrupted"
    bench.world.before = None
    assert [record.urn.name for record in bench.records(SHOP)] == ["back"]
    bench.engine = type(bench.engine)(bench.store, opener=bench.world.open)
    assert bench.apply(SHOP).succeeded
    bench.settled(SHOP)


def test_parallel_up_to_the_hosts_limit(bench: Bench) -> None:
    bench.world.latency = 0.02
    many = ListProgram(*(Item("Container", f"c{number}", {"image": "host"}) for number in range(40)))
    bench.apply(many)
    assert 8 <= bench.world.most_at_once <= 16


def test_two_applies_at_once_take_turns(bench: Bench) -> None:
    bench.world.latency = 0.05
    outcomes: list[bool] = []

    def other() -> None:
        from virtwright.engine.api import Engine

        outcomes.append(Engine(bench.store, opener=bench.world.open).apply(SHOP).succeeded)

    thread = threading.Thread(target=other)
    thread.start()
    outcomes.append(bench.apply(SHOP).succeeded)
    thread.join()
    assert outcomes == [True, True] and bench.world.names() == ["back", "other", "web"]
    bench.settled(SHOP)


def test_no_event_error_or_record_shows_a_secret(bench: Bench) -> None:
    def before(method: str, kind: str, name: str) -> None:
        if method in ("create", "update"):
            raise HostError("could not run `login --password hunter22`", hint="try hunter22 again")

    secret = Item("Container", "web", {"image": "host", "environment": {"PASSWORD": Secret("hunter22")}})
    bench.world.before = before
    bench.apply(ListProgram(secret))
    bench.world.before = None
    bench.apply(ListProgram(secret))
    changed = replace(secret, inputs={"image": "host", "environment": {"PASSWORD": Secret("hunter23")}})
    plan = bench.plan(ListProgram(changed))
    assert plan.changes[0].changes[0].field == "environment.PASSWORD"
    for text in (repr(plan), repr(bench.events), repr(bench.store.stack(SHOP.name).runs())):
        assert "hunter2" not in text
    assert bench.world.find("web").inputs["environment"]["PASSWORD"] == "hunter22"


def test_problems_of_all_resources_come_at_once(bench: Bench) -> None:
    wrong = ListProgram(
        Item("Network", "back", {"cidr": "10.40.0.0/240"}),
        Item("Container", "web", {"image": "host", "resources": {"memory": "lots"}}),
    )
    with pytest.raises(VirtwrightError) as caught:
        bench.plan(wrong)
    assert len(caught.value.problems) == 2
    assert len(bench.engine.validate(wrong)) == 2 and bench.world.calls == []


def test_a_plan_makes_no_stack_in_the_state(bench: Bench) -> None:
    bench.plan(SHOP)
    assert bench.store.stacks() == []

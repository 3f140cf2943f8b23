"""Hosts that can't be opened or asked: told once, and nothing untrue is said of what is on them."""

from pathlib import Path

import pytest
from tests.programs import Item, ListProgram
from tests.stack_files import load, write
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepFailed, StepPlanned, StepSkipped
from virtwright.engine.selection import address
from virtwright.errors import HostError, VirtwrightError
from virtwright.providers.base import Provider
from virtwright.schemas.host import Host
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import EmptyProgram, StackName

NEAR = Item("Container", "near", {"image": "host"})
FAR = Item("Container", "far", {"image": "host"}, host="two")
FAR_TOO = Item("Container", "far-too", {"image": "host"}, host="two")
HOSTS = {"one": "fake://one", "two": "fake://two"}
WRONG = {**HOSTS, "two": "wrong://two"}


def _planned(bench: Bench) -> list[str]:
    return [event.step.urn.name for event in bench.events if isinstance(event, StepPlanned)]


def _skipped(bench: Bench) -> list[tuple[str, str]]:
    return [(event.urn.name, event.reason) for event in bench.events if isinstance(event, StepSkipped)]


@pytest.mark.parametrize("before", [False, True], ids=["new", "there before"])
def test_a_host_that_can_not_be_opened_is_told_once(bench: Bench, before: bool) -> None:
    if before:
        bench.apply(ListProgram(NEAR, FAR, FAR_TOO, hosts=HOSTS))
    bench.events.clear()
    with pytest.raises(VirtwrightError) as caught:
        bench.plan(ListProgram(NEAR, FAR, FAR_TOO, hosts=WRONG))
    assert [problem.message for problem in caught.value.problems] == ["the fake provider does not serve wrong://two"]
    assert len([event for event in bench.events if isinstance(event, StepFailed)]) == 1
    assert _planned(bench) == ["near"]
    assert _skipped(bench) == [("far", "it needs hosts.two"), ("far-too", "it needs hosts.two")]


def test_what_is_wrong_with_the_resources_is_told_all_the_same(bench: Bench) -> None:
    far = Item("Container", "far", {"image": "host", "resources": {"memory": "lots"}}, host="two")
    with pytest.raises(VirtwrightError) as caught:
        bench.plan(ListProgram(NEAR, far, hosts=WRONG))
    first, second = caught.value.problems
    assert "does not serve" in first.message and "lots" in second.message


def test_nothing_is_deleted_on_a_host_that_can_not_be_opened(bench: Bench) -> None:
    both = ListProgram(NEAR, FAR, hosts=HOSTS)
    bench.apply(both)
    bench.events.clear()
    with pytest.raises(VirtwrightError, match="does not serve"):
        bench.plan(ListProgram(NEAR, hosts=WRONG))
    assert _skipped(bench) == [("far", "it needs hosts.two")]

    opened = bench.world.open

    def refuse(name: str, host: Host) -> Provider:
        if name == "two":
            raise HostError("no way to two")
        return opened(name, host)

    bench.engine._opener = refuse
    result = bench.apply(ListProgram(NEAR, hosts=HOSTS), continue_on_error=True)
    assert not result.succeeded
    assert {record.urn.name for record in bench.records(both)} == {"near", "far"}
    assert bench.world.names("fake://two") == ["far"]


def test_a_host_of_the_state_alone_that_can_not_be_opened_is_told_with_its_name(bench: Bench) -> None:
    bench.apply(ListProgram(NEAR, FAR, FAR_TOO, hosts=HOSTS))

    def refuse(name: str, host: Host) -> Provider:
        raise HostError(f"no way to {name}")

    bench.engine._opener = refuse
    with pytest.raises(HostError) as caught:
        bench.engine.plan(EmptyProgram(StackName("shop", "shop")))
    assert {(problem.message, problem.where.host) for problem in caught.value.problems} == {
        ("no way to one", "one"),
        ("no way to two", "two"),
    }


def test_a_host_that_gives_no_answer_is_told_with_its_own_line(bench: Bench, tmp_path: Path) -> None:
    text = """
        hosts: {here: {uri: "fake://one"}, there: {uri: "fake://two"}}
        containers:
          near: {image: host}
          far: {image: host, host: there}
          far-too: {image: host, host: there}
    """
    bench.world.unreachable.add("fake://two")
    with pytest.raises(HostError) as caught:
        bench.engine.plan(load(write(tmp_path, text, head="stack: shop\n")))
    places = [each.where for each in caught.value.problems]
    assert [(each.line, each.path, each.host) for each in places] == [(2, "hosts.there.uri", "there")] * 2
    assert [address(Urn.parse(each.urn or "")) for each in places] == ["containers.far", "containers.far-too"]


def test_each_resource_of_a_host_that_gives_no_answer_is_named_itself(bench: Bench) -> None:
    bench.world.unreachable.add("fake://two")
    with pytest.raises(HostError):
        bench.plan(ListProgram(NEAR, FAR, FAR_TOO, hosts=HOSTS))
    failed = [event for event in bench.events if isinstance(event, StepFailed)]
    assert {event.step.urn.name for event in failed} == {"far", "far-too"}
    assert all(event.problem.where.urn == str(event.step.urn) for event in failed)

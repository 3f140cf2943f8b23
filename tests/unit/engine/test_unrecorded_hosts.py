"""A destroy asks the hosts that the stack's file names, where the state is older than they are."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import Warned
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.errors import HostError, VirtwrightError
from virtwright.stacks.base import EmptyProgram

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
WEB = Item("Container", "web", {"image": "host"})
FIRST = ListProgram(NET)
SINCE = ListProgram(NET, WEB, hosts={"one": "fake://two"})


def _restore(bench: Bench, records: list[ResourceRecord]) -> None:
    state = bench.store.stack(FIRST.name)
    with state.acquire(holder="test", wait=0) as lease:
        rows = tuple(each.row for each in state.resources())
        state.commit(Changes(remove=rows), lease)
        state.commit(Changes(put=tuple(records)), lease)


def _destroy(bench: Bench, hosts: Mapping[str, str], **options: object) -> bool:
    program = ListProgram(hosts=hosts)
    chosen = RunOptions(**options)  # type: ignore[arg-type]
    plan = bench.engine.plan(EmptyProgram(program.name, hosts=program.hosts), chosen, command="destroy")
    return bench.engine.destroy(program.name, chosen, expected=plan, hosts=program.hosts).succeeded


def test_what_was_made_at_a_new_uri_since_the_backup_goes(bench: Bench) -> None:
    bench.apply(FIRST)
    backup = bench.store.stack(FIRST.name).resources()
    bench.apply(SINCE)
    assert bench.world.objects() == [] and len(bench.world.objects("fake://two")) == 2
    _restore(bench, backup)
    assert _destroy(bench, {"one": "fake://two"})
    assert bench.world.objects("fake://two") == []
    assert bench.store.stack(FIRST.name).resources() == []


def test_a_uri_that_was_changed_and_never_applied_changes_nothing(bench: Bench) -> None:
    """It may lead to a host that is not there yet, or to one with nothing of the stack."""
    for uri, told in (("fake://two", 0), ("wrong://two", 2)):  # in the plan, and when it is carried out
        bench.apply(ListProgram(NET, WEB))
        bench.events.clear()
        assert _destroy(bench, {"one": uri})
        assert bench.world.objects() == []
        warned = [event.problem.message for event in bench.events if isinstance(event, Warned)]
        assert len([text for text in warned if "was not asked" in text]) == told


def test_a_part_of_the_stack_is_destroyed_on_known_hosts_alone(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB))
    bench.events.clear()
    assert _destroy(bench, {"one": "fake://one", "new": "wrong://new"}, targets=("web",))
    assert [each.kind for each in bench.world.objects()] == ["Network"]
    assert [event for event in bench.events if isinstance(event, Warned)] == []


@pytest.mark.parametrize(("down", "ids"), [(True, {"lost", "web"}), (False, {"lost"})])
def test_an_object_that_may_be_there_keeps_its_record(bench: Bench, down: bool, ids: set[str]) -> None:
    """While its former place can't be asked nobody knows: what the state lacks stands beside it, not in its place."""
    bench.apply(ListProgram(NET, WEB))
    bench.apply(ListProgram(NET, WEB, hosts={"one": "fake://two"}), targets=("back",))
    web = bench.world.find("web")
    twin = replace(web, id="lost", stamped="lost", stamp=replace(web.stamp, operation="f" * 32))
    bench.world.put("fake://two", twin)
    bench.world.drop("fake://one", web.id)
    if down:
        bench.world.unreachable.add("fake://one")

    def refuse(method: str, kind: str, name: str) -> None:
        if method == "delete":
            raise HostError("not now")

    bench.world.before = refuse
    with suppress(VirtwrightError):
        bench.engine.destroy(FIRST.name, RunOptions(continue_on_error=True))
    records = [each for each in bench.store.stack(FIRST.name).resources() if each.kind == "Container"]
    assert {"web" if each.id == web.id else each.id for each in records} == ids

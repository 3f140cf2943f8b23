"""What is on a host is told object by object: what a record knows, what none knows, and which host it is."""

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.host_situations import TELL_NOTHING, tells, told, whose
from tests.contract.registry import per_subject
from tests.contract.stage import Stage, volumes

from virtwright.cli.host_objects import objects_on
from virtwright.engine.api import Engine
from virtwright.engine.leftovers import stamped, stop
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.whereabouts import Place, Whereabouts, Whose
from virtwright.errors import UnsupportedError
from virtwright.providers.context import Context
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import HoldsStacks, Stops, offers

RUNNING = {"Container", "Service", "VirtualMachine"}


@pytest.mark.parametrize("name", per_subject())
def test_each_object_is_known_by_its_record_and_the_host_by_more_than_its_uri(name: str, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    items, _ = stage.subject.journey
    stack = str(stage.desk.program(()).name)
    stage.apply(items)
    here = Place(stage.desk.uri, told(stage))
    assert _kept(stage) == here.evidence and bool(here.evidence) is (tells(stage) and name not in TELL_NOTHING)
    with stage.provider() as provider:
        if not offers(provider, HoldsStacks):
            with pytest.raises(UnsupportedError):
                stamped(provider)
            return
    assert whose(stage, here) == dict.fromkeys(stage.records(), Whose.RECORDED)
    with stage.provider() as provider:
        listed, same = stage.desk.work(lambda _, store: objects_on(provider, Whereabouts.of(store), here, stack))
    assert same == frozenset()
    assert {each.whose for each in listed if each.stack == stack} == {"this stack's"}
    assert {each.whose for each in listed if each.stack != stack} <= {"nobody's"}
    assert len({(each.kind, each.id) for each in listed}) == len(listed), "each once"
    lost = next(iter(stage.records().values()))
    _forget(stage, lost)
    assert whose(stage, here)[lost.urn.name] is Whose.UNRECORDED
    stage.lose_state()
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    assert _kept(stage) == here.evidence
    assert stage.destroy(allow=volumes(items)).succeeded


@pytest.mark.parametrize("name", per_subject(any_way=True))
def test_what_runs_is_stopped_by_name_and_its_stack_starts_it_again(name: str, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    items, _ = stage.subject.journey
    stage.apply(items)
    stage.write_data("kept")
    with stage.provider() as provider:
        if not offers(provider, HoldsStacks):
            return
        running = [each for each in stamped(provider) if offers(handlers_of(provider)[each.kind], Stops)]
        for each in running:
            for _ in range(2):
                stop(provider, each, Context(identity=each.identity))
        stopping = {kind for kind, handler in handlers_of(provider).items() if offers(handler, Stops)}
    names = {each.urn.name for each in running if each.urn is not None}
    kinds = {record.kind for record in stage.records().values()} & RUNNING & stopping
    assert bool(names) is bool(kinds)
    assert stage.steps(items).keys() == names
    stage.assert_data("kept")
    stage.apply(items)
    stage.assert_settled(items)
    assert stage.destroy(allow=volumes(items)).succeeded


def _kept(stage: Stage) -> dict[str, str]:
    def read(_: Engine, store: StateStore) -> dict[str, str]:
        state = store.stack(stage.desk.program(()).name)
        [host] = [each for each in state.resources() if each.urn.is_host]
        return host.traits.evidence

    return stage.desk.work(read)


def _forget(stage: Stage, record: ResourceRecord) -> None:
    def change(_: Engine, store: StateStore) -> None:
        state = store.stack(stage.desk.program(()).name)
        users = [each for each in state.resources() if record.urn in each.dependencies]
        with state.acquire(holder="a test", wait=5) as lease:
            state.commit(Changes(remove=(record.row, *(each.row for each in users))), lease)

    stage.desk.work(change)

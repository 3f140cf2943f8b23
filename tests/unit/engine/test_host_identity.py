"""Whether a host is the one that the state has, as tables, and what a run does about it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram
from tests.states import resource

from virtwright.engine.api import Engine
from virtwright.engine.events import Event, Warned
from virtwright.engine.host_identity import differences, impostors
from virtwright.engine.ownership import Operations
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import FinishedOperation, ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.state.traits import Traits
from virtwright.errors import VirtwrightError
from virtwright.providers.base import Observed, Stamp
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.stacks.keys import Keys

URI: Final = "fake://one"
WEB, DB = (resource(name, id=name) for name in ("web", "db"))
MADE, CHANGED, OLD, OPEN = "made", "changed", "old", "open"


def finished(record: ResourceRecord, id: str, op: str) -> FinishedOperation:
    return FinishedOperation(id=id, run="1", urn=record.urn, op=op, outcome="done", started="", finished="")


HISTORY: Final = (finished(WEB, CHANGED, "update"), finished(WEB, MADE, "create"))
PRUNED: Final = HISTORY[:1]
"""The run that made it was dropped."""


def seen(record: ResourceRecord, operation: str, id: str) -> Observed[Any, Any]:
    stamp = Stamp("shop/prod", str(record.urn), operation, "hash", "0123456789abcdef")
    return Observed(stamp, id, Container(image="x"), ContainerOutputs(id=id, name="x"))


@pytest.mark.parametrize(
    ("known", "now", "told"),
    [
        ({}, {}, []),
        ({"engine": "1"}, {"engine": "1"}, []),
        ({"engine": "1"}, {"engine": "2"}, ["engine"]),
        ({"engine": "1"}, {"machine": "2"}, []),
        ({"engine": "1", "machine": "1"}, {"machine": "2", "engine": "2"}, ["engine", "machine"]),
        ({"engine": "1"}, {}, []),
    ],
)
def test_what_both_tell_otherwise_proves_another_host(
    known: Mapping[str, str], now: Mapping[str, str], told: list[str]
) -> None:
    assert differences(known, now) == told


@pytest.mark.parametrize(
    ("objects", "history", "others"),
    [
        ((), HISTORY, 0),
        ((seen(WEB, MADE, "web"),), HISTORY, 0),
        ((seen(WEB, CHANGED, "web"),), HISTORY, 0),
        ((seen(WEB, OLD, "web"),), HISTORY, 1),  # as a volume, whose id is its name
        ((seen(WEB, OLD, "web"),), PRUNED, 0),  # which may be the one that made it
        ((seen(WEB, OLD, "other"),), PRUNED, 1),
        ((seen(WEB, OPEN, "other"),), HISTORY, 0),  # a killed run was making it
        ((seen(DB, OLD, "db"),), HISTORY, 0),
        ((seen(DB, OLD, "other"),), HISTORY, 1),
        ((seen(DB, OLD, "other"), seen(WEB, MADE, "web")), HISTORY, 0),  # one that is proven is enough
        ((seen(resource("gone"), OLD, "gone"),), HISTORY, 0),  # no record says anything of it
    ],
)
def test_an_object_in_the_place_of_a_records_shows_a_host_that_returned(
    objects: tuple[Observed[Any, Any], ...], history: tuple[FinishedOperation, ...], others: int
) -> None:
    assert len(impostors(objects, [WEB, DB], Operations({OPEN: WEB.urn}, history))) == others


def test_the_record_knows_the_operation_of_its_object_when_the_history_is_forgotten() -> None:
    noted = replace(WEB, traits=Traits(operation=MADE))
    assert len(impostors([seen(WEB, OLD, "web")], [noted], Operations())) == 1
    assert impostors([seen(WEB, MADE, "web"), seen(DB, OLD, "other")], [noted, DB], Operations()) == []


class Stage:
    """One fake host, and a state."""

    def __init__(self, home: Path) -> None:
        self.world = FakeWorld(ids_are_names=True)
        self.home = home
        self.events: list[Event] = []
        self.program = ListProgram(
            Item("Volume", "data", {"size": "1GiB"}), Item("Container", "web", {"image": "x"}), hosts={"one": URI}
        )

    def work(self, what: str, **options: Any) -> Any:
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            engine = Engine(store, [self.events.append], opener=self.world.open)
            return getattr(engine, what)(self.program, RunOptions(**options))

    def evidence(self) -> dict[str, str]:
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            [host] = [each for each in store.stack(self.program.name).resources() if each.urn.is_host]
            return host.traits.evidence

    @property
    def warnings(self) -> list[str]:
        return [each.problem.message for each in self.events if isinstance(each, Warned)]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    tmp_path.chmod(0o700)
    made = Stage(tmp_path)
    made.world.tell(URI, engine="living")
    assert made.work("apply").succeeded
    return made


def test_what_a_host_tells_of_itself_is_kept_and_follows_it(stage: Stage) -> None:
    assert stage.evidence() == {"engine": "living"}
    stage.world.tell(URI, engine="renewed")
    assert stage.work("plan").settled, "its objects prove that it is the host"
    assert stage.work("apply").succeeded and stage.evidence() == {"engine": "renewed"}
    assert stage.warnings == []


def test_a_state_from_before_learns_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stage = Stage(tmp_path)
    assert stage.work("apply").succeeded and stage.evidence() == {}
    stage.world.tell(URI, engine="living")
    assert stage.work("plan").settled
    assert stage.work("apply").succeeded and stage.evidence() == {"engine": "living"}


def _replaced(stage: Stage) -> list[Any]:
    """The host is lost, and another one takes its place; returns what the lost one had."""
    lost = stage.world.objects()
    for each in lost:
        stage.world.drop(URI, each.id)
    stage.world.tell(URI, engine="new")
    assert stage.work("apply", allow_data_loss=("data",)).succeeded
    assert stage.evidence() == {"engine": "new"}
    assert any("fake://one is another host" in each for each in stage.warnings)
    return lost


def test_a_lost_host_that_returns_is_not_taken_for_the_living_one(stage: Stage) -> None:
    lost, living = _replaced(stage), stage.world.objects()
    for each in living:
        stage.world.drop(URI, each.id)
    for each in lost:
        stage.world.put(URI, each)
    stage.world.tell(URI, engine="living")
    for what in ("plan", "apply"):
        with pytest.raises(VirtwrightError, match="another host than the one that the state has there") as caught:
            stage.work(what, allow_data_loss=("data",))
        assert f"virtwright host list {URI}" in str(caught.value.hint)
    assert stage.world.objects() == lost


def test_a_host_that_tells_nothing_is_known_by_its_objects(stage: Stage) -> None:
    stage.world.tell(URI)
    assert stage.work("plan").settled
    assert stage.work("apply").succeeded and stage.evidence() == {"engine": "living"}


def test_a_lost_one_is_not_asked(stage: Stage) -> None:
    stage.world.tell("fake://two", engine="two")
    stage.program = ListProgram(*stage.program.items, hosts={"one": "fake://two"})
    assert stage.work("apply", lost=("one",), give_up=("one",), allow_data_loss=("data",)).succeeded
    assert stage.evidence() == {"engine": "two"}

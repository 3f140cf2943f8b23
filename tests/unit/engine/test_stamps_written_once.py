"""Where a stamp can't be changed after its object was made, its hash is made of what lasts, and stands for what can't be told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from tests.fake_provider import LIVE, FakeHandler, FakeWorld
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench
from tests.unit.engine.runs import run

from virtwright.engine.decide import current_inputs
from virtwright.engine.desired import Desired, prepare
from virtwright.engine.hashing import stamp_hash, with_untold
from virtwright.engine.recovery import Recovery
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, compare
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.kinds import KINDS, Kind
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.urn import Urn, type_token
from virtwright.stacks.base import Goal

URN = Urn("shop", "shop", type_token("Container"), "web")


def fake_mac(data: bytes) -> str:
    return data.decode()


class FakeOnceHandler:
    """Changes limits in place, and can't tell what files hold."""

    def check(self, inputs: Container) -> Container:
        return inputs

    def diff(self, prior: Container, goal: Container) -> Diff:
        return compare(prior, goal, {})

    def lasting(self, inputs: Container) -> Mapping[str, Any]:
        return inputs.model_dump(exclude={"resources"})


class FakeEveryTimeHandler:
    """Writes the stamp with each change."""

    def check(self, inputs: Container) -> Container:
        return inputs

    def diff(self, prior: Container, goal: Container) -> Diff:
        return compare(prior, goal, {})


HANDLER: Any = FakeOnceHandler()
EVERY_TIME: Any = FakeEveryTimeHandler()
LIMITED = {"resources": {"pids": 9}}


def desired(**inputs: Any) -> Desired:
    return prepare(Goal(URN, "Container", {"image": "nginx", **inputs}), KINDS["Container"], HANDLER)


def seen(made_of: Desired, **now: Any) -> Observed[Any, Any]:
    whole = Container.model_validate({"image": "nginx", **now})
    told = Container.model_construct({*Container.model_fields} - {"files"}, **dict(whole))
    stamp = Stamp("shop/shop", str(URN), "op", stamp_hash(HANDLER, made_of, fake_mac))
    return Observed(stamp, "1", told, ContainerOutputs(id="1", name="web"))


FILES = [{"path": "/a", "content": "s3cret"}]


def test_an_update_in_place_leaves_the_hash_as_it_is() -> None:
    before, after = desired(files=FILES), desired(files=FILES, resources={"pids": 9})
    assert stamp_hash(HANDLER, before, fake_mac) == stamp_hash(HANDLER, after, fake_mac)
    assert stamp_hash(HANDLER, before, fake_mac) != stamp_hash(HANDLER, desired(), fake_mac)


def test_what_cannot_be_told_is_the_goals_where_the_hash_agrees() -> None:
    goal = desired(files=FILES, resources={"pids": 9})
    found = with_untold(seen(desired(files=FILES), resources={"pids": 5}), goal, HANDLER, fake_mac)
    assert found.inputs.files == goal.model.files  # type: ignore[attr-defined]
    assert found.inputs.resources.pids == 5, "what is told is as it is told"
    assert found.inputs.model_fields_set == {*Container.model_fields}


def test_what_cannot_be_told_stays_open_where_it_was_made_of_something_else() -> None:
    observed = seen(desired(files=[{"path": "/a", "content": "older"}]))
    assert with_untold(observed, desired(files=FILES), HANDLER, fake_mac) is observed


@pytest.mark.parametrize(
    ("made_of", "now", "handler", "inputs"),
    [
        pytest.param({}, {}, HANDLER, "goal", id="as it was made"),
        pytest.param({}, LIMITED, HANDLER, "host", id="changed since"),
        pytest.param({"image": "other"}, {"image": "other"}, HANDLER, "host", id="made of something else"),
        pytest.param({}, LIMITED, EVERY_TIME, "goal", id="where each change writes the stamp anew"),
        pytest.param({"image": "other"}, {"image": "other"}, EVERY_TIME, "host", id="there, made of something else"),
    ],
)
def test_a_recovered_record_has_what_the_object_has(
    made_of: dict[str, Any], now: dict[str, Any], handler: Any, inputs: str
) -> None:
    """Its stamp is of its creation: a change in place that the program does not have is to be seen by the next plan."""
    goal = desired()
    observed = seen(desired(**made_of), **now)
    if handler is EVERY_TIME:
        stamp = replace(observed.stamp, inputs_hash=stamp_hash(handler, desired(**made_of), fake_mac))
        observed = replace(observed, stamp=stamp)
    record = Recovery(run(mac=fake_mac))._found(goal, observed, handler)
    assert record.inputs == (goal.properties if inputs == "goal" else current_inputs(None, observed))
    assert (record.id, record.inputs_hash) == ("1", observed.stamp.inputs_hash)
    assert (inputs == "host") is (record.inputs != goal.properties)


class FakeOnceWorld(FakeWorld):
    """Labels can't be changed there: a stamp is written when its object is made."""

    def handler(self, uri: str, kind: Kind) -> FakeHandler:
        return FakeOnceHost(self, uri, kind)


class FakeOnceHost(FakeHandler):
    def lasting(self, inputs: Model) -> Mapping[str, Any]:
        return {name: value for name, value in to_properties(inputs).items() if name not in LIVE}

    def update(self, id: str, stamp: Stamp, prior: Model, goal: Model, context: Context) -> Model:
        item = self._get(id)
        outputs = super().update(id, item.stamp, prior, goal, context)
        assert self._get(id).stamp == item.stamp
        return outputs


def test_a_record_names_the_operation_that_its_object_bears(bench: Bench) -> None:
    """Whatever has changed it since: in time the history forgets that, and the record alone proves whose the object is."""
    once = Bench(bench.store, FakeOnceWorld())
    first, then = (ListProgram(Item("Volume", "data", {"size": "1GiB", "labels": {"n": n}})) for n in ("1", "2"))
    once.apply(first)
    (made,) = once.records(first)
    assert once.apply(then).summary == {"update": 1}
    (changed,) = once.records(then)
    assert changed.inputs["labels"] == {"n": "2"}
    assert changed.traits.operation == made.traits.operation == once.world.find("data").stamp.operation
    once.settled(then)
    written_anew = Bench(bench.store)
    other = ListProgram(Item("Volume", "data", {"labels": {"n": "1"}}), stack="other")
    written_anew.apply(other)
    (made,) = written_anew.records(other)
    written_anew.apply(ListProgram(Item("Volume", "data", {"labels": {"n": "2"}}), stack="other"))
    (changed,) = written_anew.records(other)
    assert made.traits.operation != changed.traits.operation == written_anew.world.find("data").stamp.operation


class FakeWatchedHost(FakeOnceHost):
    _replaced: ClassVar[list[str]] = []

    def create(self, stamp: Stamp, inputs: Model, context: Context) -> Model:
        self._replaced.append(context.replaced_identity)
        return super().create(stamp, inputs, context)


class FakeWatchedWorld(FakeWorld):
    def handler(self, uri: str, kind: Kind) -> FakeHandler:
        return FakeWatchedHost(self, uri, kind)


def test_what_replaces_an_object_that_was_taken_over_is_told_whose_stamp_that_bears(bench: Bench) -> None:
    """The object may have the name, and is none of another state's for all that."""
    once, theirs = Bench(bench.store, FakeWatchedWorld()), "b" * 16
    program = ListProgram(Item("Container", "web", {"image": "host"}))
    once.apply(program)
    made = once.world.find("web")
    made.stamp = replace(made.stamp, identity=theirs)
    once.world.put("fake://one", made)
    assert once.apply(program, take_over=("web",)).succeeded
    assert once.apply(program, replace=("web",)).succeeded
    assert FakeWatchedHost._replaced == ["", theirs]
    once.settled(program)

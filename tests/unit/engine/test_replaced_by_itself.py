"""Two hosts that are one, and what was to take the place of an object is that very object: it is never deleted."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from tests.fake_provider import FakeHandler, FakeWorld
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import StepFailed
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.schemas.kinds import Kind
from virtwright.schemas.model import Model

ONE, TWO = "fake://one", "fake://two"
HOSTS = {"one": ONE, "two": TWO}


class FakeAlias(FakeHandler):
    """The same host under another name, where nothing is listed that bears the mark of the first name."""

    _restamps = False

    def create(self, stamp: Stamp, inputs: Model, context: Context) -> Model:
        (there,) = self._world.objects(ONE)
        if self._restamps:
            there = replace(there, stamp=stamp)
            self._world.put(ONE, there)
            self._world.put(TWO, copy.deepcopy(there))
        return self._outputs(there)


class FakeRestamping(FakeAlias):
    _restamps = True


class FakeAliasedWorld(FakeWorld):
    alias: type[FakeAlias] = FakeAlias

    def handler(self, uri: str, kind: Kind) -> FakeHandler:
        return self.alias(self, uri, kind) if uri == TWO else super().handler(uri, kind)


@pytest.mark.parametrize("alias", [FakeAlias, FakeRestamping])
@pytest.mark.parametrize("kind", ["Volume", "Service", "VirtualMachine"])
def test_what_replaces_itself_is_not_deleted(bench: Bench, kind: str, alias: type[FakeAlias]) -> None:
    bench.world = world = FakeAliasedWorld()
    world.alias = alias
    bench.__post_init__()
    inputs: dict[str, Any] = {"Service": {"image": "host"}, "VirtualMachine": {"memory": "1GiB"}}.get(kind, {})
    bench.apply(ListProgram(Item(kind, "it", inputs), hosts=HOSTS))
    (before,) = world.objects(ONE)
    moved = ListProgram(Item(kind, "it", inputs, host="two"), hosts=HOSTS)
    allowed = {"allow_data_loss": ("it",)}
    assert bench.steps(moved, **allowed) == [("replace", "it")]
    assert not bench.apply(moved, **allowed).succeeded
    (failed,) = [each.problem.message for each in bench.events if isinstance(each, StepFailed)]
    assert "is that very one" in failed
    again = bench.apply(moved, **allowed)
    assert again.succeeded is (alias is FakeRestamping), "what bears the operation of the new one is the new one"
    assert [each.id for each in world.objects(ONE)] == [before.id]


def test_an_object_with_the_id_of_the_old_one_is_told_from_it(bench: Bench) -> None:
    bench.world.ids_are_names = True
    data = Item("Volume", "data")
    bench.apply(ListProgram(data, hosts=HOSTS))
    moved = ListProgram(replace(data, host="two"), hosts=HOSTS)
    assert bench.apply(moved, allow_data_loss=("data",)).succeeded
    assert (bench.world.names(ONE), bench.world.names(TWO)) == ([], ["data"])
    bench.settled(moved, TWO)

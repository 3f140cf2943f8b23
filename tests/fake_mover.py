"""The part of the fake provider that moves machines, and volumes with them or alone, from one fake host to another."""

from dataclasses import replace
from typing import Any

from tests.fake_provider import FakeHandler, FakeObject
from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.moves import Journey, Passage
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import UNKNOWN

MOVING = frozenset({"VirtualMachine", "Volume"})


class FakeMover(FakeHandler):
    """A handler of fake machines or volumes. What is on its way is there, and not complete."""

    def passage(self, journey: Journey, prior: Model, goal: Model) -> Passage | None:
        there = journey.there
        if not isinstance(there, FakeMover):
            return None
        for name in _volumes(to_properties(goal)):
            if name not in journey.coming and name is not UNKNOWN and there._named(name) is None:
                raise HostError(f"there is no volume {name} on the other host")
        item = self._get(journey.id)
        along = self._kind.name == "Volume" and self._user(item) is not None
        return Passage(Impact.NONE if self._kind.name == "Volume" else Impact.LIVE, "live", along)

    def move(self, journey: Journey, stamp: Stamp, prior: Model, goal: Model, context: Context) -> Model:
        there, item = _mover(journey), self._get(journey.id)
        self._world.enter("move", self._kind.name, item.name, self._uri)
        try:
            volume = self._kind.name == "Volume"
            along = volume and self._user(item) is not None
            id = f"{item.id}-{stamp.operation[:4]}" if volume else item.id
            made = replace(item, id=id, stamped=id, stamp=stamp, inputs=to_properties(goal), complete=False, data="")
            self._world.put(there._uri, made)
            self._world.middle("move", self._kind.name, item.name)
            if not along:
                self._carry(journey, item, there)
                self._world.put(there._uri, replace(made, complete=True, data=item.data))
                self._world.middle("move", self._kind.name, item.name)
                self.end_move(journey, stamp.operation, context, arrived=True)
            return there._outputs(made)
        finally:
            self._world.leave()

    def arrived(self, journey: Journey, operation: str) -> bool:
        there = _mover(journey)
        try:
            self._world.enter("arrived", self._kind.name, journey.id, there._uri)
            made = there._made_by(operation)
            if made is None or made.complete:
                return made is not None
            user = there._user(made)
            return user is not None and user.complete
        finally:
            self._world.leave()

    def end_move(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        there = _mover(journey)
        made = there._made_by(operation)
        if arrived and made is not None:
            self._world.put(there._uri, replace(made, complete=True))
            self._world.drop(self._uri, journey.id)
        elif made is not None:
            assert self._world.get(self._uri, journey.id) is not None, "it would be lost"
            self._world.drop(there._uri, made.id)

    def _carry(self, journey: Journey, machine: FakeObject, there: "FakeMover") -> None:
        """The content of the volumes that come along."""
        for after, before in journey.coming.items():
            source, target = self._named(before), there._named(after)
            assert source is not None and target is not None and not target.complete
            self._world.put(there._uri, replace(target, data=source.data))

    def _named(self, name: Any) -> FakeObject | None:
        return next((each for each in self._world.objects(self._uri) if each.name == name), None)

    def _made_by(self, operation: str) -> FakeObject | None:
        return next((each for each in self._world.objects(self._uri) if each.stamp.operation == operation), None)

    def _user(self, volume: FakeObject) -> FakeObject | None:
        return next((each for each in self._world.objects(self._uri) if volume.name in _volumes(each.inputs)), None)


def _mover(journey: Journey) -> FakeMover:
    assert isinstance(journey.there, FakeMover)
    return journey.there


def _volumes(inputs: dict[str, Any]) -> list[Any]:
    disks = inputs.get("disks")
    return [each["volume"] for each in disks if isinstance(each, dict)] if isinstance(disks, list) else []

"""What a host can't do is told by the plan: with its place, all at once, and before anything is touched."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.fake_provider import FakeHandler, FakeProvider
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.errors import Problem, UnsupportedError, VirtwrightError, Where
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.machine import VirtualMachine

SIDE = Item("Network", "side", {})


class PoorHandler(FakeHandler):
    """Machines on a fake host that has no UEFI and little memory."""

    _asked: int = 0

    def check_host(self, inputs: VirtualMachine) -> None:
        PoorHandler._asked += 1
        wishes = {"firmware": inputs.firmware == "uefi", "memory": inputs.memory > 1 << 30}
        problems = [Problem(f"{path}: not here", Where(path=path)) for path, asked in wishes.items() if asked]
        if problems:
            raise UnsupportedError.of(problems)


class PoorProvider(FakeProvider):
    """A fake host with such machines."""

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {**super().handlers, "VirtualMachine": PoorHandler(self._world, self._uri, KINDS["VirtualMachine"])}


@pytest.fixture
def poor(bench: Bench) -> Bench:
    def opener(name: str, host: Host) -> FakeProvider:
        return PoorProvider(bench.world, host.uri)

    PoorHandler._asked = 0
    bench.engine = Engine(bench.store, [bench.events.append], opener=opener)
    return bench


def shop(**inputs: Any) -> ListProgram:
    return ListProgram(SIDE, Item("VirtualMachine", "db", inputs))


def test_nothing_is_touched_and_all_is_told(poor: Bench) -> None:
    with pytest.raises(VirtwrightError) as raised:
        poor.apply(shop(firmware="uefi", memory="2GiB"), continue_on_error=True)
    assert [each.message for each in raised.value.problems] == ["firmware: not here", "memory: not here"]
    assert all(each.where.urn is not None and each.where.urn.endswith("::db") for each in raised.value.problems)
    assert poor.world.objects() == []


def test_of_what_is_there_only_what_changes_is_refused(poor: Bench) -> None:
    """It came to be when the host could do more."""
    Engine(poor.store, [], opener=poor.world.open).apply(shop(firmware="uefi"))
    assert poor.apply(shop(firmware="uefi", description="works")).succeeded
    asked = PoorHandler._asked
    poor.settled(shop(firmware="uefi", description="works"))
    assert PoorHandler._asked == asked, "what stays as it is needs no question"
    with pytest.raises(UnsupportedError) as raised:
        poor.apply(shop(firmware="uefi", memory="2GiB", description="works"))
    assert [each.message for each in raised.value.problems] == ["memory: not here"]


def test_validation_alone_asks_no_host(poor: Bench) -> None:
    poor.engine.validate(shop(firmware="uefi"))
    assert PoorHandler._asked == 0

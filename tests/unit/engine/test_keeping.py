"""Hosts stay connected from a plan to its apply."""

from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.providers.base import Provider
from virtwright.schemas.host import Host

PROGRAM = ListProgram(Item("Network", "n", {}), hosts={"one": "fake://one"})


class _Doors:
    """How often hosts were opened and closed."""

    def __init__(self, bench: Bench) -> None:
        self.opened = self.closed = 0
        self._bench = bench
        self.engine = Engine(bench.store, opener=self.open)

    def open(self, name: str, host: Host) -> Provider:
        self.opened += 1
        provider = self._bench.world.open(name, host)
        provider.close = self._count  # type: ignore[method-assign]
        return provider

    def _count(self) -> None:
        self.closed += 1


def test_an_apply_goes_on_over_the_connection_of_its_plan(bench: Bench) -> None:
    doors = _Doors(bench)
    with doors.engine.keeping_hosts():
        plan = doors.engine.plan(PROGRAM)
        assert doors.engine.apply(PROGRAM, expected=plan).succeeded
        assert (doors.opened, doors.closed) == (1, 0)
    assert doors.closed == 1
    assert doors.engine.plan(PROGRAM).changes == ()
    assert (doors.opened, doors.closed) == (2, 2), "alone, each run closes what it opened"


def test_another_uri_is_another_connection(bench: Bench) -> None:
    doors = _Doors(bench)
    with doors.engine.keeping_hosts():
        doors.engine.plan(PROGRAM)
        doors.engine.plan(ListProgram(Item("Network", "n", {}), hosts={"one": "fake://two"}))
        assert doors.opened == 2
    assert doors.closed == 2

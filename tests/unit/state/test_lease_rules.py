"""Who holds a lease, and until when: each rule on a database in memory, with clocks that tests set."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final

import pytest
from tests.memory_state import FakeClock, MemoryBackend
from tests.waiting import until

from virtwright.engine.state import lease as leases
from virtwright.engine.state import tables
from virtwright.engine.state.clock import Instant
from virtwright.engine.state.database import Database
from virtwright.engine.state.holder import Process
from virtwright.engine.state.lease import Lease, LeaseInfo
from virtwright.engine.state.sql import Connection, Row
from virtwright.errors import LeaseHeldError, LeaseLostError, StateError

THEN: Final = "2026-01-01T00:00:00.000Z"
NOW: Final = "2026-12-01T00:00:00.000Z"
ROW: Final[dict[str, Any]] = {
    "stack": "ours", "token": 5, "holder": "ann@box 17", "process": "{}", "epoch": "boot-1", "acquired": THEN,
    "expires": 1020.0, "ttl": 30.0,
}  # fmt: skip
FREE: Final = {**ROW, "holder": None}
HINT: Final = "wait for it, or, if it hangs, take the lease away:\n    virtwright state unlock"


class BrittleDatabase(Database):
    """One whose writes can fail."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(MemoryBackend(), clock)
        self.broken = False
        self.writes = 0

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        self.writes += 1
        if self.broken:
            raise StateError("the connection broke")
        with super().write(alone=alone) as connection:
            yield connection


@dataclass
class Bench:
    """A database with the leases of two stacks, ``ours`` and ``theirs``, whose token is the next one of ours."""

    clock: FakeClock = field(default_factory=FakeClock)
    released: int = 0

    def __post_init__(self) -> None:
        self.database = BrittleDatabase(self.clock)

    def begin(self, **ours: Any) -> None:
        with self.database.write() as connection:
            for row in ({**ROW, **ours}, {**ROW, "stack": "theirs", "token": 6}):
                connection.change(tables.LEASE.insert, **row)

    def change(self, **values: Any) -> None:
        with self.database.write() as connection:
            assigned = ", ".join(f"{name} = :{name}" for name in values)
            connection.change(f"UPDATE lease SET {assigned} WHERE stack = 'ours'", **values)

    def row(self, stack: str = "ours") -> Row:
        with self.database.read() as connection:
            (row,) = connection.rows(f"{tables.LEASE.select} WHERE stack = :stack", stack=stack)
            return row

    def acquire(
        self, *, wait: float = 0.0, ttl: float = 3000.0, on_wait: Callable[[str, float], None] = lambda *_: None
    ) -> Lease:
        def release() -> None:
            self.released += 1

        return leases.acquire(
            self.database, "ours", "shop/prod", holder="me", wait=wait, ttl=ttl, on_wait=on_wait, released=release
        )


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(leases, "utc_now", lambda: NOW)
    made = Bench()
    yield made
    made.database.close()


@pytest.mark.parametrize(
    ("row", "left"),
    [
        pytest.param({}, 20.0, id="held"),
        pytest.param({"expires": 1000.5}, 0.5, id="about to run out"),
        pytest.param({"expires": 1000.0}, 0.0, id="run out just now"),
        pytest.param({"expires": 990.0}, 0.0, id="run out"),
        pytest.param({"expires": 1030.0}, 30.0, id="renewed just now"),
        pytest.param({"expires": 1030.5}, 0.0, id="longer than a lease can last: of an earlier boot"),
        pytest.param({"epoch": "boot-2"}, 0.0, id="of another boot"),
        pytest.param({"process": Process.current().to_text()}, 20.0, id="its process lives"),
        pytest.param({"process": replace(Process.current(), started="1").to_text()}, 0.0, id="its process has ended"),
        pytest.param({"process": replace(Process.current(), started="1", boot="b").to_text()}, 20.0, id="of elsewhere"),
        pytest.param({"process": "?"}, 20.0, id="of nobody knows which process"),
    ],
)
def test_how_long_a_lease_lasts(bench: Bench, row: dict[str, Any], left: float) -> None:
    bench.begin(**row)
    assert leases.held(bench.database, "ours") == LeaseInfo("ann@box 17", THEN, left, 5)
    if left:
        with pytest.raises(LeaseHeldError):
            bench.acquire()
        with pytest.raises(LeaseHeldError):
            leases.refuse_if_held(bench.database, "ours", "shop/prod")
        assert bench.row() == {**ROW, **row}
    else:
        leases.refuse_if_held(bench.database, "ours", "shop/prod")
        with bench.acquire() as lease:
            assert lease.token == 6


@pytest.mark.parametrize(("left", "text"), [(20.0, "20s"), (0.4, "1s"), (19.6, "20s"), (90.0, "1m30s")])
def test_whoever_comes_too_early_is_told_who_holds_it(bench: Bench, left: float, text: str) -> None:
    bench.begin(expires=1000.0 + left, ttl=90.0)
    with pytest.raises(LeaseHeldError) as caught:
        bench.acquire()
    assert caught.value.message == (
        f"shop/prod is being changed by ann@box 17 since {THEN}; unless renewed, its lease runs out in {text}"
    )
    assert caught.value.hint == HINT


def test_what_nobody_holds_can_be_had(bench: Bench) -> None:
    bench.begin(holder=None, expires=1010.0, epoch="boot-0")
    assert leases.held(bench.database, "ours") is None
    leases.refuse_if_held(bench.database, "ours", "shop/prod")
    with bench.acquire(ttl=40.0) as lease:
        assert (lease.token, lease.holder, lease.uid, lease.lost.is_set()) == (6, "me", "ours", False)
        assert bench.row() == {
            "stack": "ours",
            "token": 6,
            "holder": "me",
            "process": Process.current().to_text(),
            "epoch": "boot-1",
            "acquired": NOW,
            "expires": 1040.0,
            "ttl": 40.0,
        }
        assert leases.held(bench.database, "ours") == LeaseInfo("me", NOW, 40.0, 6)
    assert bench.row() == {**bench.row(), "token": 6, "holder": None}
    assert bench.row("theirs") == {**ROW, "stack": "theirs", "token": 6}
    lease.release()
    assert bench.released == 1


def test_a_stack_that_is_not_there_has_no_lease(bench: Bench) -> None:
    assert leases.held(bench.database, "ours") is None
    for attempt in (bench.acquire, lambda: leases.break_lease(bench.database, "ours")):
        with pytest.raises(StateError, match="the stack was deleted in the meantime"):
            attempt()


def test_whoever_waits_asks_ten_times_a_second_and_is_told_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.begin()
    now, slept, told = [50.0], list[float](), list[tuple[str, float]]()

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds
        if len(slept) == 2:
            bench.change(token=6, holder="bob", expires=1010.0)

    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    with pytest.raises(LeaseHeldError, match=r"by bob since .* runs out in 10s"):
        bench.acquire(wait=0.35, on_wait=lambda *what: told.append(what))
    assert slept == [0.1, 0.1, 0.1, 0.05]
    assert told == [("ann@box 17", 20.0), ("bob", 10.0)]


def test_whoever_waits_gets_it_as_soon_as_it_is_given_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.begin()
    clock = SimpleNamespace(monotonic=lambda: 50.0, sleep=lambda _: bench.change(holder=None))
    monkeypatch.setattr(leases, "time", clock)
    with bench.acquire(wait=1.0) as lease:
        assert lease.token == 6


def test_it_is_taken_away_by_a_token(bench: Bench) -> None:
    bench.begin()
    assert leases.break_lease(bench.database, "ours") == LeaseInfo("ann@box 17", THEN, 20.0, 5)
    assert bench.row() == {**FREE, "token": 6}
    assert leases.break_lease(bench.database, "ours") is None
    assert bench.row() == {**FREE, "token": 7}
    assert bench.row("theirs") == {**ROW, "stack": "theirs", "token": 6}


def test_a_check_renews_what_has_run_out_unnoticed(bench: Bench) -> None:
    bench.begin(holder=None)
    with bench.acquire(ttl=3000.0) as lease:
        bench.clock.advance(2999.0)
        lease.check()
        assert bench.row()["expires"] == 4000.0, "there is time yet"
        bench.clock.advance(1.0)
        lease.check()
        assert bench.row()["expires"] == 7000.0
        bench.clock.now = Instant("boot-2", 6999.0)
        lease.check()
        assert (bench.row()["epoch"], bench.row()["expires"]) == ("boot-1", 7000.0), "there is time again"
        bench.clock.advance(1.0)
        lease.check()
        assert (bench.row()["epoch"], bench.row()["expires"]) == ("boot-2", 10000.0)
        assert bench.row("theirs")["expires"] == 1020.0


@pytest.mark.parametrize("taken", [{"token": 7}, {"holder": None}])
def test_a_check_of_one_that_was_taken_away_fails(bench: Bench, taken: dict[str, Any]) -> None:
    bench.begin(holder=None)
    with bench.acquire() as lease:
        bench.change(**taken)
        lease.check()
        bench.clock.advance(3000.0)
        for _ in range(2):
            with pytest.raises(LeaseLostError) as caught:
                lease.check()
            assert lease.lost.is_set()
        assert caught.value.message == (
            "this process no longer holds the lease of the stack, so it begins nothing more on any host"
        )
        assert caught.value.hint == (
            "somebody else may be changing the stack now; when they have finished, run the command again"
        )
        row = bench.row()
    assert bench.row() == row, "nor does it give back what is another's"


def test_one_that_is_told_to_be_lost_is_not_renewed(bench: Bench) -> None:
    bench.begin(holder=None)
    with bench.acquire() as lease:
        lease.lost.set()
        for advance in (0.0, 3000.0):
            bench.clock.advance(advance)
            with pytest.raises(LeaseLostError):
                lease.check()
            assert bench.row()["expires"] == 4000.0, "nor when its time is over"


def test_one_that_was_abandoned_is_kept(bench: Bench) -> None:
    bench.begin(holder=None)
    lease = bench.acquire()
    lease.abandon()
    lease.release()
    assert bench.row()["holder"] == "me" and bench.released == 0
    lease._abandoned = False
    lease.release()
    assert bench.row()["holder"] is None


def test_giving_it_back_never_fails(bench: Bench) -> None:
    bench.begin(holder=None)
    lease = bench.acquire()
    bench.database.broken = True
    lease.release()
    assert bench.released == 1
    assert not lease.lost.is_set()


def test_it_is_renewed_three_times_in_its_life(bench: Bench) -> None:
    bench.begin(holder=None)
    with bench.acquire(ttl=0.06) as lease:
        bench.clock.advance(0.05)
        until("it is renewed", lambda: bench.row()["expires"] == 1000.05 + 0.06)
        bench.clock.advance(0.055)
        [renewing] = [each for each in threading.enumerate() if each.name == "lease-6"]
        assert renewing.daemon, "a process that ends does not wait for it"
        until("it is renewed again", lambda: bench.row()["expires"] == 1000.05 + 0.055 + 0.06)
        assert not lease.lost.is_set()
    assert not [each for each in threading.enumerate() if each.name == "lease-6"]


def test_two_renewals_may_fail_before_it_runs_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float | None] = []

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return super().wait(timeout)

    bench.begin(holder=None)
    monkeypatch.setattr(leases, "threading", SimpleNamespace(Event=Event, Thread=threading.Thread))
    with bench.acquire(ttl=30.0):
        until("it waits", lambda: waited)
    assert waited[0] == 10.0


def test_what_was_taken_away_is_noticed_without_a_check(bench: Bench) -> None:
    bench.begin(holder=None)
    with bench.acquire(ttl=0.03) as lease:
        bench.change(token=9)
        assert lease.lost.wait(120)


def test_what_can_not_be_renewed_is_lost_when_its_time_is_over(bench: Bench) -> None:
    bench.begin(holder=None)
    with bench.acquire(ttl=0.03) as lease:
        bench.database.broken = True
        tried = bench.database.writes
        until("it tried twice", lambda: bench.database.writes > tried + 1)
        assert not lease.lost.is_set()
        bench.clock.advance(0.03)
        assert lease.lost.wait(120)
        bench.database.broken = False

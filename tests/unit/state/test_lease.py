import threading
import time
from pathlib import Path

import pytest
from tests.memory_state import FakeClock
from tests.states import NAME, commit, open_store, resource

from virtwright.engine.state.clock import Instant, boot_clock
from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import LeaseHeldError, LeaseLostError


def test_a_held_lease_names_its_holder(state: StackState) -> None:
    with state.acquire(holder="ann@box 17", wait=0, ttl=30):
        told: list[tuple[str, float]] = []
        started = time.monotonic()
        with pytest.raises(LeaseHeldError, match=r"shop/prod .* ann@box 17 since 20.* runs out in (30|2\d)s") as caught:
            state.acquire(holder="bob", wait=0.3, on_wait=lambda *what: told.append(what))
        assert 0.25 < time.monotonic() - started < 60
        assert "state unlock" in (caught.value.hint or "")
        assert len(told) == 1 and told[0][0] == "ann@box 17" and 0 < told[0][1] <= 30
        info = state.lease()
        assert info is not None and info.holder == "ann@box 17"
    assert state.lease() is None


def test_a_waiting_one_gets_it_when_it_is_released(state: StackState) -> None:
    first = state.acquire(holder="a", wait=0)
    threading.Timer(0.2, first.release).start()
    with state.acquire(holder="b", wait=120) as second:
        assert second.token == first.token + 1


def test_it_is_renewed_while_it_is_held(state: StackState) -> None:
    with state.acquire(holder="a", wait=0, ttl=2.0) as lease:
        with pytest.raises(LeaseHeldError):
            state.acquire(holder="b", wait=5.0)
        assert not lease.lost.is_set()
        state.commit(Changes(put=(resource("web"),)), lease)


def test_a_released_lease_can_not_write(state: StackState) -> None:
    lease = state.acquire(holder="a", wait=0)
    lease.release()
    lease.release()
    with pytest.raises(LeaseLostError):
        state.commit(Changes(put=(resource("web"),)), lease)
    assert lease.lost.is_set()
    assert state.resources() == []


def test_unlock_takes_it_away(state: StackState) -> None:
    with state.acquire(holder="a", wait=0, ttl=3.0) as lease:
        info = state.unlock()
        assert info is not None and (info.holder, info.token) == ("a", lease.token)
        with pytest.raises(LeaseLostError):
            state.commit(Changes(put=(resource("web"),)), lease)
        assert lease.lost.wait(120)
        with state.acquire(holder="b", wait=0) as second:
            assert second.token > lease.token
            state.commit(Changes(put=(resource("db"),)), second)
    assert state.unlock() is None


def test_the_token_only_grows(state: StackState) -> None:
    tokens = []
    for _ in range(5):
        with state.acquire(holder="a", wait=0) as lease:
            tokens.append(lease.token)
    assert tokens == sorted(set(tokens))


def test_it_runs_out_by_the_boot_clock_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr(time, "time", lambda: 0.0)  # the wall clock is set back to 1970
    with open_store(tmp_path, clock) as store:
        state = store.stack(NAME, create=True)
        late = state.acquire(holder="late", wait=0, ttl=30)
        clock.advance(29)
        with pytest.raises(LeaseHeldError):
            state.acquire(holder="b", wait=0)
        clock.advance(2)
        with state.acquire(holder="b", wait=0, ttl=30) as lease:
            state.commit(Changes(put=(resource("web"),)), lease)
            with pytest.raises(LeaseLostError):
                state.commit(Changes(put=(resource("db"),)), late)
        assert [record.urn.name for record in state.resources()] == ["web"]
        late.release()


@pytest.mark.parametrize("now", [Instant("boot-2", 5000.0), Instant("boot-2", 1.0), Instant("boot-1", 1.0)])
def test_a_lease_from_before_a_restart_has_run_out(tmp_path: Path, now: Instant) -> None:
    clock = FakeClock()
    with open_store(tmp_path, clock) as store:
        state = store.stack(NAME, create=True)
        old = state.acquire(holder="a", wait=0, ttl=30)
        clock.now = now
        with state.acquire(holder="b", wait=0, ttl=30):
            pass
        old.release()


def test_the_boot_clock_goes_on_and_names_its_boot() -> None:
    first, second = boot_clock(), boot_clock()
    assert first.epoch == second.epoch != ""
    assert second.seconds >= first.seconds > 0


def test_threads_that_race_hold_it_one_at_a_time(store: StateStore, state: StackState) -> None:
    holding, worst = 0, 0
    guard = threading.Lock()

    def run(number: int) -> None:
        nonlocal holding, worst
        mine = store.stack(NAME)
        for _ in range(5):
            with mine.acquire(holder=f"thread {number}", wait=60, backup=False):
                with guard:
                    holding += 1
                    worst = max(worst, holding)
                with guard:
                    holding -= 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worst == 1
    with state.acquire(holder="last", wait=0) as lease:
        assert lease.token == 31


def test_a_change_from_outside_under_our_lease_is_refused(state: StackState, store: StateStore) -> None:
    other = store.stack(NAME)
    with state.acquire(holder="a", wait=0) as lease:
        other.commit(Changes(put=(resource("x"),)), lease)
        with pytest.raises(Exception, match="changed from outside"):
            state.commit(Changes(put=(resource("y"),)), lease)
    commit(state, Changes(put=(resource("z"),)))
    assert {record.urn.name for record in state.resources()} == {"x", "z"}

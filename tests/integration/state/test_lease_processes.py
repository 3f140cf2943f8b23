"""Class H of the bad inputs: processes that race for a lease, are paused, and are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.state import worker
from tests.states import NAME, commit, open_store, resource

from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState

pytestmark = pytest.mark.usefixtures("database")
ROOT = Path(__file__).parents[3]
RACERS = 8
RACES = {"sqlite": 1000, "postgresql": 160}
"""Each a multiple of the racers. On a server most of the time is waiting for the others."""
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def state(tmp_path: Path, database: str) -> Iterator[StackState]:
    with open_store(tmp_path / "home") as store:
        yield store.stack(NAME, create=True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(action: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.integration.state.worker", action, str(tmp_path / "home")]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.mark.slow
def test_of_racing_processes_one_holds_it_at_a_time(state: StackState, tmp_path: Path, database: str) -> None:
    races = RACES[database] * SOAK
    racers = [worker.start(worker.race, tmp_path / "home", races // RACERS) for _ in range(RACERS)]
    for racer in racers:
        racer.join(timeout=250 * SOAK)
    assert [racer.exitcode for racer in racers] == [0] * RACERS
    [turn] = state.resources()
    assert turn.id == str(races), "every race had its own token"
    assert state.serial == races


def _wait_stopped(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


def test_a_holder_paused_past_its_lease_can_not_write_when_woken(state: StackState, start: Start) -> None:
    sleeper = start("stop")
    _wait_stopped(sleeper)
    with state.acquire(holder="me", wait=30) as lease:
        state.commit(Changes(put=(resource("mine"),)), lease)
        os.kill(sleeper.pid, signal.SIGCONT)
        assert sleeper.wait(timeout=120) == 7
    assert [record.urn.name for record in state.resources()] == ["mine"]


def test_a_killed_holder_is_followed_at_once(state: StackState, start: Start) -> None:
    holder = start("hold")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    info = state.lease()
    assert info is not None and info.expires_in > 3000
    holder.kill()
    holder.wait()
    with state.acquire(holder="me", wait=0) as lease:
        assert lease.token == info.token + 1


def test_a_zombie_counts_as_gone(state: StackState, start: Start) -> None:
    holder = start("hold")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    commit(state, Changes(put=(resource("web"),)))

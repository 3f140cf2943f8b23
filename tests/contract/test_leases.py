"""Two applies of one stack at once, on each provider's real host."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.killing import FAILED, HELD, LOST, report, start
from tests.contract.registry import per_subject
from tests.contract.stage import Stage, volumes
from tests.waiting import until

from virtwright.engine.plan import RunOptions

DAWDLE = "state.commit:4=sleep:"


@pytest.mark.parametrize("name", per_subject())
def test_one_waits_for_the_other(name: str, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    items, _ = stage.subject.journey
    both = [start(stage, items, RunOptions(lease_wait=600)) for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0], [report(stage, each) for each in both]
    stage.assert_settled(items)


@pytest.mark.parametrize("name", per_subject())
def test_one_is_told_who_holds_the_lease_and_goes_on_when_that_one_is_killed(name: str, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    items, _ = stage.subject.journey
    holder = start(stage, items, RunOptions(), f"{DAWDLE}600")
    _until_held(stage)
    second = start(stage, items, RunOptions(lease_wait=0.2))
    second.join()
    assert second.exitcode == HELD, report(stage, second)
    third = start(stage, items, RunOptions(lease_wait=600))
    time.sleep(0.3)
    assert third.exitcode is None
    holder.kill()
    holder.join()
    third.join()
    assert third.exitcode == 0, report(stage, third)
    stage.assert_settled(items)


@pytest.mark.parametrize("name", per_subject())
def test_a_holder_that_wakes_late_writes_nothing(name: str, open_stage: OpenStage) -> None:
    """Stopped past its lease in the middle of a run, overtaken by another that changes the stack, and woken."""
    stage = open_stage(name)
    items, goal = stage.subject.journey
    late = start(stage, items, RunOptions(lease_ttl=2.0), f"{DAWDLE}5")
    _until_held(stage)
    pid = late.pid
    assert pid is not None
    _pause(stage, pid)
    try:
        stage.apply(goal, allow=volumes(goal))
        before = stage.records()
    finally:
        os.kill(pid, signal.SIGCONT)
    late.join()
    assert late.exitcode in (LOST, FAILED), report(stage, late)
    assert stage.records() == before
    stage.apply(goal, allow=volumes(goal))
    if stage.subject.census() != stage.subject.expected(goal):  # what may hold data is left alone
        stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(goal)))
        stage.apply(goal, allow=volumes(goal))
    stage.assert_settled(goal)


def _holds_a_lock(pid: int) -> bool:
    """See proc_locks(5)."""
    locks = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return any("->" not in lock and lock[1] == "FLOCK" and lock[4] == str(pid) for lock in locks)


def _pause(stage: Stage, pid: int) -> None:
    """Stop it anywhere but in the middle of a write, where it would keep the file locked to everybody."""
    for _ in range(50):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.05)
        if _holds_a_lock(pid):  # of the runtime, whose next user would be told to let it go on
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.02)
            continue
        try:
            with closing(sqlite3.connect(stage.desk.home / "state.db", timeout=0)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.rollback()
            return
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.02)
    raise AssertionError("it is always writing")


def _until_held(stage: Stage) -> None:
    """Until the first process has made its fourth commit."""
    name = stage.desk.program(()).name
    until(
        "it dawdles",
        lambda: stage.desk.work(lambda _, store: name in store.stacks() and store.stack(name).serial >= 4),
    )

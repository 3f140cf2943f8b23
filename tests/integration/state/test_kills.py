"""Class I of the bad inputs, the state's half: kill -9 at any moment leaves a prefix of the commits."""

import os
import random
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from tests.forks import FORKS
from tests.integration.state import worker
from tests.kills import assert_share
from tests.states import NAME, open_store

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.usefixtures("database")]
BESIDE = (("state.before-commit", 1), ("state.before-commit", 4), ("state.commit", 3))
KILLS = 10 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


def _write(home: Path, start: int, failpoint: str = "") -> tuple[ForkServerProcess, Connection]:
    hears, says = FORKS.Pipe(duplex=False)
    process = worker.start(worker.write, says, home, 100000, start, failpoint=failpoint)
    says.close()
    return process, hears


def _said(hears: Connection) -> list[int]:
    """The numbers of the commits that had returned."""
    numbers = []
    with hears, suppress(EOFError):
        while True:
            numbers.append(hears.recv())
    return numbers


def _check(home: Path, said: list[int], start: int) -> int:
    """What was said to be committed is there, and at most one more. Returns the next number."""
    with open_store(home) as store:
        names = [record.urn.name for record in store.stack(NAME).resources()]
    assert names == [f"r{number:06}" for number in range(len(names))]
    last = said[-1] + 1 if said else start
    assert last <= len(names) <= last + 1
    return len(names)


def test_kills_at_random_moments_leave_a_prefix(tmp_path: Path) -> None:
    dice = random.Random(7)
    following = 0
    open_store(tmp_path).close()
    for _ in range(KILLS):
        process, hears = _write(tmp_path, following)
        assert hears.recv() == following, "the lease of the killed one did not hold this one up"
        time.sleep(dice.uniform(0, 0.05))
        process.kill()
        said = [following, *_said(hears)]
        process.join()
        following = _check(tmp_path, said, following)
    assert following > KILLS
    assert_share("writers of the state", KILLS + len(BESIDE))


@pytest.mark.parametrize(("point", "count"), BESIDE)
def test_kills_beside_a_commit_are_exact(tmp_path: Path, point: str, count: int) -> None:
    process, hears = _write(tmp_path, 0, f"{point}:{count}=kill")
    said = _said(hears)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    committed = count if point == "state.commit" else count - 1
    assert said == list(range(count - 1))
    if committed:
        assert _check(tmp_path, said, 0) == committed

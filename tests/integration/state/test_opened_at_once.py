"""Several processes that open one file at the same moment, before it is a database, when it is one, and where some of them are killed."""

import random
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from tests.forks import FORKS
from tests.integration.state import worker
from tests.states import open_store

from virtwright.engine.state import sqlite
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.errors import StateError

OPENERS = 8
ROUNDS = 5


def _at_once(home: Path, *, made: bool, killed: Iterable[int] = ()) -> list[int | None]:
    """How processes ended that open it at the same moment and are not ``killed`` meanwhile. With ``made`` they make the state."""
    tells, ready = FORKS.Pipe(duplex=False)
    go, begin = FORKS.Pipe(duplex=False)
    with tells, ready, go:
        openers: list[ForkServerProcess] = [
            worker.start(worker.open_together, ready, go, made, home) for _ in range(OPENERS)
        ]
        for _ in openers:
            tells.recv()
        begin.close()
        victims = [openers[number] for number in killed]
        for victim in victims:
            victim.kill()
        for opener in openers:
            opener.join()
    return [opener.exitcode for opener in openers if opener not in victims]


def test_a_new_file_is_opened_by_all(tmp_path: Path) -> None:
    for turn in range(ROUNDS):
        assert _at_once(tmp_path / str(turn), made=False) == [0] * OPENERS


def test_a_new_state_is_made_and_opened_by_all(tmp_path: Path) -> None:
    assert _at_once(tmp_path, made=True) == [0] * OPENERS
    assert _at_once(tmp_path, made=True) == [0] * OPENERS, "as one that is there already"


def test_those_that_are_killed_while_they_open_it_keep_nobody_out(tmp_path: Path) -> None:
    dice = random.Random(7)

    def half() -> Iterable[int]:
        time.sleep(dice.uniform(0, 0.004))
        yield from dice.sample(range(OPENERS), OPENERS // 2)

    for turn in range(ROUNDS):
        home = tmp_path / str(turn)
        assert _at_once(home, made=False, killed=half()) == [0] * (OPENERS // 2)
        open_store(home).close()


def test_who_finds_a_new_file_locked_waits_for_it(tmp_path: Path) -> None:
    """Locked as by one who changes it to a log, for which SQLite itself doesn't wait."""
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.2, other.execute, ("ROLLBACK",))
        release.start()
        SqliteBackend(tmp_path / "state.db").connect().close()
        release.join()
    with closing(sqlite3.connect(tmp_path / "state.db")) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_who_waits_for_a_new_file_in_vain_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="another process keeps it locked"):
            open_store(tmp_path)

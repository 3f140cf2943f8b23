"""A real database of states in memory: the statements of the state, each in microseconds."""

import sqlite3
import uuid
from pathlib import Path

from virtwright.engine.state.clock import Clock, Instant
from virtwright.engine.state.database import Database
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.engine.state.tables import TABLES


class FakeClock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = Instant("boot-1", 1000.0)

    def __call__(self) -> Instant:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now = Instant(self.now.epoch, self.now.seconds + seconds)


class MemoryBackend(SqliteBackend):
    """SQLite without a file: lasts as long as its first connection."""

    def __init__(self) -> None:
        self.base = Path("/nowhere/state.db")
        self._uri = f"file:{uuid.uuid4().hex}?mode=memory&cache=shared"
        self._first = self.connect()
        for table in TABLES:
            table.create(self._first)

    def _driver(self) -> sqlite3.Connection:
        driver = sqlite3.connect(self._uri, uri=True, check_same_thread=False, isolation_level=None)
        driver.execute("PRAGMA read_uncommitted = ON")  # in one cache, who reads would wait for who writes
        return driver


def memory_database(clock: Clock) -> Database:
    return Database(MemoryBackend(), clock)

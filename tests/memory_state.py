"""A real database of states in memory: the statements of the state, each in microseconds."""

from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from virtwright.engine.state.clock import Clock, Instant
from virtwright.engine.state.database import Database
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.engine.state.tables import metadata


class FakeClock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = Instant("boot-1", 1000.0)

    def __call__(self) -> Instant:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now = Instant(self.now.epoch, self.now.seconds + seconds)


class MemoryBackend(SqliteBackend):
    """SQLite without a file: all threads share its one connection."""

    def __init__(self) -> None:
        self.base = Path("/nowhere/state.db")
        self.engine = self.reader = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        metadata.create_all(self.engine)


def memory_database(clock: Clock) -> Database:
    return Database(MemoryBackend(), clock)

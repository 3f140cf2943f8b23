"""A connection to the database that holds states: transactions and errors, whatever the database is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from virtwright.engine.state.backend import Backend
from virtwright.engine.state.clock import Clock, Instant, boot_clock
from virtwright.engine.state.sqlite import WRITES, SqliteBackend
from virtwright.errors import StateError

_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgres://")


def open_backend(location: str | Path, home: Path) -> Backend:
    """``location`` is a path or a URL; ``home`` is the folder for what this machine keeps of a database elsewhere.

    Raises ``StateError`` for a database that is not supported or whose driver is not installed.
    """
    text = str(location)
    if text.startswith(_POSTGRESQL):
        from virtwright.engine.state.postgresql import PostgresqlBackend

        return PostgresqlBackend(text, home)
    if "://" in text and not text.startswith(_SQLITE):
        raise StateError(
            f"can't keep states in {text.partition(':')[0]}",
            hint="give the path of a file, or postgresql://USER@SERVER/DATABASE",
        )
    return SqliteBackend(Path(text.removeprefix(_SQLITE)).expanduser().absolute())


class Database:
    """One database. Safe to use from several threads; writes of one process go one after another."""

    def __init__(self, backend: Backend, clock: Clock = boot_clock) -> None:
        """``clock`` tells how long this process may count on its own lease."""
        self.backend = backend
        self.clock = clock
        self._lock = threading.Lock()
        self._writer: Connection | None = None

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return self.backend.place

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and takes no lock. Raises ``StateError``."""
        with self._errors(), self.backend.reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that changes something; committed at the end, undone on an error. With ``alone`` no other one that
        is to be alone runs at the same time: for what is no single stack's.

        Raises ``StateError``.
        """
        with self._lock, self._errors():
            if self._writer is None or self._writer.closed or self._writer.invalidated:
                self._writer = self.backend.engine.connect().execution_options(**{WRITES: True})
            with self._writer.begin():
                self.backend.begin(self._writer, alone=alone)
                yield self._writer

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection outside any transaction. Raises ``StateError``."""
        with self._errors(), self.backend.reader.connect() as connection:
            yield connection

    def instant(self, connection: Connection) -> Instant:
        """The time of leases, as all who share the database have it."""
        return self.backend.instant(connection, self.clock)

    def upsert(self, table: Any) -> Any:
        """Insert, or replace the row with the same primary key."""
        return self.backend.upsert(table)

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self.backend.engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        expected: tuple[type[Exception], ...] = (SQLAlchemyError, *self.backend.errors)
        try:
            yield
        except expected as error:
            raise self.backend.explain(getattr(error, "orig", None) or error) from error

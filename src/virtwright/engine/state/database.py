"""A connection to the database that holds states: transactions and errors, whatever the database is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from virtwright.engine.state.backend import Backend
from virtwright.engine.state.clock import Clock, Instant, boot_clock
from virtwright.engine.state.sql import Connection
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.errors import StateError

_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgres://")
_IDLE: Final = 5
"""Most connections that wait for the next transaction that reads."""


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
    return SqliteBackend(_file_of(text))


def sqlite_file(location: str | Path) -> Path | None:
    """The file of a database that lies in one; None for another."""
    text = str(location)
    return None if "://" in text and not text.startswith(_SQLITE) else _file_of(text)


def _file_of(text: str) -> Path:
    return Path(text.removeprefix(_SQLITE)).expanduser().absolute()


class Database:
    """One database. Safe to use from several threads; writes of one process go one after another."""

    def __init__(self, backend: Backend, clock: Clock = boot_clock) -> None:
        """``clock`` tells how long this process may count on its own lease."""
        self.backend = backend
        self.clock = clock
        self._lock = threading.Lock()
        self._writer: Connection | None = None
        self._idle: list[Connection] = []

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return self.backend.place

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and takes no lock. Raises ``StateError``."""
        with self.connected() as connection, connection.transaction(self.backend.reading):
            yield connection

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that changes something; committed at the end, undone on an error. With ``alone`` no other one that
        is to be alone runs at the same time: for what is no single stack's.

        Raises ``StateError``.
        """
        with self._lock, self.errors():
            writer, self._writer = self._writer or self.backend.connect(), None
            with _closed_on_error(writer), writer.transaction(self.backend.writing):
                self.backend.begin(writer, alone=alone)
                yield writer
            self._writer = writer

    @contextmanager
    def migrate(self) -> Iterator[Any]:
        """As ``write``, alone, on a connection of SQLAlchemy's, and the same one as it is for us."""
        from sqlalchemy.exc import SQLAlchemyError

        with self._lock, self.errors(SQLAlchemyError), self.backend.migrating() as connection:
            self.backend.begin(self.backend.borrowed(connection), alone=True)
            yield connection

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection outside any transaction. Raises ``StateError``."""
        with self.errors():
            connection = self._waiting() or self.backend.connect()
            with _closed_on_error(connection):
                yield connection
            if len(self._idle) < _IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def instant(self, connection: Connection) -> Instant:
        """The time of leases, as all who share the database have it."""
        return self.backend.instant(connection, self.clock)

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def errors(self, *others: type[Exception]) -> Iterator[None]:
        """Explains what the driver raises, and ``others``, by which a library wraps it."""
        expected: tuple[type[Exception], ...] = (*self.backend.errors, *others)
        try:
            yield
        except expected as error:
            raise self.backend.explain(getattr(error, "orig", None) or error) from error

    def _waiting(self) -> Connection | None:
        with suppress(IndexError):  # another thread may take the last one
            while True:
                connection = self._idle.pop()
                if self.backend.answers(connection):
                    return connection
                connection.close()
        return None


@contextmanager
def _closed_on_error(connection: Connection) -> Iterator[None]:
    """It may be in any state then."""
    try:
        yield
    except BaseException:
        connection.close()
        raise

"""A connection to the database that holds states: transactions and errors, whatever the database is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from virtwright.engine.state import sqlite
from virtwright.engine.state.clock import Clock, boot_clock
from virtwright.errors import StateError

_SQLITE_PREFIX: Final = "sqlite:///"


class Database:
    """One database. Safe to use from several threads; writes of one process go one after another."""

    def __init__(self, location: str | Path, clock: Clock = boot_clock) -> None:
        """``location`` is a path or a URL. Raises ``StateError`` for a URL of a database that is not supported."""
        text = str(location)
        if "://" in text and not text.startswith(_SQLITE_PREFIX):
            raise StateError(
                f"can't keep states in {text.partition(':')[0]}", hint="give the path of a file, or sqlite:///PATH"
            )
        self.path = Path(text.removeprefix(_SQLITE_PREFIX)).expanduser().absolute()
        self.clock = clock
        self._lock = threading.Lock()
        self._writer: Connection | None = None
        self.engine: Engine = sqlite.open_engine(self.path)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and takes no lock. Raises ``StateError``."""
        with self._errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning; committed at the end, undone on an error.

        Raises ``StateError``.
        """
        with self._lock, self._errors():
            if self._writer is None or self._writer.closed or self._writer.invalidated:
                self._writer = self.engine.connect().execution_options(**{sqlite.WRITES: True})
            with self._writer.begin():
                yield self._writer

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection outside any transaction. Raises ``StateError``."""
        with self._errors(), self.engine.connect() as connection:
            yield connection

    def upsert(self, table: Any) -> Any:
        """Insert, or replace the row with the same primary key."""
        return sqlite.upsert(table)

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self.engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, *sqlite.DRIVER_ERRORS) as error:
            raise sqlite.explain(getattr(error, "orig", None) or error, self.path) from error

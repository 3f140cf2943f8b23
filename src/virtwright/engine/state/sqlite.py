"""Everything that is special about SQLite: files and their modes, pragmas, locking, its error codes, backups."""

import os
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from virtwright.engine.state.clock import Clock, Instant
from virtwright.engine.state.paths import backups_beside
from virtwright.engine.state.sql import Connection
from virtwright.errors import StateError, Where

DRIVER_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""A damaged name of a table or column can reach an error message, which the driver then fails to decode."""
_BUSY_SECONDS: Final = 15.0
_FULL: Final = ("the disk is full", "free some space and run the command again; what was committed is safe")
_HINTS: Final = {
    "FULL": _FULL,
    "IOERR_SHMSIZE": _FULL,  # no room for the index of the log, which is made when the database is opened
    "READONLY": ("it is read-only", "make the file and its folder writable, or set VIRTWRIGHT_HOME to another folder"),
    "BUSY": ("another process keeps it locked", "wait for that process, or end it, then run the command again"),
    "LOCKED": ("another process keeps it locked", "wait for that process, or end it, then run the command again"),
    "PROTOCOL": (
        "other processes keep locking it",
        "run the command again",
    ),  # https://sqlite.org/rescode.html#protocol
    "PERM": ("access is denied", "make the file and its folder readable and writable for this user"),
    "CANTOPEN": ("it can't be opened", "check that its folder exists and is writable"),
    "IOERR": ("the disk reports an error", "check the disk, then restore the newest backup if the file is damaged"),
}


class SqliteBackend:
    """A database in one file, of one machine."""

    errors = DRIVER_ERRORS
    exposure = ""
    suffix = ".db"
    reading = "BEGIN"
    writing = "BEGIN IMMEDIATE"
    """Takes the lock of the one writer at once, instead of failing later."""

    def __init__(self, path: Path) -> None:
        """Raises ``StateError`` where the file can't be made."""
        self.base = path
        self._read_only = _is_read_only(path)
        if not self._read_only:
            _make_private(path)
        self._uri = _uri(path, self._read_only)

    @property
    def place(self) -> str:
        return str(self.base)

    def connect(self) -> Connection:
        return Connection(self._driver())

    def answers(self, connection: Connection) -> bool:
        return True

    @contextmanager
    def migrating(self) -> Iterator[Any]:
        from sqlalchemy import NullPool, create_engine, event

        engine = create_engine("sqlite://", creator=self._driver, poolclass=NullPool)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(self.writing))
        with engine.begin() as connection:
            yield connection

    def borrowed(self, connection: Any) -> Connection:
        return Connection(connection.connection.driver_connection)

    def begin(self, connection: Connection, *, alone: bool) -> None:
        """SQLite has one writer at a time; the lock is taken when the transaction begins."""

    def instant(self, connection: Connection, clock: Clock) -> Instant:
        return clock()

    def table_names(self, connection: Connection) -> Collection[str]:
        names = connection.column("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for name in names if not str(name).startswith("sqlite_")]

    def explain(self, error: BaseException | None) -> StateError:
        return _explain(error, self.base)

    def copy(self, connection: Connection, target: Path, *, stack: str | None, check: bool) -> None:
        _back_up(connection.driver, target, check=check)

    def _driver(self) -> sqlite3.Connection:
        """Its transactions are begun and ended by statements alone, not by the driver."""
        driver = sqlite3.connect(
            self._uri, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        try:
            driver.execute("PRAGMA foreign_keys = ON")
            if not self._read_only:
                _write_ahead(driver)
                driver.execute("PRAGMA synchronous = FULL")
        except BaseException:
            driver.close()
            raise
        return driver


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Keep a write-ahead log, as the file then does for all who open it.

    Of several processes that open a new file one changes it. The others hold a lock that the change has to wait for, and SQLite refuses them at once, whatever the
    timeout, since two that wait for each other would wait for ever. They wait here until nobody writes, holding nothing, and ask again.
    """
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            driver.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        driver.execute("BEGIN IMMEDIATE")
        driver.execute("ROLLBACK")


def _explain(error: BaseException | None, path: Path) -> StateError:
    """A driver's error as one that says what to do."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for code, (what, hint) in _HINTS.items():
        if name.startswith(f"SQLITE_{code}"):
            return StateError(f"can't use the state database: {what}", where=Where(file=str(path)), hint=hint)
    return StateError(
        f"the state database is damaged: {error}",
        where=Where(file=str(path)),
        hint=f"restore the newest backup from {backups_beside(path)}:\n"
        f"    rm -f {path}-wal {path}-shm && cp {backups_beside(path)}/NEWEST {path}\n"
        "or move the file away and rebuild the state from the hosts:\n    virtwright state recover",
    )


def _back_up(source: sqlite3.Connection, target: Path, *, check: bool = True) -> None:
    """Copy the database to ``target``, whole or not at all, after checking that it is sound.

    Raises what the driver raises.
    """
    verdict = source.execute("PRAGMA quick_check(1)").fetchone()[0] if check else "ok"
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    draft = target.with_name(f".{target.name}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        copy = sqlite3.connect(draft)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # a single file, whole in itself
        finally:
            copy.close()
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _is_read_only(path: Path) -> bool:
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _uri(path: Path, read_only: bool) -> str:
    """A database on a read-only file system can be read only where no log of unfinished writes lies beside it."""
    if not read_only:
        return path.as_uri()
    log = Path(f"{path}-wal")
    return f"{path.as_uri()}?mode=ro" + ("" if log.exists() and log.stat().st_size else "&immutable=1")


def _make_private(path: Path) -> None:
    """SQLite gives its log files the mode of the database file."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StateError(
            f"can't create the state database: {error.strerror}",
            where=Where(file=str(path)),
            hint="choose another folder:\n    export VIRTWRIGHT_HOME=/a/folder/you/can/write",
        ) from error

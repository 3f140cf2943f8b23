"""What a driver's error is said to be."""

import sqlite3
from pathlib import Path

import pytest

from virtwright.engine.state.sqlite import SqliteBackend


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_FULL", "the disk is full"),
        ("SQLITE_IOERR_SHMSIZE", "the disk is full"),
        ("SQLITE_READONLY_DBMOVED", "it is read-only"),
        ("SQLITE_BUSY", "another process keeps it locked"),
        ("SQLITE_BUSY_SNAPSHOT", "another process keeps it locked"),
        ("SQLITE_LOCKED", "another process keeps it locked"),
        ("SQLITE_PROTOCOL", "other processes keep locking it"),
        ("SQLITE_PERM", "access is denied"),
        ("SQLITE_CANTOPEN_ISDIR", "it can't be opened"),
        ("SQLITE_IOERR_READ", "the disk reports an error"),
    ],
)
def test_it_is_told_by_its_code(tmp_path: Path, name: str, told: str) -> None:
    error = sqlite3.OperationalError("no more than this")
    error.sqlite_errorname = name
    (problem,) = SqliteBackend(tmp_path / "state.db").explain(error).problems
    assert (problem.message, problem.where.file) == (
        f"can't use the state database: {told}",
        str(tmp_path / "state.db"),
    )

"""Automatic backups: before a run changes a stack, the database is copied and the oldest copies are dropped."""

import re
from pathlib import Path
from typing import Final

from virtwright.engine.state import sqlite
from virtwright.engine.state.database import Database
from virtwright.errors import StateError, Where
from virtwright.stacks.base import StackName

KEPT: Final = 5
"""Backups of each stack."""


def back_up(database: Database, stack: StackName, serial: int) -> Path | None:
    """Copy the database, checked to be sound, unless this serial has its copy already. None for an empty state.

    Raises ``StateError`` where the database is damaged or the copy can't be written.
    """
    if serial == 0:
        return None
    folder = sqlite.backup_folder(database.path)
    prefix = re.sub(r"[^A-Za-z0-9._-]", "_", f"{stack.project}.{stack.stack}")
    target = folder / f"{prefix}-{serial:09d}.db"
    if target.exists():
        return target
    _copy(database, target)
    pattern = re.compile(re.escape(prefix) + r"-\d{9}\.db")
    copies = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    for old in copies[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


def back_up_before(database: Database, version: int) -> Path:
    """Copy the database before its tables are brought to ``version``. Such a copy is never dropped."""
    target = sqlite.backup_folder(database.path) / f"before-version-{version}.db"
    _copy(database, target)
    return target


def set_aside(database: Database, uid: str) -> Path:
    """Copy the database, damaged as it may be, before the stack ``uid`` is emptied. Such a copy is never dropped."""
    target = sqlite.backup_folder(database.path) / f"set-aside-{uid}.db"
    _copy(database, target, check=False)
    return target


def _copy(database: Database, target: Path, *, check: bool = True) -> None:
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with database.connected() as connection:
            sqlite.back_up(connection, target, check=check)
    except OSError as error:
        raise StateError(
            f"can't write a backup of the state: {error.strerror}",
            where=Where(file=str(target)),
            hint="free some space, or make the folder writable, and run the command again",
        ) from error

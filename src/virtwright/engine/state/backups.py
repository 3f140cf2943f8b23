"""Automatic backups: before a run changes a stack, the database is copied and the oldest copies are dropped."""

import re
from pathlib import Path
from typing import Final

from virtwright.engine.state.database import Database
from virtwright.engine.state.paths import backups_beside
from virtwright.errors import StateError, Where
from virtwright.stacks.base import StackName

KEPT: Final = 5
"""Backups of each stack."""


def back_up(database: Database, uid: str, stack: StackName, serial: int) -> Path | None:
    """Copy the database, checked to be sound, unless this serial has its copy already. None for an empty state.

    Raises ``StateError`` where the database is damaged or the copy can't be written.
    """
    if serial == 0:
        return None
    folder = backups_beside(database.backend.base)
    suffix = database.backend.suffix
    prefix = re.sub(r"[^A-Za-z0-9._-]", "_", f"{stack.project}.{stack.stack}")
    target = folder / f"{prefix}-{serial:09d}{suffix}"
    if target.exists():
        return target
    _copy(database, target, stack=uid)
    pattern = re.compile(re.escape(prefix) + r"-\d{9}" + re.escape(suffix))
    copies = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    for old in copies[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


def back_up_before(database: Database, version: str) -> Path:
    """Copy the database before its tables are brought to ``version``. Such a copy is never dropped."""
    target = _backup(database, f"before-version-{version}")
    _copy(database, target)
    return target


def set_aside(database: Database, uid: str) -> Path:
    """Copy the database, damaged as it may be, before the stack ``uid`` is emptied. Such a copy is never dropped."""
    target = _backup(database, f"set-aside-{uid}")
    _copy(database, target, stack=uid, check=False)
    return target


def _backup(database: Database, name: str) -> Path:
    return backups_beside(database.backend.base) / f"{name}{database.backend.suffix}"


def _copy(database: Database, target: Path, *, stack: str | None = None, check: bool = True) -> None:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with database.connected() as connection:
            database.backend.copy(connection, target, stack=stack, check=check)
    except OSError as error:
        raise StateError(
            f"can't write a backup of the state: {error.strerror}",
            where=Where(file=str(target)),
            hint="free some space, or make the folder writable, and run the command again",
        ) from error

"""The version of the tables in a database: stamped when they are made, checked and raised when it is opened."""

import re
from collections.abc import Callable
from typing import Any, Final

from virtwright.engine.state import tables
from virtwright.engine.state.backups import back_up_before
from virtwright.engine.state.database import Database
from virtwright.engine.state.sql import Connection
from virtwright.errors import StateError, Where

Upgrade = Callable[[Any, str], None]
"""Gets SQLAlchemy's connection, and the version to reach."""
_BEFORE_ALEMBIC: Final = "virtwright_version"
"""The table that held the version, as a number, in the first databases."""


def upgrade(connection: Any, goal: str) -> None:
    """Run Alembic's revisions in the transaction of ``connection``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "virtwright.engine.state:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, goal)


def prepare(database: Database, upgrade: Upgrade = upgrade, goal: str = tables.VERSION, *, make: bool = True) -> bool:
    """Make the tables, or bring them to this version. Returns whether there are any: without ``make`` a database that is empty
    stays so.

    Raises ``StateError``, with nothing changed, for a newer version and for a database of something else.
    """
    with database.read() as connection:
        found = _version(connection, database, goal)
    if found is None:
        if not make:
            return False
        found = _make(database, goal)
    if found == goal:
        return True
    back_up_before(database, goal)
    with database.migrate() as connection:
        below = database.backend.borrowed(connection)
        found = _version(below, database, goal)
        if found is not None and found < goal:
            _hand_over_to_alembic(below, database, found)
            upgrade(connection, goal)
    return True


def _make(database: Database, goal: str) -> str:
    """Make the tables, unless somebody else was faster. Returns their version."""
    with database.write(alone=True) as connection:
        found = _version(connection, database, goal)
        if found is None:
            for table in tables.TABLES:
                table.create(connection)
            connection.change(tables.VERSION_TABLE.insert, version_num=goal)
    return found or goal


def _hand_over_to_alembic(connection: Connection, database: Database, found: str) -> None:
    if _BEFORE_ALEMBIC in database.backend.table_names(connection):
        tables.VERSION_TABLE.create(connection)
        connection.change(tables.VERSION_TABLE.insert, version_num=found)
        connection.change(f"DROP TABLE {_BEFORE_ALEMBIC}")


def _version(connection: Connection, database: Database, goal: str) -> str | None:
    """None where the database is empty."""
    names = database.backend.table_names(connection)
    where = Where(file=database.place)
    if not names:
        return None
    if tables.VERSION_TABLE.name in names:
        found = connection.value(tables.VERSION_TABLE.select)
    elif _BEFORE_ALEMBIC in names:
        number = connection.value(f"SELECT version FROM {_BEFORE_ALEMBIC}")
        found = f"{number:04d}" if isinstance(number, int) else None
    else:
        raise StateError("this database belongs to another program", where=where, hint="give another file")
    if not isinstance(found, str) or not re.fullmatch("[0-9]{4}", found) or found == "0000":
        raise StateError(
            "the state database is damaged: it has no version", where=where, hint="restore the newest backup"
        )
    if found > goal:
        raise StateError(
            f"the state was written by a newer virtwright (version {int(found)} of its tables; this one knows"
            f" {int(goal)})",
            where=where,
            hint="upgrade virtwright:\n    pip install --upgrade virtwright",
        )
    return found

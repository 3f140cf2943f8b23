"""The version of the tables in a database: stamped when they are made, checked and raised when it is opened."""

import re
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from virtwright.engine.state import tables
from virtwright.engine.state.backups import back_up_before
from virtwright.engine.state.database import Database
from virtwright.errors import StateError, Where

Upgrade = Callable[[Connection, str], None]
_BEFORE_ALEMBIC: Final = "virtwright_version"
"""The table that held the version, as a number, in the first databases."""


def upgrade(connection: Connection, goal: str) -> None:
    """Run Alembic's revisions in the transaction of ``connection``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "virtwright.engine.state:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, goal)


def prepare(database: Database, upgrade: Upgrade = upgrade, goal: str = tables.VERSION) -> None:
    """Make the tables, or bring them to this version.

    Raises ``StateError``, with nothing changed, for a newer version and for a database of something else.
    """
    with database.read() as connection:
        found = _version(connection, database, goal)
    if found == goal:
        return
    if found is not None:
        back_up_before(database, goal)
    with database.write(alone=True) as connection:
        found = _version(connection, database, goal)
        if found is None:
            tables.metadata.create_all(connection)
            connection.execute(tables.version.insert(), {"version_num": goal})
        elif found < goal:
            _hand_over_to_alembic(connection, found)
            upgrade(connection, goal)


def _hand_over_to_alembic(connection: Connection, found: str) -> None:
    if _BEFORE_ALEMBIC in inspect(connection).get_table_names():
        tables.version.create(connection)
        connection.execute(tables.version.insert(), {"version_num": found})
        connection.execute(text(f"DROP TABLE {_BEFORE_ALEMBIC}"))


def _version(connection: Connection, database: Database, goal: str) -> str | None:
    """None where the database is empty."""
    names = inspect(connection).get_table_names()
    where = Where(file=database.place)
    if not names:
        return None
    if tables.version.name in names:
        found = connection.execute(select(tables.version.c.version_num)).scalar()
    elif _BEFORE_ALEMBIC in names:
        number = connection.execute(text(f"SELECT version FROM {_BEFORE_ALEMBIC}")).scalar()
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

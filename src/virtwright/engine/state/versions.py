"""The version of the tables in a database: stamped when they are made, checked and raised when it is opened."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from virtwright.engine.state import tables
from virtwright.engine.state.backups import back_up_before
from virtwright.engine.state.database import Database
from virtwright.errors import StateError, Where

Migration = Callable[[Connection], None]


def _add_traits(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE resource ADD COLUMN traits TEXT"))


MIGRATIONS: Final[Mapping[int, Migration]] = {1: _add_traits}
"""By the version each starts from; it leads to the next one. All run in one transaction."""


def prepare(database: Database, migrations: Mapping[int, Migration] = MIGRATIONS, goal: int = tables.VERSION) -> None:
    """Make the tables, or bring them to this version.

    Raises ``StateError``, with nothing changed, for a newer version and for a database of something else.
    """
    with database.read() as connection:
        found = _version(connection, database, goal)
    if found == goal:
        return
    if found is not None:
        back_up_before(database, goal)
    with database.write() as connection:
        found = _version(connection, database, goal)
        if found is None:
            tables.metadata.create_all(connection)
            connection.execute(tables.version.insert(), {"version": goal})
        elif found < goal:
            _migrate(connection, migrations, found, goal)


def _migrate(connection: Connection, migrations: Mapping[int, Migration], found: int, goal: int) -> None:
    for step in range(found, goal):
        migrations[step](connection)
    connection.execute(tables.version.update().values(version=goal))


def _version(connection: Connection, database: Database, goal: int) -> int | None:
    """None where the database is empty."""
    names = inspect(connection).get_table_names()
    where = Where(file=str(database.path))
    if tables.version.name not in names:
        if names:
            raise StateError("this database belongs to another program", where=where, hint="give another file")
        return None
    found = connection.execute(select(tables.version.c.version)).scalar()
    if not isinstance(found, int) or found < 1:
        raise StateError(
            "the state database is damaged: it has no version", where=where, hint="restore the newest backup"
        )
    if found > goal:
        raise StateError(
            f"the state was written by a newer virtwright (version {found} of its tables; this one knows {goal})",
            where=where,
            hint="upgrade virtwright:\n    pip install --upgrade virtwright",
        )
    return found

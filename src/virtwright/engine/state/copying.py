"""Copying a stack from one database to another, with all that it has: resources, intents, history, encrypted secrets."""

from typing import Final

from virtwright.engine.state import tables
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.sql import Connection, Row
from virtwright.engine.state.store import StateStore
from virtwright.engine.state.tables import Table, booleans
from virtwright.errors import LeaseLostError, RefusedError, StateError
from virtwright.stacks.base import StackName

_OF_A_STACK: Final = (tables.STACK, tables.RESOURCE, tables.OPERATION, tables.RUN, tables.LEASE)


def copy_stack(source: StateStore, target: StateStore, name: StackName, lease: Lease) -> int:
    """Copy the stack row by row, under its lease in ``source``; returns how many resources it has. Rows are copied as they
    are: their checksums hold in the new place, and their secrets stay encrypted with the same key.

    Raises ``RefusedError`` where ``target`` has the stack already, and ``StateError`` where the state is damaged.
    """
    lease.check()
    state = source.stack(name)
    records = state.resources(), state.open_operations()  # reading them checks them
    with source.database.read() as connection:
        rows = [(table, _rows(connection, table, state.uid)) for table in _OF_A_STACK]
    with target.database.write(alone=True) as connection:
        _refuse_if_there(connection, name, target.place)
        for table, found in rows:
            if found:
                connection.change_all(table.insert, [_freed(row) if table is tables.LEASE else row for row in found])
    copied = target.stack(name)
    if (copied.resources(), copied.open_operations()) != records:
        raise StateError(f"the copy of {name.short} in {target.place} is not what was copied; it must not be used")
    if lease.lost.is_set():
        raise LeaseLostError(f"the lease of {name.short} was lost while it was copied: the copy may be old already")
    return len(records[0])


def _rows(connection: Connection, table: Table, uid: str) -> list[Row]:
    """As every database takes them: PostgreSQL takes no number for a truth value."""
    column, truths = "uid" if table is tables.STACK else "stack", booleans(table)
    found = connection.rows(f"{table.select} WHERE {column} = :uid", uid=uid)
    return [{name: bool(value) if name in truths else value for name, value in row.items()} for row in found]


def _freed(lease: Row) -> Row:
    """Nobody holds the copy; its token is that of the original, and only grows."""
    return {**lease, "holder": None, "process": "", "epoch": "", "expires": 0.0}


def _refuse_if_there(connection: Connection, name: StackName, place: str) -> None:
    query = "SELECT uid FROM stack WHERE project = :project AND name = :name"
    if connection.value(query, project=name.project, name=name.stack) is not None:
        raise RefusedError(
            f"{place} has a stack {name.short} already",
            hint="copy to another place, or let go of that one first:\n    virtwright state forget",
        )

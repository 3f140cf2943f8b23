"""The store: all stacks of one database."""

import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from virtwright.engine.state import lease as leases
from virtwright.engine.state import tables
from virtwright.engine.state.backups import set_aside
from virtwright.engine.state.clock import Clock, boot_clock
from virtwright.engine.state.database import Database, open_backend, sqlite_file
from virtwright.engine.state.empty import missing
from virtwright.engine.state.identity import identity_of, is_identity, new_identity
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.rows import damaged, stack_checksum
from virtwright.engine.state.serials import SerialMarks
from virtwright.engine.state.sql import Connection
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.versions import prepare
from virtwright.errors import LeaseLostError, StateError
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys

FILE_NAME: Final = "state.db"
_HELD: Final = "SELECT 1 FROM lease WHERE stack = :uid AND token = :token AND holder IS NOT NULL"
_HOLDS_SOMETHING: Final = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM resource WHERE stack = :uid)
        OR EXISTS (SELECT 1 FROM operation WHERE stack = :uid AND finished IS NULL)
"""


class StateStore:
    """Use it as a context manager, or close it."""

    def __init__(self, location: str | Path, keys: Keys, clock: Clock) -> None:
        self._location = location
        self._keys = keys
        self._clock = clock
        self._opened: Database | None = None
        self._made = False

    @classmethod
    def open(cls, location: str | Path | None, keys: Keys, *, clock: Clock = boot_clock) -> "StateStore":
        """``location`` is a path or URL; None is ``state.db`` in the state folder. Where it is missing it is made when something is
        written: what only reads makes nothing, at a mistyped place either.

        Raises ``StateError`` where it can't be read, is damaged, or was written by a newer virtwright.
        """
        store = cls(keys.home / FILE_NAME if location is None else location, keys, clock)
        try:
            store._look()
        except BaseException:
            store.close()
            raise
        return store

    def _look(self) -> bool:
        """Whether there is anything to read."""
        if not self._made and not self._is_missing():
            self._made = prepare(self._connected(), make=False)
        return self._made

    def _is_missing(self) -> bool:
        """Whether there is no file: it would be made by being opened."""
        file = sqlite_file(self._location)
        return self._opened is None and file is not None and not file.exists()

    def _connected(self) -> Database:
        if self._opened is None:
            self._opened = Database(open_backend(self._location, self._keys.home), self._clock)
        return self._opened

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def place(self) -> str:
        """The database, for messages."""
        return str(sqlite_file(self._location)) if self._is_missing() else self._connected().place

    @property
    def exposure(self) -> str:
        """A warning of what an attacker on the way to the database could do; empty where nothing is to be said."""
        return "" if self._is_missing() else self._connected().backend.exposure

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written to it."""
        return not self._look()

    @property
    def database(self) -> Database:
        """To be written to: it is made where it is missing."""
        database = self._connected()
        if not self._made:
            self._made = prepare(database)
        return database

    @property
    def keys(self) -> Keys:
        return self._keys

    def stacks(self) -> list[StackName]:
        if self.is_new:
            return []
        with self.database.read() as connection:
            return self._names(connection)

    def stack(self, name: StackName, *, create: bool = False) -> StackState:
        """Raises ``StateError`` where there is no such stack and it is not to be created."""
        if self.is_new and not create:
            raise missing(name, [])
        with self.database.read() as connection:
            uid, names = self._uid(connection, name), self._names(connection)
        if uid is None and create:
            with self.database.write(alone=True) as connection:
                uid = self._uid(connection, name) or self._create(connection, name)
        if uid is None:
            raise missing(name, names)
        return StackState(self.database, self._keys, name, uid)

    def delete_stack(self, name: StackName, lease: Lease) -> None:
        """Raises ``StateError`` where it still holds resources or open operations, ``LeaseLostError`` without a lease."""
        with self.database.write() as connection:
            uid = self._uid(connection, name)
            if uid is None:
                raise missing(name, self._names(connection))
            if lease.uid != uid or not connection.value(_HELD, uid=uid, token=lease.token):
                raise LeaseLostError(f"this process no longer holds the lease of {name.short}")
            if connection.value(_HOLDS_SOMETHING, uid=uid):
                raise StateError(
                    f"the stack {name.short} is not empty",
                    hint="destroy its resources first:\n    virtwright destroy",
                )
            self._drop(connection, uid)
        SerialMarks(self.database.backend.base).remove(uid)

    def reset_stack(self, name: StackName) -> StackState:
        """Recreate the stack, empty, whatever its damage: the way to rebuild it from its hosts. Its identity stays.

        The database is copied to the backups first. Raises ``LeaseHeldError`` while somebody changes the stack, and
        ``StateError`` where the file itself can't be read.
        """
        with self.database.read() as connection:
            uid = self._uid(connection, name)
            identity = self._identity(connection, uid)
        if uid is not None:
            leases.refuse_if_held(self.database, uid, name.short)
            set_aside(self.database, uid)
        with self.database.write(alone=True) as connection:
            if uid is not None:
                self._drop(connection, uid)
            new = self._create(connection, name, identity)
        return StackState(self.database, self._keys, name, new)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _names(self, connection: Connection) -> list[StackName]:
        names = []
        for row in connection.rows("SELECT project, name FROM stack ORDER BY project, name"):
            project, name = row["project"], row["name"]
            if not isinstance(project, str) or not isinstance(name, str):
                raise damaged("the name of a stack can't be read", None)
            names.append(StackName(project, name))
        return names

    def _uid(self, connection: Connection, name: StackName) -> str | None:
        query = "SELECT uid FROM stack WHERE project = :project AND name = :name"
        uid: str | None = connection.value(query, project=name.project, name=name.stack)
        return uid

    def _identity(self, connection: Connection, uid: str | None) -> str | None:
        """Where it can be read: the row may be damaged."""
        row = connection.row("SELECT uid, identity FROM stack WHERE uid = :uid", uid=uid) if uid is not None else None
        identity = identity_of(row) if row is not None else None
        return identity if is_identity(identity) else None

    def _drop(self, connection: Connection, uid: str) -> None:
        for table in (tables.RESOURCE, tables.OPERATION, tables.RUN, tables.LEASE):
            connection.change(f"DELETE FROM {table.name} WHERE stack = :uid", uid=uid)
        connection.change("DELETE FROM stack WHERE uid = :uid", uid=uid)

    def _create(self, connection: Connection, name: StackName, identity: str | None = None) -> str:
        uid = uuid.uuid4().hex
        row: dict[str, Any] = {
            "uid": uid,
            "project": name.project,
            "name": name.stack,
            "serial": 0,
            "salt": None,
            "outputs": "{}",
            "resources": 0,
            "operations": 0,
            "identity": identity or new_identity(),
            "source": None,
        }
        connection.change(tables.STACK.insert, **row, checksum=stack_checksum(row))
        free = {"token": 0, "process": "", "epoch": "", "acquired": "", "expires": 0.0, "ttl": 0.0}
        connection.change(tables.LEASE.insert, stack=uid, holder=None, **free)
        return uid

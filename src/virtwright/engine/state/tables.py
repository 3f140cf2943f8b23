"""The tables. Types and statements are those that SQLite and PostgreSQL share."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from virtwright.engine.state.sql import Connection
from virtwright.lazy_dataclasses import dataclass

VERSION: Final = "0004"
"""Of the tables below: the newest revision in ``migrations/versions``, to which a change of them adds one."""
_KEY: Final = "VARCHAR PRIMARY KEY NOT NULL"
_NAME: Final = "VARCHAR NOT NULL"
_TEXT: Final = "TEXT NOT NULL"
_NUMBER: Final = "BIGINT NOT NULL"
_BOOLEAN: Final = "BOOLEAN NOT NULL"
_SECONDS: Final = "DOUBLE PRECISION NOT NULL"
_OF_STACK: Final = "VARCHAR NOT NULL REFERENCES stack (uid)"


@dataclass(frozen=True, slots=True)
class Table:
    """One table, and the statements that are the same for all."""

    name: str
    columns: Mapping[str, str]
    """By name, each with its type and constraints. The first is the primary key."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """By name: which columns of which rows."""
    unique: frozenset[str] = frozenset()
    """The names of indexes that admit nothing twice."""

    @property
    def key(self) -> str:
        return next(iter(self.columns))

    @property
    def select(self) -> str:
        """A query of all columns, to be narrowed down."""
        return f"SELECT {_listed(self)} FROM {self.name}"

    @property
    def insert(self) -> str:
        """Add one row."""
        values = ", ".join(f":{name}" for name in self.columns)
        return f"INSERT INTO {self.name} ({_listed(self)}) VALUES ({values})"

    @property
    def upsert(self) -> str:
        """Add one row, or replace the one with the same primary key unless it belongs to another stack."""
        names = map(_quoted, list(self.columns)[1:])
        values = ", ".join(f"{name} = excluded.{name}" for name in names)
        return f"{self.insert} ON CONFLICT ({self.key}) DO UPDATE SET {values} WHERE {self.name}.stack = excluded.stack"

    def create(self, connection: Connection) -> None:
        """Make it, in the transaction that is under way."""
        columns = ", ".join(f"{_quoted(name)} {declared}" for name, declared in self.columns.items())
        connection.change(f"CREATE TABLE {self.name} ({columns})")
        for name, which in self.indexes.items():
            kind = "UNIQUE INDEX" if name in self.unique else "INDEX"
            connection.change(f"CREATE {kind} {name} ON {self.name} {which}")


def _listed(table: Table) -> str:
    return ", ".join(map(_quoted, table.columns))


def _quoted(name: str) -> str:
    """A word of SQL's own in quotation marks. No other name: SQLite takes one that it doesn't know for a text then."""
    return f'"{name}"' if name == "references" else name


VERSION_TABLE: Final = Table("alembic_version", {"version_num": "VARCHAR(32) PRIMARY KEY NOT NULL"})
"""Alembic's own."""

STACK: Final = Table(
    "stack",
    {
        "uid": _KEY,
        "project": _NAME,
        "name": _NAME,
        "serial": _NUMBER,
        "salt": "TEXT",
        "outputs": _TEXT,
        "resources": _NUMBER,
        "operations": _NUMBER,
        "identity": "TEXT",
        "source": "TEXT",
        "checksum": _NUMBER,
    },
    {"stack_by_name": "(project, name)"},
    frozenset({"stack_by_name"}),
)
"""``resources`` and ``operations`` are digests: sums over the checksums of its resources and of its open operations.
``identity`` is NULL in rows from before there were any (``identity.py``). ``source`` is where the last apply had the stack's file
(``virtwright.stacks.source``), NULL where that is not known."""

RESOURCE: Final = Table(
    "resource",
    {
        "row": _KEY,
        "stack": _OF_STACK,
        "urn": _TEXT,
        "kind": _NAME,
        "host": "TEXT",
        "id": "TEXT",
        "inputs": _TEXT,
        "outputs": _TEXT,
        "dependencies": _TEXT,
        "references": _TEXT,
        "protect": _BOOLEAN,
        "retain_on_delete": _BOOLEAN,
        "created": _NAME,
        "modified": _NAME,
        "doomed": _BOOLEAN,
        "pending_replacement": _BOOLEAN,
        "inputs_hash": _NAME,
        "traits": "TEXT",
        "checksum": _NUMBER,
    },
    {"ix_resource_stack": "(stack)"},
)

OPERATION: Final = Table(
    "operation",
    {
        "id": _KEY,
        "stack": _OF_STACK,
        "run": _NAME,
        "urn": _TEXT,
        "op": _NAME,
        "started": _NAME,
        "details": "TEXT",
        "checksum": "BIGINT",
        "finished": "VARCHAR",
        "outcome": "VARCHAR",
    },
    {"operation_open": "(stack) WHERE finished IS NULL", "operation_by_run": "(stack, run)"},
)
"""Open while ``finished`` is NULL. ``details`` is all else that an intent says; it is dropped when the operation ends. Where
``outcome`` is ``gone`` it is the id of the object that the operation made, which the state has had and has no more."""

RUN: Final = Table(
    "run",
    {
        "id": _KEY,
        "stack": _OF_STACK,
        "command": _NAME,
        "started": _NAME,
        "finished": "VARCHAR",
        "result": "VARCHAR",
        "summary": _TEXT,
        "message": "TEXT",
        "who": _TEXT,
    },
    {"ix_run_stack": "(stack)"},
)

LEASE: Final = Table(
    "lease",
    {
        "stack": "VARCHAR PRIMARY KEY NOT NULL REFERENCES stack (uid)",
        "token": _NUMBER,
        "holder": "TEXT",
        "process": _TEXT,
        "epoch": _TEXT,
        "acquired": _NAME,
        "expires": _SECONDS,
        "ttl": _SECONDS,
    },
)
"""One row for each stack, kept after a release, so that the token only ever grows. ``holder`` NULL: nobody holds it."""

TABLES: Final = (VERSION_TABLE, STACK, RESOURCE, OPERATION, RUN, LEASE)
"""Each after those that it refers to."""


def booleans(table: Table) -> frozenset[str]:
    """The columns of truth values, which SQLite gives as numbers."""
    return frozenset(name for name, declared in table.columns.items() if declared == _BOOLEAN)

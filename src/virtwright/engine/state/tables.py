"""The tables. Types and statements are those that SQLite and PostgreSQL share."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    text,
)

VERSION: Final = "0002"
"""Of the tables below: the newest revision in ``migrations/versions``, to which a change of them adds one."""

metadata = MetaData()

version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))
"""Alembic's own."""


stack = Table(
    "stack",
    metadata,
    Column("uid", String, primary_key=True),
    Column("project", String, nullable=False),
    Column("name", String, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("salt", Text),
    Column("outputs", Text, nullable=False),
    Column("resources", BigInteger, nullable=False),
    Column("operations", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Index("stack_by_name", "project", "name", unique=True),
)
"""``resources`` and ``operations`` are digests: sums over the checksums of its resources and of its open operations."""

resource = Table(
    "resource",
    metadata,
    Column("row", String, primary_key=True),
    Column("stack", String, ForeignKey("stack.uid"), nullable=False, index=True),
    Column("urn", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("host", Text),
    Column("id", Text),
    Column("inputs", Text, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("dependencies", Text, nullable=False),
    Column("references", Text, nullable=False),
    Column("protect", Boolean, nullable=False),
    Column("retain_on_delete", Boolean, nullable=False),
    Column("created", String, nullable=False),
    Column("modified", String, nullable=False),
    Column("doomed", Boolean, nullable=False),
    Column("pending_replacement", Boolean, nullable=False),
    Column("inputs_hash", String, nullable=False),
    Column("traits", Text),
    Column("checksum", BigInteger, nullable=False),
)

operation = Table(
    "operation",
    metadata,
    Column("id", String, primary_key=True),
    Column("stack", String, ForeignKey("stack.uid"), nullable=False),
    Column("run", String, nullable=False),
    Column("urn", Text, nullable=False),
    Column("op", String, nullable=False),
    Column("started", String, nullable=False),
    Column("details", Text),
    Column("checksum", BigInteger),
    Column("finished", String),
    Column("outcome", String),
    Index("operation_open", "stack", sqlite_where=text("finished IS NULL")),
    Index("operation_by_run", "stack", "run"),
)
"""Open while ``finished`` is NULL. ``details`` is all else that an intent says; it is dropped when the operation ends."""

run = Table(
    "run",
    metadata,
    Column("id", String, primary_key=True),
    Column("stack", String, ForeignKey("stack.uid"), nullable=False, index=True),
    Column("command", String, nullable=False),
    Column("started", String, nullable=False),
    Column("finished", String),
    Column("result", String),
    Column("summary", Text, nullable=False),
    Column("message", Text),
    Column("who", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("stack", String, ForeignKey("stack.uid"), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", Text),
    Column("process", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("acquired", String, nullable=False),
    Column("expires", Double, nullable=False),
    Column("ttl", Double, nullable=False),
)
"""One row for each stack, kept after a release, so that the token only ever grows. ``holder`` NULL: nobody holds it."""

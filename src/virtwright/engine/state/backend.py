"""What a kind of database must be able to do so that states can be kept in it."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from virtwright.engine.state.clock import Clock, Instant
from virtwright.engine.state.sql import Connection
from virtwright.errors import StateError


class Backend(Protocol):
    """One database of one kind. Nothing is connected before it is used."""

    @property
    def place(self) -> str:
        """Where it is, for messages; without a password."""
        ...

    @property
    def base(self) -> Path:
        """What belongs to the database on this machine lies beside this path: ``BASE.backups``, ``BASE.serials``."""
        ...

    @property
    def exposure(self) -> str:
        """What an attacker on the way there could do, as a warning for users; empty where nothing is to be said."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Exceptions of the driver."""
        ...

    @property
    def reading(self) -> str:
        """Begins a transaction that reads, and sees one state of the database."""
        ...

    @property
    def writing(self) -> str:
        """Begins a transaction that writes."""
        ...

    def connect(self) -> Connection:
        """A new connection, for any thread, outside any transaction. Raises what the driver raises."""
        ...

    def answers(self, connection: Connection) -> bool:
        """Whether a connection that was idle can be used again."""
        ...

    def migrating(self) -> AbstractContextManager[Any]:
        """A transaction that writes, on SQLAlchemy's connection, as Alembic wants it. Raises what SQLAlchemy raises."""
        ...

    def borrowed(self, connection: Any) -> Connection:
        """The connection below SQLAlchemy's."""
        ...

    def begin(self, connection: Connection, *, alone: bool) -> None:
        """At the beginning of a transaction that writes; ``alone`` keeps out all others that are to be alone."""
        ...

    def instant(self, connection: Connection, clock: Clock) -> Instant:
        """The time in which all who share the database agree; ``clock`` is this machine's."""
        ...

    def table_names(self, connection: Connection) -> Collection[str]:
        """Of all tables that there are."""
        ...

    def explain(self, error: BaseException | None) -> StateError:
        """A driver's error as one that says what to do; ``StateLostError`` where the connection broke."""
        ...

    def copy(self, connection: Connection, target: Path, *, stack: str | None, check: bool) -> None:
        """Copy at least what ``stack`` (a uid) has to a file; None: everything. Whole or not at all, after checking that
        it is sound where that is asked. ``connection`` is in no transaction. Raises what the driver raises."""
        ...

    @property
    def suffix(self) -> str:
        """Of the files that ``copy`` makes."""
        ...

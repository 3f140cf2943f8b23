"""What a kind of database must be able to do so that states can be kept in it."""

from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from virtwright.engine.state.clock import Clock, Instant
from virtwright.errors import StateError


class Backend(Protocol):
    """One database of one kind. Nothing is connected before it is used."""

    @property
    def engine(self) -> Engine:
        """For transactions that write."""
        ...

    @property
    def reader(self) -> Engine:
        """For transactions that read, each of which sees one state of the database."""
        ...

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
        """Exceptions of the driver that SQLAlchemy lets through."""
        ...

    def begin(self, connection: Connection, *, alone: bool) -> None:
        """At the beginning of a transaction that writes; ``alone`` keeps out all others that are to be alone."""
        ...

    def instant(self, connection: Connection, clock: Clock) -> Instant:
        """The time in which all who share the database agree; ``clock`` is this machine's."""
        ...

    def upsert(self, table: Any) -> Any:
        """Insert, or replace the row with the same primary key unless it belongs to another stack."""
        ...

    def explain(self, error: BaseException | None) -> StateError:
        """A driver's error as one that says what to do; ``StateLostError`` where the connection broke."""
        ...

    def copy(self, connection: Connection, target: Path, *, stack: str | None, check: bool) -> None:
        """Copy at least what ``stack`` (a uid) has to a file; None: everything. Whole or not at all, after checking that
        it is sound where that is asked. Raises what the driver raises."""
        ...

    @property
    def suffix(self) -> str:
        """Of the files that ``copy`` makes."""
        ...

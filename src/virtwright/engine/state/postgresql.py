"""Everything that is special about PostgreSQL: its URL and schema, its locks, its clock, its error codes, copies."""

import gzip
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from virtwright.engine.state import tables
from virtwright.engine.state.clock import Clock, Instant
from virtwright.engine.state.sql import Connection, Dialect
from virtwright.engine.state.tables import Table
from virtwright.errors import StateError, StateLostError, Where

SCHEMA: Final = "virtwright"
"""All tables lie in a schema of their own, so that the database can be shared with others."""
_ALONE: Final = 0x7669727477726967
"""Key of the advisory lock of whoever must be alone ("virtwrig")."""
_CONNECTION: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "virtwright",
}
"""libpq's parameters: seconds, but ``tcp_user_timeout`` in milliseconds. A line that died is noticed within 30 s."""
_HINTS: Final = {
    "53100": ("its disk is full", "free some space and run the command again; what was committed is safe"),
    "53300": ("it has too many connections", "wait, or raise max_connections"),
    "25006": ("it is read-only", "use the primary server, not a standby"),
    "28P01": ("it refuses the password", "give it in the URL, in PGPASSWORD or in ~/.pgpass"),
    "28000": ("it refuses this user", "check the user in the URL, and the server's pg_hba.conf"),
    "3D000": ("there is no such database", "make it, as an administrator:\n    createdb NAME"),
    "42501": ("this user may not do that", "the user must own the database, or the schema virtwright in it"),
    "40P01": ("it ended a deadlock", "run the command again"),
}
_SAID: Final = {
    "28P01": "password authentication failed",
    "28000": "no pg_hba.conf entry",
    "3D000": '" does not exist',
    "53300": "too many clients",
}
"""What libpq only says in words: the refusals of a connection, by the code that the server gave."""
_LOST: Final = ("08", "57P0")
"""Beginnings of the codes of a connection that broke or a server that is going down."""
_VALUE: Final = re.compile(r"(?<![:\w]):(\w+)")


@cache
def statement(text: str) -> str:
    """With values as psycopg has them: ``%(name)s``."""
    return _VALUE.sub(r"%(\1)s", text)


DIALECT: Final = Dialect(statement, for_share=" FOR SHARE", for_update=" FOR UPDATE")


class PostgresqlBackend:
    """A database on a server that a team shares."""

    suffix = ".jsonl.gz"
    reading = "BEGIN ISOLATION LEVEL REPEATABLE READ"
    writing = "BEGIN"

    def __init__(self, location: str, home: Path) -> None:
        """Raises ``StateError`` for a URL that can't be understood, or where the driver is missing."""
        try:
            import psycopg
        except ImportError as error:
            raise StateError(
                "states in PostgreSQL need its driver", hint="install it:\n    pip install 'virtwright[postgresql]'"
            ) from error
        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        url = _url(location)
        self.place = _shown(url)
        self.exposure = exposure(url, os.environ)
        self.base = home / f"postgresql-{hashlib.sha256(self.place.encode()).hexdigest()[:12]}"
        self._url = url
        self._settings = {**_CONNECTION, "options": f"-c search_path={SCHEMA}"}

    def connect(self) -> Connection:
        from virtwright.engine.state.answering import AnsweringConnection

        _, options = self._url.get_dialect()().create_connect_args(self._url)
        return Connection(AnsweringConnection.connect(**{**options, **self._settings}, autocommit=True), DIALECT)

    def answers(self, connection: Connection) -> bool:
        """A server that was started anew meanwhile has forgotten it."""
        try:
            return bool(connection.value("SELECT 1"))
        except self.errors:
            return False

    @contextmanager
    def migrating(self) -> Iterator[Any]:
        engine = create_engine(self._url, connect_args=self._settings, poolclass=NullPool)
        event.listen(engine, "do_connect", _connect)
        with engine.begin() as connection:
            yield connection

    def borrowed(self, connection: Any) -> Connection:
        return Connection(connection.connection.driver_connection, DIALECT)

    def begin(self, connection: Connection, *, alone: bool) -> None:
        if alone:
            connection.value("SELECT pg_advisory_xact_lock(:key)", key=_ALONE)
            connection.change(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")

    def instant(self, connection: Connection, clock: Clock) -> Instant:
        """The server's wall clock, which all share; who sets it back or forward changes when leases run out, and the
        fencing tokens keep the state safe all the same."""
        return Instant("postgresql", float(connection.value("SELECT extract(epoch FROM clock_timestamp())")))

    def table_names(self, connection: Connection) -> Collection[str]:
        return connection.column("SELECT tablename FROM pg_tables WHERE schemaname = :schema", schema=SCHEMA)

    def explain(self, error: BaseException | None) -> StateError:
        code = getattr(error, "sqlstate", None) or next(
            (code for code, words in _SAID.items() if words in str(error)), ""
        )
        where = Where(file=self.place)
        if known := _HINTS.get(code):
            return StateError(f"can't use the state database: {known[0]}", where=where, hint=known[1])
        told = str(error).strip().split("\n")[0] if str(error).strip() else type(error).__name__
        kinds = {each.__name__ for each in type(error).__mro__}
        if code.startswith(_LOST) or (not code and kinds & {"OperationalError", "InterfaceError"}):
            return StateLostError(
                f"can't reach the state database: {told}",
                where=where,
                hint="what was committed is safe; when the server is there again, run the command again",
            )
        return StateError(f"the state database refuses: {told}", where=where)

    def copy(self, connection: Connection, target: Path, *, stack: str | None, check: bool) -> None:
        """One JSON line for each row, with the name of its table."""
        draft = target.with_name(f".{target.name}.part")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with (
                os.fdopen(descriptor, "wb") as raw,
                gzip.open(raw, "wt", encoding="utf-8") as file,
                connection.transaction(self.reading),
            ):
                for table in tables.TABLES:
                    for row in connection.rows(_rows_of(table, stack), stack=stack):
                        file.write(json.dumps({"table": table.name, "row": row}) + "\n")
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)


def _connect(dialect: Any, record: Any, args: Any, options: dict[str, Any]) -> Any:
    from virtwright.engine.state.answering import AnsweringConnection

    return AnsweringConnection.connect(*args, **options)


def _rows_of(table: Table, stack: str | None) -> str:
    column = next((name for name in ("stack", "uid") if name in table.columns), None)
    return table.select if stack is None or column is None else f"{table.select} WHERE {column} = :stack"


def _url(location: str) -> URL:
    try:
        url = make_url(location)
    except ArgumentError as error:
        raise StateError(
            "this is not the URL of a database", hint="the form is postgresql://USER@SERVER:PORT/DATABASE"
        ) from error
    if not url.database:
        raise StateError("the URL names no database", hint="the form is postgresql://USER@SERVER:PORT/DATABASE")
    return url.set(drivername="postgresql+psycopg")


def exposure(url: URL, environment: Mapping[str, str]) -> str:
    """A warning where libpq's settings have nobody check whose server it is. Pure.

    See libpq's documentation, "SSL Support": its default, ``prefer``, encrypts where the server offers it and verifies nothing.
    """
    asked = {name: str(value) for name, value in url.query.items()}
    host = url.host or asked.get("host") or environment.get("PGHOST", "")
    mode = asked.get("sslmode") or environment.get("PGSSLMODE") or "prefer"
    if "service" in asked or "PGSERVICE" in environment or mode.startswith("verify-") or _is_here(host):
        return ""
    return (
        f"warning: nobody checks that {host} is the state database's server (sslmode={mode}): whoever is on the way there"
        " can read and change states. Have its certificate checked, by an end of the URL:\n"
        "    ?sslmode=verify-full&sslrootcert=system"
    )


def _is_here(host: str) -> bool:
    """On this machine: a socket's folder, an abstract socket, or a loopback address."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: URL) -> str:
    """Without the password, and without parameters, which may hold one."""
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{user}{url.host or ''}{port}/{url.database}"

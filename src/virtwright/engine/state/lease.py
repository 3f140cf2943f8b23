"""Leases: the right to change a stack, with a heartbeat and a fencing token that only ever grows."""

import contextlib
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from virtwright.engine.state import tables
from virtwright.engine.state.clock import Instant
from virtwright.engine.state.database import Database
from virtwright.engine.state.holder import Process
from virtwright.engine.state.records import utc_now
from virtwright.engine.state.sql import Connection, Row
from virtwright.errors import LeaseHeldError, LeaseLostError, StateError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.quantities import format_duration

_POLL: Final = 0.1
_READ: Final = f"{tables.LEASE.select} WHERE stack = :uid"
_TAKE: Final = """
    UPDATE lease
    SET token = :token, holder = :holder, process = :process, epoch = :epoch, acquired = :acquired, expires = :expires,
        ttl = :ttl
    WHERE stack = :uid
"""
_BREAK: Final = "UPDATE lease SET holder = NULL, token = :token WHERE stack = :uid"
_MINE: Final = "WHERE stack = :uid AND token = :mine AND holder IS NOT NULL"
_RENEW: Final = f"UPDATE lease SET epoch = :epoch, expires = :expires {_MINE}"
_RELEASE: Final = f"UPDATE lease SET holder = NULL {_MINE}"


@dataclass(frozen=True, slots=True)
class LeaseInfo:
    """Who holds a lease."""

    holder: str
    acquired: str
    """RFC 3339, UTC."""
    expires_in: float
    """Seconds; 0 where it has run out or its process has ended."""
    token: int


class Lease:
    """A lease held by this process; a thread of its own renews it. Use it as a context manager."""

    def __init__(
        self,
        database: Database,
        uid: str,
        token: int,
        holder: str,
        ttl: float,
        released: Callable[[], None],
        asked: Instant,
    ) -> None:
        """``asked`` is when it was asked for."""
        self.token = token
        self.holder = holder
        self.lost = threading.Event()
        """Set when somebody else took the lease, or when it could not be renewed in time."""
        self._database = database
        self._uid = uid
        self._ttl = ttl
        self._released = released
        self._stop = threading.Event()
        self._deadline = asked.seconds + ttl
        self._abandoned = False
        self._thread = threading.Thread(target=self._keep, name=f"lease-{token}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    @property
    def uid(self) -> str:
        """The unique id of the stack it is for."""
        return self._uid

    def check(self) -> None:
        """Raises ``LeaseLostError`` unless it is still held. One whose time ran out unnoticed, because this process was
        stopped, is renewed first, which fails where somebody else took it."""
        now = self._database.clock()
        if not self.lost.is_set() and now.seconds >= self._deadline and not self._renew(now):
            self.lost.set()
        if self.lost.is_set():
            raise LeaseLostError(
                "this process no longer holds the lease of the stack, so it begins nothing more on any host",
                hint="somebody else may be changing the stack now; when they have finished, run the command again",
            )

    def abandon(self) -> None:
        """Keep it until this process ends: a call to a host that nobody waits for any more is still under way."""
        self._abandoned = True

    def release(self) -> None:
        """Give it back. Never fails: a lease that can't be given back runs out, or is taken from the ended process."""
        if self._stop.is_set() or self._abandoned:
            return
        self._stop.set()
        self._thread.join()
        self._released()
        with contextlib.suppress(StateError), self._database.write() as connection:
            connection.change(_RELEASE, uid=self._uid, mine=self.token)

    def _keep(self) -> None:
        while not self._stop.wait(self._ttl / 3):
            now = self._database.clock()
            try:
                if not self._renew(now):
                    self.lost.set()
                    return
            except StateError:
                if now.seconds >= self._deadline:
                    self.lost.set()

    def _renew(self, asked: Instant) -> bool:
        """``asked`` is this machine's time; in the database stands the one that all agree on."""
        with self._database.write() as connection:
            now = self._database.instant(connection)
            expires = now.seconds + self._ttl
            held = connection.change(_RENEW, epoch=now.epoch, expires=expires, uid=self._uid, mine=self.token) == 1
        if held:
            self._deadline = asked.seconds + self._ttl
        return held


def acquire(
    database: Database,
    uid: str,
    stack: str,
    *,
    holder: str,
    wait: float,
    ttl: float,
    on_wait: Callable[[str, float], None],
    released: Callable[[], None],
) -> Lease:
    """Raises ``LeaseHeldError`` where somebody else still holds it after ``wait`` seconds."""
    end = time.monotonic() + wait
    told: int | None = None
    while True:
        asked = database.clock()
        taken = _try(database, uid, holder, ttl)
        if isinstance(taken, int):
            return Lease(database, uid, taken, holder, ttl, released, asked)
        if time.monotonic() >= end:
            raise _held(stack, taken)
        if told != taken.token:
            on_wait(taken.holder, taken.expires_in)
            told = taken.token
        time.sleep(max(0.0, min(_POLL, end - time.monotonic())))


def held(database: Database, uid: str) -> LeaseInfo | None:
    """Who holds the lease; None where nobody does."""
    with database.read() as connection:
        row = connection.row(_READ, uid=uid)
        return None if row is None else _info(row, database.instant(connection))


def refuse_if_held(database: Database, uid: str, stack: str) -> None:
    """Raises ``LeaseHeldError`` where somebody holds the lease and it has not run out."""
    info = held(database, uid)
    if info is not None and info.expires_in > 0:
        raise _held(stack, info)


def break_lease(database: Database, uid: str) -> LeaseInfo | None:
    """Take the lease away from whoever holds it, whose later writes are then refused. Returns who that was."""
    with database.write() as connection:
        row = _row(connection, uid)
        now = database.instant(connection)
        connection.change(_BREAK, token=row["token"] + 1, uid=uid)
    return _info(row, now)


def _try(database: Database, uid: str, holder: str, ttl: float) -> int | LeaseInfo:
    """The new token, or who holds it."""
    with database.write() as connection:
        row = _row(connection, uid)
        now = database.instant(connection)
        info = _info(row, now)
        if info is not None and info.expires_in > 0:
            return info
        token: int = row["token"] + 1
        connection.change(
            _TAKE,
            uid=uid,
            token=token,
            holder=holder,
            process=Process.current().to_text(),
            epoch=now.epoch,
            acquired=utc_now(),
            expires=now.seconds + ttl,
            ttl=ttl,
        )
        return token


def _row(connection: Connection, uid: str) -> Row:
    row = connection.row(_READ + connection.dialect.for_update, uid=uid)
    if row is None:
        raise StateError("the stack was deleted in the meantime")
    return row


def _info(row: Row, now: Instant) -> LeaseInfo | None:
    if row["holder"] is None:
        return None
    return LeaseInfo(row["holder"], row["acquired"], _expires_in(row, now), row["token"])


def _expires_in(row: Row, now: Instant) -> float:
    """A lease of an earlier boot has run out, and so has one that claims to last longer than any lease can."""
    left = float(row["expires"]) - now.seconds
    process = Process.from_text(row["process"])
    if row["epoch"] != now.epoch or left > row["ttl"] or (process is not None and process.is_gone()):
        return 0.0
    return max(0.0, left)


def _held(stack: str, info: LeaseInfo) -> LeaseHeldError:
    left = format_duration(max(1, round(info.expires_in)))
    return LeaseHeldError(
        f"{stack} is being changed by {info.holder} since {info.acquired}; unless renewed, its lease runs out in {left}",
        hint="wait for it, or, if it hangs, take the lease away:\n    virtwright state unlock",
    )

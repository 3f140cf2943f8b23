"""The state of one stack: what it holds, and commits to it."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from virtwright.engine.state import lease as leases
from virtwright.engine.state import tables
from virtwright.engine.state.backups import back_up
from virtwright.engine.state.codec import Codec
from virtwright.engine.state.database import Database
from virtwright.engine.state.digest import Digest, total
from virtwright.engine.state.identity import identity_of
from virtwright.engine.state.integrity import check_operations, check_resources
from virtwright.engine.state.lease import Lease, LeaseInfo
from virtwright.engine.state.records import Changes, FinishedOperation, OperationRecord, ResourceRecord, RunRecord
from virtwright.engine.state.rows import (
    UrnCache,
    damaged,
    finished_operation,
    operation_record,
    resource_record,
    run_record,
    stack_checksum,
)
from virtwright.engine.state.serials import SerialMarks
from virtwright.engine.state.sql import Connection
from virtwright.engine.state.writer import GONE, Encoded, Writer
from virtwright.errors import LeaseLostError, StateError, StateLostError
from virtwright.failpoints import reach
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties
from virtwright.stacks.base import StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.keys import Keys
from virtwright.stacks.source import Source

_MARK_EVERY: Final = 1.0
"""Seconds between two marks of the serial during a run."""
_PATIENCE: Final = 15.0
"""Seconds for which a commit waits for a database that can't be reached."""
_STACK: Final = f"{tables.STACK.select} WHERE uid = :uid"
_RESOURCES: Final = f"{tables.RESOURCE.select} WHERE stack = :uid ORDER BY created, urn, row"
_URNS: Final = "SELECT urn FROM resource WHERE stack = :uid AND NOT doomed ORDER BY created, urn"
_OPEN: Final = f"{tables.OPERATION.select} WHERE stack = :uid AND finished IS NULL ORDER BY started, id"
_RUNS: Final = f"{tables.RUN.select} WHERE stack = :uid ORDER BY started DESC, id"
_FINISHED: Final = f"{tables.OPERATION.select} WHERE stack = :uid AND finished IS NOT NULL"
_SPENT: Final = f"SELECT id, details FROM operation WHERE stack = :uid AND outcome = '{GONE}'"
_FINISHED_LAST: Final = " ORDER BY finished DESC, started DESC, id"
_ROW_CHECKSUMS: Final = "SELECT row, checksum FROM resource WHERE stack = :uid"
_OPEN_CHECKSUMS: Final = "SELECT id, checksum FROM operation WHERE stack = :uid AND finished IS NULL"
_ANOTHERS: Final = "SELECT 1 FROM operation WHERE id = :id AND stack <> :uid"
_HOLDER: Final = "SELECT token FROM lease WHERE stack = :uid AND holder IS NOT NULL"


def _nobody_listens(holder: str, expires_in: float) -> None:
    """Waits in silence."""


def _limited(query: str, limit: int | None) -> str:
    return query if limit is None else f"{query} LIMIT {limit:d}"


class StackState:
    """Reading takes no lease; a commit needs one. Safe to use from several threads."""

    def __init__(self, database: Database, keys: Keys, name: StackName, uid: str) -> None:
        self.name = name
        self._database = database
        self._keys = keys
        self._uid = uid
        self._marks = SerialMarks(database.backend.base)
        self._marked = 0.0
        self._writer = Writer()
        self._lock = threading.Lock()
        self._row: dict[str, Any] = {"serial": -1}
        self._digests: tuple[Digest, Digest] | None = None
        self.cipher = Cipher.from_keys(keys)
        """The stack's cipher. Without a salt, and so without a cost, until the first secret is stored."""
        self._codec = Codec(self.cipher, sealed=keys.closed)
        self.refresh()

    @property
    def uid(self) -> str:
        """Unique among all stacks there ever were, also where a later one has the same name."""
        return self._uid

    @property
    def identity(self) -> str:
        """What its stamps bear, beside its name. As of the last read or commit of this object."""
        return identity_of(self._row)

    @property
    def source(self) -> Source | None:
        """Where the stack's file was at the last apply, as far as that is known."""
        text = self._row["source"]
        try:
            return Source.from_json(text) if text is not None else None
        except ValueError as error:
            raise damaged(f"the source of the stack {self.name} can't be read", None) from error

    @property
    def keys(self) -> Keys:
        return self._keys

    @property
    def codec(self) -> Codec:
        """Encodes and decodes the values of this stack."""
        return self._codec

    @property
    def serial(self) -> int:
        """Grows by one with every commit. As of the last read or commit of this object."""
        return int(self._row["serial"])

    def refresh(self) -> None:
        """Read the serial and the salt anew. Raises ``StateError``."""
        with self._database.read() as connection:
            self._refresh(connection)

    def resources(self) -> list[ResourceRecord]:
        """All rows, doomed ones too, in the order of their creation. Raises ``StateError`` where they are damaged."""
        with self._database.read() as connection:
            self._refresh(connection)
            rows = connection.rows(_RESOURCES, uid=self._uid)
            self._compare("resources", total(row["checksum"] for row in rows))
        urns, codec = UrnCache(), self._codec
        records = [resource_record(row, codec, urns) for row in rows]
        check_resources(self.name, records)
        return records

    def urns(self) -> list[Urn]:
        """The names of all resources and hosts, without looking at more of them."""
        with self._database.read() as connection:
            return [Urn.parse(text) for text in connection.column(_URNS, uid=self._uid)]

    def open_operations(self) -> list[OperationRecord]:
        """The intents of runs that did not finish them, oldest first. Raises ``StateError`` where they are damaged."""
        with self._database.read() as connection:
            self._refresh(connection)
            rows = connection.rows(_OPEN, uid=self._uid)
            self._compare("operations", total(row["checksum"] for row in rows))
        urns, codec = UrnCache(), self._codec
        records = [operation_record(row, codec, urns) for row in rows]
        check_operations(self.name, records)
        return records

    def outputs(self) -> Properties:
        """The outputs that the last run stored. Raises ``StateError`` where they are damaged."""
        self.refresh()
        return self._codec.decode_map(str(self.name), "outputs", self._row["outputs"])

    def runs(self, limit: int | None = None) -> list[RunRecord]:
        """The newest first."""
        with self._database.read() as connection:
            return [run_record(row) for row in connection.rows(_limited(_RUNS, limit), uid=self._uid)]

    def history(self, run: str | None = None, limit: int | None = None) -> list[FinishedOperation]:
        """Operations that are over, the newest first. The single operations of old runs are dropped in time."""
        query = _FINISHED if run is None else f"{_FINISHED} AND run = :run"
        with self._database.read() as connection:
            rows = connection.rows(_limited(query + _FINISHED_LAST, limit), uid=self._uid, run=run)
        return [finished_operation(row) for row in rows]

    def spent(self) -> dict[str, str]:
        """Operations whose objects the state has had and has no more, each with the object's id."""
        with self._database.read() as connection:
            return connection.pairs(_SPENT, uid=self._uid)

    def acquire(
        self,
        *,
        holder: str,
        wait: float,
        ttl: float = 30,
        on_wait: Callable[[str, float], None] = _nobody_listens,
        backup: bool = True,
    ) -> Lease:
        """Take the stack's lease, waiting up to ``wait`` seconds; it lasts ``ttl`` seconds after each renewal.

        ``on_wait`` is told the holder and the seconds its lease has left. Takes a backup of what was there before.
        Raises ``LeaseHeldError``, and ``StateError`` where the database is damaged.
        """
        taken = leases.acquire(
            self._database,
            self._uid,
            self.name.short,
            holder=holder,
            wait=wait,
            ttl=ttl,
            on_wait=on_wait,
            released=self._mark,
        )
        try:
            self.refresh()
            self._loaded_digests()
            if backup:
                back_up(self._database, self._uid, self.name, self.serial)
        except BaseException:
            taken.release()
            raise
        return taken

    def lease(self) -> LeaseInfo | None:
        """Who holds the lease; None where nobody does."""
        return leases.held(self._database, self._uid)

    def unlock(self) -> LeaseInfo | None:
        """Take the lease away from its holder, whose later commits are refused. Returns who that was."""
        return leases.break_lease(self._database, self._uid)

    def commit(self, changes: Changes, lease: Lease) -> int:
        """Write ``changes`` in one transaction and return the new serial.

        Raises ``LeaseLostError`` where somebody else holds the lease by now, and ``StateError`` where the database
        can't be written; nothing is changed then.
        """
        reach("state.before-commit")
        with self._lock:
            encoded = self._writer.encode(changes, self._uid, self._codec)
            resources, operations = self._loaded_digests()
            digests = encoded.resources(resources), encoded.operations(operations)
            row = self._next_row(changes, *digests)
            self._write(row, lease, encoded)
            self._row = row
            for digest in digests:
                digest.apply()
        reach("state.commit")
        if time.monotonic() - self._marked > _MARK_EVERY:
            self._mark()
        return int(row["serial"])

    def _write(self, row: dict[str, Any], lease: Lease, encoded: Encoded) -> None:
        """Where the connection breaks, the same write is tried again: one that happened after all is recognised."""
        try:
            self._try_to_write(row, lease, encoded, again=False)
        except StateLostError:
            from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

            tries = Retrying(
                retry=retry_if_exception_type(StateLostError),
                stop=stop_after_delay(_PATIENCE),
                wait=wait_exponential(0.1, max=2.0),
                reraise=True,
            )
            tries(self._try_to_write, row, lease, encoded, again=True)

    def _try_to_write(self, row: dict[str, Any], lease: Lease, encoded: Encoded, *, again: bool) -> None:
        with self._database.write() as connection:
            if lease.uid == self._uid and self._writer.write(connection, row, lease.token, encoded):
                return
            if not again or not self._is_written(connection, row):
                raise self._refused(connection, lease)

    def _is_written(self, connection: Connection, row: dict[str, Any]) -> bool:
        found = connection.row(_STACK, uid=self._uid)
        return found is not None and (found["serial"], found["checksum"]) == (row["serial"], row["checksum"])

    def replace(self, changes: Changes, lease: Lease) -> int:
        """Commit ``changes`` in the place of all resources and open operations; otherwise as ``commit``."""
        ids = {record.id for record in changes.begin}
        with self._database.read() as connection:
            self._refresh(connection)
            rows = connection.column(_ROW_CHECKSUMS, uid=self._uid)
            gone = tuple(set(connection.column(_OPEN_CHECKSUMS, uid=self._uid)) - ids)
            for id in sorted(ids):
                if connection.value(_ANOTHERS, id=id, uid=self._uid):
                    raise StateError(f"the operation {id} belongs to another stack")
        cleared = Changes(end=gone, outcomes=dict.fromkeys(gone, "replaced"), remove=tuple(rows))
        return self.commit(cleared.merged(changes), lease)

    def _loaded_digests(self) -> tuple[Digest, Digest]:
        """Raises ``StateError`` where rows are missing or were exchanged."""
        if self._digests is None:
            with self._database.read() as connection:
                self._refresh(connection)
                loaded = tuple(
                    Digest(connection.pairs(query, uid=self._uid)) for query in (_ROW_CHECKSUMS, _OPEN_CHECKSUMS)
                )
            self._compare("resources", loaded[0].total)
            self._compare("operations", loaded[1].total)
            self._digests = loaded[0], loaded[1]
        return self._digests

    def _compare(self, what: str, found: int) -> None:
        if found != self._row[what]:
            raise damaged(f"some of the {what} of {self.name.short} are missing, or are older than its entry", None)

    def _next_row(self, changes: Changes, resources: Digest.Change, operations: Digest.Change) -> dict[str, Any]:
        row = {**self._row, "serial": self.serial + 1, "resources": resources.total, "operations": operations.total}
        if changes.outputs is not None:
            row["outputs"] = self._codec.encode(str(self.name), "outputs", changes.outputs)
        if changes.identity is not None:
            row["identity"] = changes.identity
        if changes.source is not None:
            row["source"] = changes.source.to_json()
        row["salt"] = self.cipher.stored_salt
        row["checksum"] = stack_checksum(row)
        return row

    def _refused(self, connection: Connection, lease: Lease) -> StateError:
        if lease.uid == self._uid and connection.value(_HOLDER, uid=self._uid) == lease.token:
            return StateError(
                f"the state of {self.name.short} was changed from outside while this process held its lease",
                hint="look at the plan before you apply again:\n    virtwright plan",
            )
        lease.lost.set()
        return LeaseLostError(
            f"this process no longer holds the lease of {self.name.short}, so its change was refused",
            hint="somebody else may be changing the stack now; when they have finished, run the command again",
        )

    def _refresh(self, connection: Connection) -> None:
        marked = self._marks.marked(self._uid)
        row = connection.row(_STACK, uid=self._uid)
        if row is None:
            raise StateError(f"the stack {self.name.short} was deleted in the meantime")
        if row["checksum"] != stack_checksum(row) or (row["project"], row["name"]) != (
            self.name.project,
            self.name.stack,
        ):
            raise damaged(f"the entry of the stack {self.name} does not match its checksum", None)
        self._marks.check(self._uid, marked, row["serial"], self.name.short)
        if row["salt"] is not None and row["salt"] != self.cipher.stored_salt:
            self.cipher = Cipher.from_keys(self._keys, row["salt"])
            self._codec = Codec(self.cipher, sealed=self._keys.closed)
        if row["serial"] != self._row["serial"]:
            self._digests = None
        self._row = row

    def _mark(self) -> None:
        self._marked = time.monotonic()
        self._marks.set(self._uid, self.serial)

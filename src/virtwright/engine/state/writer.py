"""Writes changes: the statements of one commit, in one transaction that checks the lease's fencing token."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from virtwright.engine.state import tables
from virtwright.engine.state.codec import Codec
from virtwright.engine.state.database import Database
from virtwright.engine.state.digest import Digest
from virtwright.engine.state.records import Changes, utc_now
from virtwright.engine.state.rows import operation_row, resource_row, run_row

RUNS_WITH_OPERATIONS: Final = 50
"""Of older runs only the run record is kept, not its single operations."""
Rows = list[dict[str, Any]]

_stack, _lease, _operation, _resource, _run = (
    tables.stack,
    tables.lease,
    tables.operation,
    tables.resource,
    tables.run,
)
_CHANGING: Final = ("serial", "salt", "outputs", "resources", "operations", "checksum")
_HOLDS: Final = exists().where(
    _lease.c.stack == bindparam("of"), _lease.c.token == bindparam("token"), _lease.c.holder.is_not(None)
)
_LOCK: Final = select(_lease.c.token).where(_lease.c.stack == bindparam("of")).with_for_update(read=True)
"""Who takes the lease away waits for this commit, and the other way round; needed where several write at a time."""
_FENCE: Final = (
    update(_stack)
    .where(_stack.c.uid == bindparam("of"), _stack.c.serial == bindparam("expected"), _HOLDS)
    .values({name: bindparam(name) for name in _CHANGING})
)
_END: Final = (
    update(_operation)
    .where(_operation.c.id == bindparam("operation"), _operation.c.stack == bindparam("of"))
    .values(details=None, checksum=None, finished=bindparam("finished"), outcome=bindparam("outcome"))
)
_REMOVE: Final = delete(_resource).where(_resource.c.row == bindparam("of_row"), _resource.c.stack == bindparam("of"))
_RECENT: Final = select(_run.c.id).where(_run.c.stack == bindparam("of")).order_by(_run.c.started.desc())
_PRUNE: Final = delete(_operation).where(
    _operation.c.stack == bindparam("of"),
    _operation.c.finished.is_not(None),
    _operation.c.run.not_in(_RECENT.limit(RUNS_WITH_OPERATIONS)),
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The rows of one commit: begun and ended operations, resources put and removed, runs."""

    rows: tuple[Rows, Rows, Rows, Rows, Rows]
    prune: bool

    def resources(self, digest: Digest) -> Digest.Change:
        """What becomes of the digest of the resources."""
        _, _, put, removed, _ = self.rows
        return digest.changed(((row["row"], row["checksum"]) for row in put), (row["of_row"] for row in removed))

    def operations(self, digest: Digest) -> Digest.Change:
        """What becomes of the digest of the open operations."""
        begun, ended, _, _, _ = self.rows
        return digest.changed(((row["id"], row["checksum"]) for row in begun), (row["operation"] for row in ended))


class Writer:
    """Turns changes into rows and writes them."""

    def __init__(self, database: Database) -> None:
        self._begin, self._put, self._put_run = (database.upsert(table) for table in (_operation, _resource, _run))

    def encode(self, changes: Changes, uid: str, codec: Codec) -> Encoded:
        """All that is slow, done before the transaction begins."""
        now = utc_now()
        return Encoded(
            rows=(
                [operation_row(record, uid, codec) for record in changes.begin],
                [
                    {"operation": id, "of": uid, "finished": now, "outcome": changes.outcomes.get(id, "done")}
                    for id in changes.end
                ],
                [resource_row(record, uid, codec) for record in changes.put],
                [{"of_row": row, "of": uid} for row in changes.remove],
                [run_row(record, uid) for record in changes.runs],
            ),
            prune=any(record.finished for record in changes.runs),
        )

    def write(self, connection: Connection, row: dict[str, Any], token: int, encoded: Encoded) -> bool:
        """``row`` is the stack's new row. False, with nothing written, where the lease or the serial is not ours."""
        connection.execute(_LOCK, {"of": row["uid"]})
        fence = {**row, "of": row["uid"], "expected": row["serial"] - 1, "token": token}
        if connection.execute(_FENCE, fence).rowcount != 1:
            return False
        statements = (self._begin, _END, self._put, _REMOVE, self._put_run)
        for statement, rows in zip(statements, encoded.rows, strict=True):
            if rows:
                connection.execute(statement, rows)
        if encoded.prune:
            connection.execute(_PRUNE, {"of": row["uid"]})
        return True

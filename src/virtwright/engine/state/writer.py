"""Writes changes: the statements of one commit, in one transaction that checks the lease's fencing token."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from virtwright.engine.state import tables
from virtwright.engine.state.codec import Codec
from virtwright.engine.state.database import Database
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
_HOLDS: Final = exists().where(
    _lease.c.stack == bindparam("of"), _lease.c.token == bindparam("token"), _lease.c.holder.is_not(None)
)
_FENCE: Final = (
    update(_stack)
    .where(_stack.c.uid == bindparam("of"), _stack.c.serial == bindparam("expected"), _HOLDS)
    .values({name: bindparam(name) for name in ("serial", "salt", "outputs", "checksum")})
)
_BEGIN: Final = insert(_operation)
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


class Writer:
    """Turns changes into rows and writes them."""

    def __init__(self, database: Database) -> None:
        self._put = database.upsert(_resource)
        self._put_run = database.upsert(_run)

    def encode(self, changes: Changes, uid: str, codec: Codec) -> "Encoded":
        """All that is slow, done before the transaction begins."""
        now = utc_now()
        return Encoded(
            begin=[operation_row(record, uid, codec) for record in changes.begin],
            end=[
                {"operation": id, "of": uid, "finished": now, "outcome": changes.outcomes.get(id, "done")}
                for id in changes.end
            ],
            put=[resource_row(record, uid, codec) for record in changes.put],
            remove=[{"of_row": row, "of": uid} for row in changes.remove],
            runs=[run_row(record, uid) for record in changes.runs],
            prune=any(record.finished for record in changes.runs),
        )

    def write(self, connection: Connection, row: dict[str, Any], token: int, encoded: "Encoded") -> bool:
        """``row`` is the stack's new row. False, with nothing written, where the lease or the serial is not ours."""
        fence = {**row, "of": row["uid"], "expected": row["serial"] - 1, "token": token}
        if connection.execute(_FENCE, fence).rowcount != 1:
            return False
        for statement, rows in encoded.statements(self._put, self._put_run):
            if rows:
                connection.execute(statement, rows)
        if encoded.prune:
            connection.execute(_PRUNE, {"of": row["uid"]})
        return True


class Encoded:
    """The rows of one commit."""

    def __init__(self, *, begin: Rows, end: Rows, put: Rows, remove: Rows, runs: Rows, prune: bool) -> None:
        self._rows = (begin, end, put, remove, runs)
        self.prune = prune

    def statements(self, put: Any, put_run: Any) -> Sequence[tuple[Any, Rows]]:
        return tuple(zip((_BEGIN, _END, put, _REMOVE, put_run), self._rows, strict=True))

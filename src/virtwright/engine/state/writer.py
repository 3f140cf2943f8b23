"""Writes changes: the statements of one commit, in one transaction that checks the lease's fencing token."""

from typing import Any, Final

from virtwright.engine.state import tables
from virtwright.engine.state.codec import Codec
from virtwright.engine.state.digest import Digest
from virtwright.engine.state.records import Changes, utc_now
from virtwright.engine.state.rows import operation_row, resource_row, run_row
from virtwright.engine.state.sql import Connection
from virtwright.lazy_dataclasses import dataclass

RUNS_WITH_OPERATIONS: Final = 50
"""Of older runs only the run record is kept, not its single operations."""
SPENT_KEPT: Final = 10_000
"""Operations of objects that were: the oldest of more are forgotten."""
GONE: Final = "gone"
"""The outcome of an operation whose object the state has had and has no more. Its ``details`` are the object's id."""
Rows = list[dict[str, Any]]

_LOCK: Final = "SELECT token FROM lease WHERE stack = :of"
"""Who takes the lease away waits for this commit, and the other way round."""
_FENCE: Final = """
    UPDATE stack
    SET serial = :serial, salt = :salt, outputs = :outputs, resources = :resources, operations = :operations,
        identity = :identity, source = :source, checksum = :checksum
    WHERE uid = :of AND serial = :expected
        AND EXISTS (SELECT 1 FROM lease WHERE lease.stack = :of AND lease.token = :token AND lease.holder IS NOT NULL)
"""
_END: Final = """
    UPDATE operation SET details = NULL, checksum = NULL, finished = :finished, outcome = :outcome
    WHERE id = :operation AND stack = :of
"""
_SPEND: Final = f"""
    INSERT INTO operation (id, stack, run, urn, op, started, details, finished, outcome)
    VALUES (:id, :stack, '', :urn, 'create', :started, :details, :finished, '{GONE}')
    ON CONFLICT (id) DO UPDATE SET details = excluded.details, outcome = excluded.outcome
    WHERE operation.stack = excluded.stack AND operation.finished IS NOT NULL
"""
_REMOVE: Final = "DELETE FROM resource WHERE row = :of_row AND stack = :of"
_PRUNE: Final = f"""
    DELETE FROM operation
    WHERE stack = :of AND finished IS NOT NULL AND outcome <> '{GONE}'
        AND run NOT IN (SELECT id FROM run WHERE stack = :of ORDER BY started DESC LIMIT {RUNS_WITH_OPERATIONS})
"""
_PRUNE_SPENT: Final = f"""
    DELETE FROM operation
    WHERE stack = :of AND outcome = '{GONE}' AND id NOT IN (
        SELECT id FROM operation WHERE stack = :of AND outcome = '{GONE}' ORDER BY finished DESC, id LIMIT {SPENT_KEPT})
"""
_STATEMENTS: Final = (tables.OPERATION.upsert, _END, tables.RESOURCE.upsert, _REMOVE, tables.RUN.upsert, _SPEND)
"""For the rows of ``Encoded``, in their order."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The rows of one commit: begun and ended operations, resources put and removed, runs, spent operations."""

    rows: tuple[Rows, Rows, Rows, Rows, Rows, Rows]
    prune: bool

    def resources(self, digest: Digest) -> Digest.Change:
        """What becomes of the digest of the resources."""
        _, _, put, removed, _, _ = self.rows
        return digest.changed(((row["row"], row["checksum"]) for row in put), (row["of_row"] for row in removed))

    def operations(self, digest: Digest) -> Digest.Change:
        """What becomes of the digest of the open operations."""
        begun, ended, _, _, _, _ = self.rows
        return digest.changed(((row["id"], row["checksum"]) for row in begun), (row["operation"] for row in ended))


class Writer:
    """Turns changes into rows and writes them."""

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
                [
                    {
                        "id": each.operation,
                        "stack": uid,
                        "urn": str(each.urn),
                        "details": each.id,
                        "started": each.created or now,
                        "finished": now,
                    }
                    for each in changes.spent
                ],
            ),
            prune=any(record.finished for record in changes.runs),
        )

    def write(self, connection: Connection, row: dict[str, Any], token: int, encoded: Encoded) -> bool:
        """``row`` is the stack's new row. False, with nothing written, where the lease or the serial is not ours."""
        connection.rows(_LOCK + connection.dialect.for_share, of=row["uid"])
        fence = {**row, "of": row["uid"], "expected": row["serial"] - 1, "token": token}
        if connection.change(_FENCE, **fence) != 1:
            return False
        for statement, rows in zip(_STATEMENTS, encoded.rows, strict=True):
            if rows:
                connection.change_all(statement, rows)
        if encoded.prune:
            connection.change(_PRUNE, of=row["uid"])
            connection.change(_PRUNE_SPENT, of=row["uid"])
        return True

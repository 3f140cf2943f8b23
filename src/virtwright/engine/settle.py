"""Settling what an earlier run left open: pure decisions from an intent and what the host reports."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from virtwright.engine.actor import being_replaced, with_secrets
from virtwright.engine.ownership import with_proof
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord, utc_now
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn

Outcome = Literal["adopted", "finished", "removed", "nothing"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one intent is settled."""

    operation: OperationRecord
    outcome: Outcome
    changes: Changes


def settle(operation: OperationRecord, found: Sequence[Observed[Any, Any]], snapshot: Snapshot) -> Settlement:
    """``found`` are the objects of the operation's kind on its host that bear the stack's stamp."""
    if operation.op in ("create", "replace"):
        return _settle_create(operation, found, snapshot)
    mine = next((seen for seen in found if seen.id == operation.object_id), None)
    if operation.op == "delete":
        return _settle_delete(operation, mine, snapshot)
    return _settle_update(operation, mine, snapshot)


def _settle_create(operation: OperationRecord, found: Sequence[Observed[Any, Any]], snapshot: Snapshot) -> Settlement:
    made = next((seen for seen in found if seen.stamp.operation == operation.id), None)
    if made is None:
        return Settlement(operation, "nothing", _over(operation, "nothing"))
    old = snapshot.live.get(operation.urn)
    doomed = (replace(old, doomed=True),) if old is not None and old.row != operation.row else ()
    record = _record(operation, made)
    return Settlement(operation, "adopted", replace(_over(operation, "adopted"), put=(*doomed, record)))


def _settle_delete(operation: OperationRecord, mine: Observed[Any, Any] | None, snapshot: Snapshot) -> Settlement:
    if mine is not None:
        return Settlement(operation, "nothing", _over(operation, "nothing"))
    known, over = _row(operation, snapshot), _over(operation, "removed")
    if known is None:
        return Settlement(operation, "removed", over)
    if not known.doomed and snapshot.dependants(known.urn):
        return Settlement(operation, "removed", replace(over, put=(being_replaced(known),)))
    return Settlement(operation, "removed", replace(over, remove=(known.row,)))


def _settle_update(operation: OperationRecord, mine: Observed[Any, Any] | None, snapshot: Snapshot) -> Settlement:
    known = _row(operation, snapshot)
    if mine is None or known is None or mine.stamp.operation != operation.id:
        return Settlement(operation, "nothing", _over(operation, "nothing"))
    record = replace(_record(operation, mine), created=known.created)
    return Settlement(operation, "finished", replace(_over(operation, "finished"), put=(record,)))


def settle_move(operation: OperationRecord, seen: Observed[Any, Any] | None, snapshot: Snapshot) -> Settlement:
    """``seen`` is the object on the other host; None where it did not get there."""
    known = _row(operation, snapshot)
    if known is not None and seen is not None:
        record = replace(_record(operation, seen), created=known.created)
        return Settlement(operation, "finished", replace(_over(operation, "finished"), put=(record,)))
    over, leaves = _over(operation, "nothing"), operation.traits.leaves
    if known is None or leaves is None or (known.id, str(known.host)) == (operation.object_id, leaves):
        return Settlement(operation, "nothing", over)
    stayed = replace(known, id=operation.object_id, host=Urn.parse(leaves))
    return Settlement(operation, "nothing", replace(over, put=(stayed,)))


def _row(operation: OperationRecord, snapshot: Snapshot) -> ResourceRecord | None:
    if operation.row in snapshot.doomed:
        return snapshot.doomed[operation.row]
    live = snapshot.live.get(operation.urn)
    return live if live is not None and live.row == operation.row else None


def _over(operation: OperationRecord, outcome: Outcome) -> Changes:
    return Changes(end=(operation.id,), outcomes={operation.id: outcome})


def _record(operation: OperationRecord, seen: Observed[Any, Any]) -> ResourceRecord:
    now = utc_now()
    record = ResourceRecord(
        row=operation.row or operation.id,
        urn=operation.urn,
        kind=operation.kind,
        host=operation.host,
        id=seen.id,
        inputs=operation.inputs,
        outputs=with_secrets(to_properties(seen.outputs), operation.traits.secret_outputs),
        dependencies=operation.dependencies,
        references=operation.references,
        protect=operation.protect,
        retain_on_delete=operation.retain_on_delete,
        created=now,
        modified=now,
        inputs_hash=operation.inputs_hash,
        traits=operation.traits.model_copy(update={"leaves": None, "secret_outputs": ()}),
    )
    return with_proof(record, seen.stamp, seen.stamp.identity)

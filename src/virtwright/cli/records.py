"""Records of the state, found by name and made into JSON."""

from collections.abc import Sequence
from typing import Any

from virtwright.cli.json_lines import to_json
from virtwright.cli.names import find_urn
from virtwright.cli.render.outputs import shown
from virtwright.engine.selection import address
from virtwright.engine.state.records import FinishedOperation, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.stacks.base import StackName


def find_record(state: StackState, name: str) -> ResourceRecord:
    """The live record of the resource called ``name``. Raises ``InputError``."""
    records = {record.urn: record for record in state.resources() if not record.doomed}
    return records[find_urn(name, list(records))]


def records_of(store: StateStore, name: StackName) -> Sequence[ResourceRecord]:
    """Those of the stack; none where the state does not know it."""
    return store.stack(name).resources() if name in store.stacks() else ()


def record_to_json(record: ResourceRecord, last: FinishedOperation | None, *, secrets: bool) -> dict[str, Any]:
    """Everything that ``show`` tells, as JSON."""
    return {
        "name": address(record.urn),
        "urn": str(record.urn),
        "kind": record.kind,
        "host": record.host.name if record.host else None,
        "id": record.id,
        "inputs": to_json(shown(record.inputs, secrets=secrets)),
        "outputs": to_json(shown(record.outputs, secrets=secrets)),
        "dependencies": sorted(address(urn) for urn in record.dependencies),
        "protect": record.protect,
        "retain_on_delete": record.retain_on_delete,
        "created": record.created,
        "modified": record.modified,
        "last_change": None if last is None else _operation_to_json(last),
    }


def _operation_to_json(operation: FinishedOperation) -> dict[str, Any]:
    return {"op": operation.op, "outcome": operation.outcome, "run": operation.run, "finished": operation.finished}


def run_operations_to_json(operations: list[FinishedOperation]) -> list[dict[str, Any]]:
    return [{"name": address(each.urn), "urn": str(each.urn), **_operation_to_json(each)} for each in operations]

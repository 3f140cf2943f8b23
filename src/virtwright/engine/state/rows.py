"""Records to database rows and back. Each row carries a checksum of what it says, which finds silent damage."""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from virtwright.engine.state.codec import Codec
from virtwright.engine.state.records import FinishedOperation, OperationRecord, ResourceRecord, RunRecord
from virtwright.engine.state.traits import Traits
from virtwright.errors import StateError, Where
from virtwright.schemas.urn import Urn

Row = Mapping[str, Any]
_RESOURCE_TEXT: Final = (
    *("row", "stack", "urn", "kind", "host", "id", "inputs", "outputs", "dependencies", "references"),
    *("protect", "retain_on_delete", "created", "modified", "doomed", "pending_replacement", "inputs_hash"),
)
_OPERATION_TEXT: Final = ("id", "stack", "run", "urn", "op", "started", "details")
_STACK_TEXT: Final = ("uid", "project", "name", "serial", "salt", "outputs", "resources", "operations")
REPAIR: Final = "restore the newest backup, or rebuild the state from the hosts:\n    virtwright state recover"


def checksum(row: Row, names: Iterable[str]) -> int:
    """CRC-32 over the named columns; tells NULL from an empty text. -1 where one holds what no column may."""
    try:
        return zlib.crc32(json.dumps([_plain(row[name]) for name in names]).encode())
    except (TypeError, ValueError):
        return -1


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def stack_checksum(row: Row) -> int:
    """A row without a source, or without an identity, has the checksum that it had before there were any."""
    if row["source"] is not None:
        return checksum(row, (*_STACK_TEXT, "identity", "source"))
    return checksum(row, _STACK_TEXT if row["identity"] is None else (*_STACK_TEXT, "identity"))


def resource_row(record: ResourceRecord, stack: str, codec: Codec) -> dict[str, Any]:
    owner = str(record.urn)
    row: dict[str, Any] = {
        "row": record.row,
        "stack": stack,
        "urn": owner,
        "kind": record.kind,
        "host": record.host and str(record.host),
        "id": record.id,
        "inputs": codec.encode(owner, "inputs", record.inputs),
        "outputs": codec.encode(owner, "outputs", record.outputs),
        "dependencies": _urns_text(record.dependencies),
        "references": _urns_text(record.references),
        "protect": record.protect,
        "retain_on_delete": record.retain_on_delete,
        "created": record.created,
        "modified": record.modified,
        "doomed": record.doomed,
        "pending_replacement": record.pending_replacement,
        "inputs_hash": record.inputs_hash,
        "traits": record.traits.to_json(),
    }
    row["checksum"] = _resource_checksum(row)
    return row


def resource_record(row: Row, codec: Codec, urns: "UrnCache") -> ResourceRecord:
    """Raises ``StateError`` where the row is damaged."""
    _verify(row, _resource_checksum(row))
    owner = row["urn"]
    return ResourceRecord(
        row=row["row"],
        urn=urns(owner),
        kind=row["kind"],
        host=None if row["host"] is None else urns(row["host"]),
        id=row["id"],
        inputs=codec.decode_map(owner, "inputs", row["inputs"]),
        outputs=codec.decode_map(owner, "outputs", row["outputs"]),
        dependencies=urns.set_of(row["dependencies"], owner),
        references=urns.set_of(row["references"], owner),
        protect=bool(row["protect"]),
        retain_on_delete=bool(row["retain_on_delete"]),
        created=row["created"],
        modified=row["modified"],
        doomed=bool(row["doomed"]),
        pending_replacement=bool(row["pending_replacement"]),
        inputs_hash=row["inputs_hash"],
        traits=_traits(row["traits"], owner),
    )


def operation_row(record: OperationRecord, stack: str, codec: Codec) -> dict[str, Any]:
    owner = str(record.urn)
    details = {
        "kind": record.kind,
        "host": record.host and str(record.host),
        "object_id": record.object_id,
        "row": record.row,
        "inputs": codec.encode(owner, "inputs", record.inputs),
        "dependencies": sorted(map(str, record.dependencies)),
        "references": sorted(map(str, record.references)),
        "protect": record.protect,
        "retain_on_delete": record.retain_on_delete,
        "inputs_hash": record.inputs_hash,
        "traits": record.traits.to_json(),
    }
    row: dict[str, Any] = {
        "id": record.id,
        "stack": stack,
        "run": record.run,
        "urn": owner,
        "op": record.op,
        "started": record.started,
        "details": json.dumps(details),
        "finished": None,
        "outcome": None,
    }
    row["checksum"] = checksum(row, _OPERATION_TEXT)
    return row


def operation_record(row: Row, codec: Codec, urns: "UrnCache") -> OperationRecord:
    """Raises ``StateError`` where the row is damaged."""
    _verify(row, checksum(row, _OPERATION_TEXT))
    owner = row["urn"]
    try:
        details = json.loads(row["details"])
        return OperationRecord(
            id=row["id"],
            run=row["run"],
            urn=urns(owner),
            op=row["op"],
            kind=details["kind"],
            host=None if details["host"] is None else urns(details["host"]),
            object_id=details["object_id"],
            row=details["row"],
            inputs=codec.decode_map(owner, "inputs", details["inputs"]),
            dependencies=frozenset(map(urns, details["dependencies"])),
            references=frozenset(map(urns, details["references"])),
            protect=details["protect"],
            retain_on_delete=details["retain_on_delete"],
            inputs_hash=details["inputs_hash"],
            traits=_traits(details.get("traits"), owner),
            started=row["started"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise damaged("an open operation can't be read", owner) from error


def finished_operation(row: Row) -> FinishedOperation:
    names = ("id", "run", "op", "outcome", "started", "finished")
    return FinishedOperation(urn=UrnCache()(row["urn"]), **{name: row[name] for name in names})


def run_row(record: RunRecord, stack: str) -> dict[str, Any]:
    names = ("id", "command", "started", "finished", "result", "message", "who")
    row = {name: getattr(record, name) for name in names}
    return {**row, "stack": stack, "summary": json.dumps(dict(record.summary))}


def run_record(row: Row) -> RunRecord:
    names = ("id", "command", "started", "finished", "result", "message", "who")
    try:
        summary = json.loads(row["summary"])
    except (ValueError, TypeError) as error:
        raise damaged(f"the record of run {row['id']} can't be read", None) from error
    return RunRecord(**{name: row[name] for name in names}, summary=summary)


class UrnCache:
    """Parses URNs, each text once."""

    def __init__(self) -> None:
        self._parsed: dict[str, Urn] = {}

    def __call__(self, text: str) -> Urn:
        if (urn := self._parsed.get(text)) is None:
            try:
                urn = self._parsed[text] = Urn.parse(text)
            except (ValueError, AttributeError) as error:
                raise damaged(f"not a URN: {text!r}", None) from error
        return urn

    def set_of(self, text: str, owner: str) -> frozenset[Urn]:
        if text == "[]":
            return frozenset()
        try:
            return frozenset(map(self, json.loads(text)))
        except (ValueError, TypeError) as error:
            raise damaged("the list of its dependencies can't be read", owner) from error


def damaged(why: str, urn: str | None) -> StateError:
    return StateError(f"the state is damaged: {why}", where=Where(urn=urn), hint=REPAIR)


def _resource_checksum(row: Row) -> int:
    """A row without traits has the checksum that it had before there were any."""
    return checksum(row, _RESOURCE_TEXT if row["traits"] is None else (*_RESOURCE_TEXT, "traits"))


def _verify(row: Row, expected: int) -> None:
    if row["checksum"] != expected:
        raise damaged("a row does not match its checksum", str(row["urn"]))


def _traits(text: str | None, owner: str) -> Traits:
    try:
        return Traits.from_json(text)
    except ValueError as error:
        raise damaged("the traits of a resource can't be read", owner) from error


def _urns_text(urns: Iterable[Urn]) -> str:
    return json.dumps(sorted(map(str, urns))) if urns else "[]"

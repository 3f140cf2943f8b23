"""A state as one JSON document, and back. Secrets stay encrypted in it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import ValidationError

from virtwright.engine.state.codec import Codec
from virtwright.engine.state.integrity import check_operations, check_resources
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.state_file import FORMAT, VERSION, OperationEntry, ResourceEntry, StateFile
from virtwright.engine.state.traits import Traits
from virtwright.errors import InputError, Problem, StateError, Where
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties, Secret, Unknown, Value
from virtwright.stacks.cipher import Cipher

_VALUES = ("inputs", "outputs")


def export_state(state: StackState) -> dict[str, Any]:
    """The whole state, checked while it is read. Raises ``StateError`` where it is damaged."""
    resources, operations, outputs = state.resources(), state.open_operations(), state.outputs()
    codec = state.codec
    return {
        "format": FORMAT,
        "version": VERSION,
        "stack": {
            "project": state.name.project,
            "name": state.name.stack,
            "identity": state.identity,
            **_source(state),
        },
        "serial": state.serial,
        "salt": state.cipher.stored_salt,
        "resources": [_entry(record, codec) for record in resources],
        "operations": [_entry(record, codec) for record in operations],
        "outputs": _encoded(str(state.name), "outputs", outputs, codec),
    }


def import_state(state: StackState, document: Mapping[str, Any], lease: Lease) -> int:
    """Put ``document`` in the place of what the state holds, in one commit; returns the new serial.

    All is checked, and every secret decrypted, before anything is written. Raises ``InputError`` for a document of
    another form, ``StateError`` for one that is damaged or belongs to another stack, ``SecretsError`` for a wrong key.
    """
    file = _parsed(document)
    if (file.stack.project, file.stack.name) != (state.name.project, state.name.stack):
        raise StateError(
            f"this is the state of {file.stack.project}/{file.stack.name}, not of {state.name}",
            hint="import it into its own stack",
        )
    codec = Codec(Cipher.from_keys(state.keys, file.salt))
    resources = [ResourceRecord(**_fields(entry, codec)) for entry in file.resources]
    operations = [OperationRecord(**_fields(entry, codec)) for entry in file.operations]
    outputs = codec.decode_map(str(state.name), "outputs", json.dumps(file.outputs))
    check_resources(state.name, resources)
    check_operations(state.name, operations)
    _check_ids(resources, operations)
    resources, operations = _with_new_rows(resources, operations)
    changes = Changes(
        begin=tuple(operations),
        put=tuple(resources),
        outputs=outputs,
        identity=file.stack.identity,
        source=file.stack.known_source,
    )
    return state.replace(changes, lease)


def show(record: ResourceRecord | OperationRecord) -> dict[str, Any]:
    """One record for people: plain JSON values, secrets masked."""
    return {field.name: _shown(getattr(record, field.name)) for field in fields(record)}


def masked(value: Value) -> Value:
    """The value with each secret, and what is not known, as the text that stands for it."""
    if isinstance(value, Secret | Unknown):
        return str(value) if isinstance(value, Secret) else repr(value)
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _source(state: StackState) -> dict[str, Any]:
    return {"source": json.loads(state.source.to_json())} if state.source is not None else {}


def _shown(value: Any) -> Any:
    if isinstance(value, Urn):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, Traits):
        return value.model_dump(exclude_defaults=True)
    return masked(value)


def _encoded(owner: str, section: str, values: Properties, codec: Codec) -> Any:
    return json.loads(codec.encode(owner, section, values))


def _entry(record: ResourceRecord | OperationRecord, codec: Codec) -> dict[str, Any]:
    entry = {}
    for field in fields(record):
        value = getattr(record, field.name)
        encoded = _encoded(str(record.urn), field.name, value, codec) if field.name in _VALUES else _shown(value)
        entry[field.name] = encoded
    return entry


def _parsed(document: Mapping[str, Any]) -> StateFile:
    if document.get("format") == FORMAT and isinstance(version := document.get("version"), int) and version > VERSION:
        raise StateError(
            f"this state was exported by a newer virtwright (version {version} of the form; this one knows {VERSION})",
            hint="upgrade virtwright:\n    pip install --upgrade virtwright",
        )
    try:
        return StateFile.model_validate(document)
    except ValidationError as error:
        # the input itself is left out of the message: it may be a secret in clear
        problems = [
            Problem(f"not an exported state: {one['msg']}", Where(path=".".join(map(str, one["loc"])) or None))
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise InputError(problems) from error


def _fields(entry: ResourceEntry | OperationEntry, codec: Codec) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in type(entry).model_fields}
    values["urn"] = Urn.parse(entry.urn)
    values["host"] = None if entry.host is None else Urn.parse(entry.host)
    for name in ("dependencies", "references"):
        values[name] = frozenset(map(Urn.parse, values[name]))
    for name in _VALUES:
        if name in values:
            values[name] = codec.decode_map(entry.urn, name, json.dumps(values[name]))
    return values


def _check_ids(resources: list[ResourceRecord], operations: list[OperationRecord]) -> None:
    for ids in ([record.row for record in resources], [record.id for record in operations]):
        if len(set(ids)) != len(ids):
            raise StateError("two rows of this state have the same id")


def _with_new_rows(
    resources: list[ResourceRecord], operations: list[OperationRecord]
) -> tuple[list[ResourceRecord], list[OperationRecord]]:
    """Rows get new ids, so that none can be that of another stack's row."""
    new = {record.row: uuid.uuid4().hex for record in resources}
    return (
        [replace(record, row=new[record.row]) for record in resources],
        [replace(record, row=new.get(record.row or "")) for record in operations],
    )

"""Property values to and from the JSON that the runner of a program's code speaks: Pulumi's forms, secrets in clear."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from virtwright.schemas.signatures import ARCHIVE, ASSET, SECRET, SIGNATURE, UNKNOWN_TEXT, UNKNOWNS
from virtwright.schemas.values import UNKNOWN, Properties, Secret, Unknown, Value, reveal


def to_json(properties: Properties) -> dict[str, Any]:
    """What is not known yet is a mark."""
    return {name: _to_json(value) for name, value in reveal(properties).items()}


def from_json(properties: Mapping[str, Any]) -> dict[str, Value]:
    """Whole numbers become ``int``, as every number was a double on its way."""
    return {name: _from_json(value) for name, value in properties.items()}


def with_hashes_of(given: Properties, told: Properties) -> dict[str, Value]:
    """What was told, with the hashes of the assets that were given: the SDK keeps none."""
    known = {_asset_key(asset): asset for asset in _assets(given)}

    def restore(value: Value) -> Value:
        if isinstance(value, Mapping):
            found = known.get(_asset_key(value)) if SIGNATURE in value else None
            return found if found is not None else {key: restore(item) for key, item in value.items()}
        return [restore(item) for item in value] if isinstance(value, list) else value

    return {name: restore(value) for name, value in told.items()}


def _assets(value: Value) -> Iterator[Mapping[str, Value]]:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) in (ASSET, ARCHIVE):
            yield value
        for item in value.values():
            yield from _assets(item)
    elif isinstance(value, list):
        for item in value:
            yield from _assets(item)


def _asset_key(value: Value) -> str:
    """What an asset is but for its hash."""

    def bare(part: Value) -> Value:
        if isinstance(part, Mapping):
            return {key: bare(item) for key, item in part.items() if key != "hash"}
        return part

    return json.dumps(bare(value), sort_keys=True, default=repr)


def _to_json(value: Value) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, list | tuple) else value


def _from_json(value: Any) -> Value:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return Secret(reveal(_from_json(value.get("value"))))
        return {key: _from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    return int(value) if isinstance(value, float) and value.is_integer() else value

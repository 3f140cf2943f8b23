"""Property values to and from the JSON that the runner of a program's code speaks: Pulumi's forms, secrets in clear."""

from collections.abc import Mapping
from typing import Any

from virtwright.schemas.signatures import SECRET, SIGNATURE, UNKNOWN_TEXT, UNKNOWNS
from virtwright.schemas.values import UNKNOWN, Properties, Secret, Unknown, Value, reveal


def to_json(properties: Properties) -> dict[str, Any]:
    """What is not known yet is a mark."""
    return {name: _to_json(value) for name, value in reveal(properties).items()}


def from_json(properties: Mapping[str, Any]) -> dict[str, Value]:
    """Whole numbers become ``int``, as every number was a double on its way."""
    return {name: _from_json(value) for name, value in properties.items()}


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

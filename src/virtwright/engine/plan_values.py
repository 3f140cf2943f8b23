"""Values as JSON, with the two things JSON has no word for marked by a key that starts with ``$``."""

from collections.abc import Mapping
from typing import Any

from virtwright.schemas.values import UNKNOWN, Secret, Unknown, Value

_SECRET = "$secret"
_UNKNOWN = "$unknown"
_MAP = "$map"


def encode(value: Value) -> Any:
    """``Secret`` becomes ``{"$secret": ...}``, ``UNKNOWN`` ``{"$unknown": true}``; a map that uses such keys itself is
    wrapped as ``{"$map": ...}``."""
    if isinstance(value, Secret):
        return {_SECRET: encode(value.value)}
    if isinstance(value, Unknown):
        return {_UNKNOWN: True}
    if isinstance(value, Mapping):
        encoded = {key: encode(item) for key, item in value.items()}
        return {_MAP: encoded} if encoded.keys() & {_SECRET, _UNKNOWN, _MAP} else encoded
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def decode(value: Any) -> Value:
    """The opposite of ``encode``. What is decoded already stays as it is."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        if _SECRET in value:
            return Secret(decode(value[_SECRET]))
        if _UNKNOWN in value:
            return UNKNOWN
        if _MAP in value and isinstance(value[_MAP], dict):
            return {key: decode(item) for key, item in value[_MAP].items()}
    return {key: decode(item) for key, item in value.items()}

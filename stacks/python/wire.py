"""Property values to and from ``google.protobuf.Struct``, as Pulumi's protocol has them.

A secret becomes ``Secret``, an unknown of any type ``UNKNOWN``. Assets, archives, byte strings and references to resources,
for which our vocabulary has no word, stay objects with the signature key, and so pass through a state unharmed.
"""

import math
from collections.abc import Mapping
from typing import Final

from google.protobuf import struct_pb2

from virtwright.schemas.signatures import SECRET, SIGNATURE, UNKNOWN_TEXT, UNKNOWNS
from virtwright.schemas.values import UNKNOWN, Secret, Unknown, Value
from virtwright.stacks.python.special import WireError, settle

MOST_DEEP: Final = 100
"""How deeply values may be nested."""
MOST_VALUES: Final = 200_000
"""How many one message may hold: each is two bytes there at least, and a hundred times as many here."""


def decode(struct: struct_pb2.Struct) -> dict[str, Value]:
    """The properties that a message holds. Whole numbers become ``int``. Raises ``WireError``."""
    return _Decoder().fields(struct, MOST_DEEP)


def decode_value(value: struct_pb2.Value) -> Value:
    """One value. Raises ``WireError``."""
    return _Decoder().value(value, MOST_DEEP)


def encode(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Properties as a message. Raises ``WireError`` where a value has no form on the wire."""
    struct = struct_pb2.Struct()
    _encode_fields(properties, struct, MOST_DEEP)
    return struct


class _Decoder:
    """Reads one message."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def value(self, value: struct_pb2.Value, depth: int) -> Value:
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            text = value.string_value
            return UNKNOWN if text in UNKNOWNS else text
        if kind == "number_value":
            return _number(value.number_value)
        if kind == "bool_value":
            return value.bool_value
        if kind == "struct_value":
            fields = self.fields(value.struct_value, _deeper(depth))
            return settle(fields) if SIGNATURE in fields else fields
        if kind == "list_value":
            items = value.list_value.values
            self._count(len(items))
            below = _deeper(depth)
            return [self.value(item, below) for item in items]
        return None

    def fields(self, struct: struct_pb2.Struct, depth: int) -> dict[str, Value]:
        self._count(len(struct.fields))
        return {name: self.value(item, depth) for name, item in struct.fields.items()}

    def _count(self, more: int) -> None:
        self._left -= more
        if self._left < 0:
            raise WireError(f"a message holds more than {MOST_VALUES} values")


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and not (number == 0 and math.copysign(1, number) < 0) else number


def _deeper(depth: int) -> int:
    if depth == 0:
        raise WireError(f"values are nested more than {MOST_DEEP} levels deep")
    return depth - 1


def _encode_fields(properties: Mapping[str, Value], struct: struct_pb2.Struct, depth: int) -> None:
    for name, item in properties.items():
        if not isinstance(name, str):
            raise WireError("the keys of an object must be texts")
        try:
            target = struct.fields[name]
        except (UnicodeError, ValueError) as error:
            raise WireError("a key is not valid Unicode") from error
        _encode(item, target, depth)


def _encode(item: Value, target: struct_pb2.Value, depth: int) -> None:
    if item is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(item, Unknown):
        target.string_value = UNKNOWN_TEXT
    elif isinstance(item, bool):
        target.bool_value = item
    elif isinstance(item, str):
        try:
            target.string_value = item
        except (UnicodeError, ValueError) as error:
            raise WireError("a text is not valid Unicode") from error
    elif isinstance(item, int | float):
        target.number_value = _double(item)
    elif isinstance(item, Secret):
        fields = target.struct_value.fields
        fields[SIGNATURE].string_value = SECRET
        _encode(item.value, fields["value"], _deeper(depth))
    elif isinstance(item, Mapping):
        target.struct_value.SetInParent()
        _encode_fields(item, target.struct_value, _deeper(depth))
    elif isinstance(item, list | tuple):
        target.list_value.SetInParent()
        below = _deeper(depth)
        for each in item:
            _encode(each, target.list_value.values.add(), below)
    else:
        raise WireError(f"a value of the type {type(item).__name__} has no form on the wire")


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError as error:
        raise WireError("a number is too large for a double") from error

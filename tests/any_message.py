"""Messages of Pulumi's protocol with any values in any fields."""

import random
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from virtwright.schemas.signatures import RESOURCE, SECRET, SIGNATURE, UNKNOWN_TEXT

_NETWORK: Final = "virtwright:index:Network"
_HOST: Final = "urn:pulumi:shop::shop::pulumi:providers:virtwright::one"
TEXTS: Final = (
    "", "net", "cidr", "10.0.0.0/24", _NETWORK, "virtwright:index:Container", "my:index:Component", "pulumi:pulumi:Stack",
    _HOST, f"{_HOST}::id", f"urn:pulumi:shop::shop::{_NETWORK}::net", "urn:pulumi:shop::shop::pulumi:pulumi:Stack::shop-shop",
    UNKNOWN_TEXT, SIGNATURE, SECRET, RESOURCE, "value", "urn", "5m", "-1s", "../../etc", "a\0b", "\U0001f4a5" * 70, "127.0.0.1:1",
    "pulumi:pulumi:StackReference", "pulumi:pulumi:getResource", "pulumi-python:dynamic:Resource", "aws:s3:Bucket",
)  # fmt: skip
_NUMBERS: Final = (0, 1, 2, 7)
_DOUBLES: Final = (0.0, -1.5, 1e308, float("inf"), float("nan"))
_DEEPEST: Final = 3


def any_fields(message: Message, chance: random.Random, depth: int = 0) -> None:
    """Set some of the fields, one in three."""
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.33:
            _set(message, field, chance, depth)


def _set(message: Message, field: Any, chance: random.Random, depth: int) -> None:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        _set_entry(getattr(message, field.name), entry, chance, depth)
    elif entry is not None:
        if depth < _DEEPEST:
            below = getattr(message, field.name)
            below = below.add() if field.is_repeated else below
            below.SetInParent()
            any_fields(below, chance, depth + 1)
    elif field.is_repeated:
        getattr(message, field.name).append(_scalar(field, chance))
    else:
        setattr(message, field.name, _scalar(field, chance))


def _set_entry(entries: Any, entry: Any, chance: random.Random, depth: int) -> None:
    key = _scalar(entry.fields_by_name["key"], chance)
    value = entry.fields_by_name["value"]
    if value.message_type is None:
        entries[key] = _scalar(value, chance)
    elif depth < _DEEPEST:
        any_fields(entries[key], chance, depth + 1)


def _scalar(field: Any, chance: random.Random) -> Any:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            text = chance.choice(TEXTS)
            return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
        case FieldDescriptor.CPPTYPE_BOOL:
            return chance.random() < 0.5
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return chance.choice(_DOUBLES)
        case FieldDescriptor.CPPTYPE_ENUM:
            return chance.choice(field.enum_type.values).number
    return chance.choice(_NUMBERS)

"""Values on the wire: what goes out comes back, and whatever comes in is a value or a clear error."""

import base64
import os
import random

import pytest
from google.protobuf import struct_pb2
from google.protobuf.json_format import ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

from virtwright.schemas.signatures import ARCHIVE, ASSET, BYTES, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWNS
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.python.special import WireError
from virtwright.stacks.python.wire import MOST_DEEP, decode, decode_value, encode

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
MARKS = [SECRET, OUTPUT, RESOURCE, ASSET, ARCHIVE, BYTES]
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), TEXTS, st.just(UNKNOWN)
)
KEYS = TEXTS.filter(lambda key: key != SIGNATURE)


def _wrap(value: object) -> object:
    return value if isinstance(value, Secret) or value is UNKNOWN else Secret(value)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4), inner.map(_wrap)),
    max_leaves=12,
)
FIELDS = ["value", "secret", "dependencies", "urn", "id", "text", "path", "uri", "assets", "base64", "hash"]
LEAVES: list[object] = [None, True, 0.0, -1.5, 1e300, "", "x", "urn:pulumi:a::b::c::d", "eA==", *sorted(UNKNOWNS)]


def _raw(chance: random.Random, depth: int = 0) -> object:
    """Anything that a message may hold, special objects with wrong and missing fields among it."""
    kind = chance.randrange(6 if depth < 4 else 2)
    if kind < 2:
        return chance.choice(LEAVES)
    if kind == 2:
        return [_raw(chance, depth + 1) for _ in range(chance.randrange(3))]
    fields = {chance.choice([*FIELDS, "a", ""]): _raw(chance, depth + 1) for _ in range(chance.randrange(4))}
    if kind > 3:
        fields[SIGNATURE] = chance.choice(MARKS) if chance.random() < 0.9 else _raw(chance, depth + 1)
    return fields


@settings(max_examples=300 * SOAK)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_goes_out_comes_back(properties: dict[str, object]) -> None:
    assert decode(encode(properties)) == properties


def test_whatever_comes_in_is_a_value_or_a_clear_error() -> None:
    chance, refused = random.Random(5), 0
    for _ in range(10_000 * SOAK):
        struct = ParseDict({"a": _raw(chance), "b": _raw(chance)}, struct_pb2.Struct())
        try:
            properties = decode(struct)
        except WireError as error:
            assert str(error)
            refused += 1
        else:
            assert decode(encode(properties)) == properties
    assert 1_000 < refused < 9_000 * SOAK


@pytest.mark.parametrize("mark", [SECRET, RESOURCE, ASSET, ARCHIVE, BYTES])
def test_a_special_object_without_what_it_needs_is_an_error(mark: str) -> None:
    with pytest.raises(WireError):
        decode(ParseDict({"a": {SIGNATURE: mark}}, struct_pb2.Struct()))


def test_special_objects_that_are_whole() -> None:
    whole = {
        "resource": {SIGNATURE: RESOURCE, "urn": "urn:pulumi:a::b::c::d", "id": ""},
        "text": {SIGNATURE: ASSET, "text": "", "hash": "x"},
        "archive": {SIGNATURE: ARCHIVE, "assets": {"a": {SIGNATURE: ASSET, "path": "/x"}}},
        "bytes": {SIGNATURE: BYTES, "base64": base64.b64encode(b"\x00").decode()},
    }
    assert decode(ParseDict(whole, struct_pb2.Struct())) == whole


def test_output_values_become_what_they_hold() -> None:
    sent = {
        "known": {SIGNATURE: OUTPUT, "value": 1, "dependencies": ["urn"]},
        "secret": {SIGNATURE: OUTPUT, "value": "x", "secret": True},
        "unknown": {SIGNATURE: OUTPUT},
        "both": {SIGNATURE: OUTPUT, "secret": True},
    }
    got = decode(ParseDict(sent, struct_pb2.Struct()))
    assert got == {"known": 1, "secret": Secret("x"), "unknown": UNKNOWN, "both": UNKNOWN}


def test_every_unknown_is_one() -> None:
    assert {decode_value(struct_pb2.Value(string_value=text)) for text in UNKNOWNS} == {UNKNOWN}


@pytest.mark.parametrize("depth", [MOST_DEEP + 1, 10_000])
def test_too_deep_is_an_error_in_both_directions(depth: int) -> None:
    struct = struct_pb2.Struct()
    inner, value = struct, "x"
    for _ in range(depth):
        inner = inner.fields["a"].struct_value
        value = {"a": value}  # type: ignore[assignment]
    inner.fields["a"].string_value = "x"
    with pytest.raises(WireError, match="nested"):
        decode(struct)
    with pytest.raises(WireError, match="nested"):
        encode({"a": value})


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, {1: 2}, 10**400, object()])
def test_what_has_no_form_on_the_wire_is_an_error(value: object) -> None:
    with pytest.raises(WireError):
        encode({"a": value})

"""The form of what the state holds: text by text, and the place of what is damaged."""

import json
import math
from typing import Any, Final

import pytest

from virtwright.engine.state.codec import MARK, SECRET, Codec
from virtwright.errors import SecretsError, StateError
from virtwright.schemas.origins import CONTENT, content_origin, is_content
from virtwright.schemas.values import UNKNOWN, Sealed, Secret, Value
from virtwright.stacks.cipher import Cipher

OWNER: Final = "urn:pulumi:prod::shop::virtwright:index:Container::web"
FLOAT: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
ESCAPED: Final = "virtwright:escaped"
REPAIR: Final = "restore the newest backup, or rebuild the state from the hosts:\n    virtwright state recover"


class FakeCipher(Cipher):
    """No cipher, so that a test sees what is encrypted, and as what. Bound to its place all the same."""

    def encrypt(self, plaintext: str, place: str = "") -> str:
        return f"v2:{json.dumps([plaintext, place])}"

    def decrypt(self, text: str, place: str = "", *, pulumi: bool = False) -> str:
        plaintext, bound = json.loads(text.removeprefix("v2:"))
        if bound != place:
            raise SecretsError("it was moved here")
        return str(plaintext)


@pytest.fixture
def codec() -> Codec:
    return Codec(FakeCipher.from_passphrase("x"))


def secret(plaintext: str, *path: str | int, **more: str) -> dict[str, str]:
    place = json.dumps([OWNER, "inputs", *path])
    return {MARK: SECRET, "ciphertext": f"v2:{json.dumps([plaintext, place])}", **more}


def special(**fields: Any) -> dict[str, Any]:
    return {MARK: fields.pop("sort"), **fields}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        pytest.param({"a": [1, 2.5, None, True, "ü"], "b": {}}, {"a": [1, 2.5, None, True, "ü"], "b": {}}, id="plain"),
        pytest.param({"a": Secret("x")}, {"a": secret('"x"', "a")}, id="a secret"),
        pytest.param(
            {"a": [1, {"b": Secret(2)}]}, {"a": [1, {"b": secret("2", "a", 1, "b")}]}, id="a secret deep inside"
        ),
        pytest.param({"a": Secret({"b": Secret([1])})}, {"a": secret('{"b": [1]}', "a")}, id="a secret of secrets"),
        pytest.param({"a": Secret("x", "made so")}, {"a": secret('"x"', "a", origin="made so")}, id="with its origin"),
        pytest.param({"a": math.inf}, {"a": special(sort=FLOAT, value="7ff0000000000000")}, id="no number of JSON's"),
        pytest.param({"a": (1, 2)}, {"a": [1, 2]}, id="a tuple"),
        pytest.param({"a": MARK}, {"a": MARK}, id="a text that is the mark"),
        pytest.param(
            {"a": {MARK: "x", "b": Secret(1)}},
            {"a": special(sort=ESCAPED, items=[[MARK, "x"], ["b", secret("1", "a", "b")]])},
            id="a map that has the mark for a key",
        ),
    ],
)
def test_a_value_has_one_form(codec: Codec, value: Value, form: Any) -> None:
    text = codec.encode(OWNER, "inputs", value)
    assert text == json.dumps(form, separators=(",", ":"))
    back = Codec(FakeCipher.from_passphrase("x")).decode_map(OWNER, "inputs", text)
    assert json.dumps(form, separators=(",", ":")) == codec.encode(OWNER, "inputs", back)


def test_what_is_read_is_what_was_written(codec: Codec) -> None:
    value = {"a": Secret("x", "made so"), "b": [Secret({"c": 1})], "d": {MARK: "x", "e": Secret("y")}}
    back = codec.decode(OWNER, "inputs", codec.encode(OWNER, "inputs", value))
    assert back == value
    assert (back["a"].origin, back["b"][0].origin) == ("made so", "")


def test_a_secret_may_stand_there_in_clear(codec: Codec) -> None:
    """As Pulumi writes it where it is told to."""
    text = json.dumps({"a": {MARK: SECRET, "plaintext": '{"b": 1}'}})
    assert codec.decode(OWNER, "inputs", text) == {"a": Secret({"b": 1})}


def test_the_content_of_a_file_keeps_the_origin_that_was_read_while_it_is_the_same(codec: Codec) -> None:
    def origin(of: Codec, content: str, name: str = "a") -> str:
        told = json.loads(of.encode(OWNER, "inputs", {name: Secret(content, CONTENT)}))[name]
        assert isinstance(told["origin"], str) and is_content(told["origin"])
        return str(told["origin"])

    first = origin(codec, "text")
    assert origin(codec, "text") == first
    assert len({first, origin(codec, "other"), origin(codec, "text", "b")}) == 3
    fresh = Codec(FakeCipher.from_passphrase("x"))
    fresh.decode(OWNER, "inputs", codec.encode(OWNER, "inputs", {"a": Secret("text", CONTENT)}))
    assert origin(fresh, "text") == first, "after reading, too"
    assert origin(fresh, "other") != first
    assert content_origin("text") != content_origin("text"), "it tells nothing of the text without the key"


def test_a_closed_state_tells_where_its_secrets_are_and_of_what_they_were_made(codec: Codec) -> None:
    text = codec.encode(OWNER, "inputs", {"a": Secret("x", "made so"), "b": Secret("y"), "c": 1})
    closed = Codec(FakeCipher.from_passphrase("x"), sealed=True).decode(OWNER, "inputs", text)
    assert closed == {"a": Secret(Sealed("made so")), "b": closed["b"], "c": 1}
    assert isinstance(closed["b"].value, Sealed) and closed["b"] != Secret(Sealed())
    assert (closed["a"].origin, closed["b"].origin) == ("made so", "")


@pytest.mark.parametrize(
    ("value", "path", "what"),
    [
        ({"a": UNKNOWN}, "inputs.a", "an unknown value"),
        ({"a": [1, {"b": b"x"}]}, "inputs.a[1].b", "a bytes"),
    ],
)
def test_what_has_no_form_is_told_with_its_place(codec: Codec, value: Value, path: str, what: str) -> None:
    with pytest.raises(StateError) as caught:
        codec.encode(OWNER, "inputs", value)
    assert caught.value.message == f"{what} can't be stored; this is a bug in virtwright or in a provider"
    assert (caught.value.where.urn, caught.value.where.path) == (OWNER, path)


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("{", "inputs", "it is not JSON"),
        ("[]", "inputs", "it is not a map"),
        (
            f'{{"a": [1, {{"b": {{"{MARK}": "new"}}}}]}}',
            "inputs.a[1].b",
            "it holds a special object of the unknown sort 'new'",
        ),
        (json.dumps({"a": special(sort=SECRET)}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=SECRET, plaintext="{")}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=FLOAT)}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=FLOAT, value="zz")}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=FLOAT, value="00")}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=ESCAPED, items=[1])}), "inputs.a", "a special object is incomplete"),
        (json.dumps({"a": special(sort=ESCAPED, items=[["b"]])}), "inputs.a", "a special object is incomplete"),
        (
            json.dumps({"a": special(sort=ESCAPED, items=[["b", {MARK: "new"}]])}),
            "inputs.a.b",
            "it holds a special object of the unknown sort 'new'",
        ),
        (json.dumps({"b": secret('"x"', "a")}), "inputs.b", "it was moved here"),
    ],
)
def test_what_is_damaged_is_told_with_its_place(codec: Codec, text: str, path: str, why: str) -> None:
    with pytest.raises(StateError) as caught:
        codec.decode_map(OWNER, "inputs", text)
    assert caught.value.message == f"the state is damaged: {why}"
    assert (caught.value.where.urn, caught.value.where.path) == (OWNER, path)
    assert caught.value.hint == REPAIR


def test_what_is_nested_too_deeply_is_told_with_its_place(codec: Codec) -> None:
    with pytest.raises(StateError, match="nested too deeply, or has a map key that is no text") as caught:
        codec.encode(OWNER, "inputs", {(1, 2): 3})
    assert (caught.value.where.urn, caught.value.where.path) == (OWNER, "inputs")

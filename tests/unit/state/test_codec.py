import json
import math

import pytest

from virtwright.engine.state.codec import MARK, SECRET, Codec
from virtwright.errors import SecretsError, StateError
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.cipher import Cipher

OWNER = "urn:pulumi:prod::shop::virtwright:index:Container::web"


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(Cipher.from_passphrase("x"))


def test_plain_values_come_back_and_no_key_is_derived() -> None:
    cipher = Cipher.from_passphrase("x")
    values = {"a": [1, 2.5, None, True, "ü\ud800\0"], "b": {"c": []}}
    assert Codec(cipher).decode(OWNER, "inputs", Codec(cipher).encode(OWNER, "inputs", values)) == values
    assert cipher.stored_salt is None


def test_a_secret_is_one_ciphertext_and_comes_back(codec: Codec) -> None:
    text = codec.encode(OWNER, "inputs", {"env": {"P": Secret("hunter2")}, "list": [Secret({"deep": Secret(1)})]})
    assert "hunter2" not in text
    assert json.loads(text)["env"]["P"][MARK] == SECRET
    decoded = codec.decode(OWNER, "inputs", text)
    assert decoded == {"env": {"P": Secret("hunter2")}, "list": [Secret({"deep": 1})]}


def test_an_unchanged_secret_keeps_its_ciphertext(codec: Codec) -> None:
    first = codec.encode(OWNER, "inputs", {"p": Secret("same")})
    assert codec.encode(OWNER, "inputs", {"p": Secret("same"), "q": 1}).startswith(first[:-1])
    fresh = Codec(codec._cipher)
    value = fresh.decode(OWNER, "inputs", first)
    assert fresh.encode(OWNER, "inputs", value) == first, "after reading, too"
    assert fresh.encode(OWNER, "inputs", {"p": Secret("other")}) != first


@pytest.mark.parametrize(
    ("owner", "section", "name"),
    [(OWNER + "2", "inputs", "p"), (OWNER, "outputs", "p"), (OWNER, "inputs", "q")],
)
def test_a_moved_ciphertext_is_refused(codec: Codec, owner: str, section: str, name: str) -> None:
    moved = json.dumps({name: json.loads(codec.encode(OWNER, "inputs", {"p": Secret("x")}))["p"]})
    with pytest.raises(StateError, match="moved here") as caught:
        codec.decode(owner, section, moved)
    assert (caught.value.where.urn, caught.value.where.path) == (owner, f"{section}.{name}")


def test_a_ciphertext_of_a_configuration_file_is_refused_in_a_state(codec: Codec) -> None:
    """Whoever can write to the state could have it shown as an output otherwise."""
    text = json.dumps({"p": {MARK: SECRET, "ciphertext": codec._cipher.encrypt_for_pulumi("x", "config.p")}})
    with pytest.raises(StateError, match="bound to no place"):
        codec.decode(OWNER, "inputs", text)


def test_a_wrong_key_is_told_as_such(codec: Codec) -> None:
    text = codec.encode(OWNER, "inputs", {"p": Secret("x")})
    other = Codec(Cipher.from_passphrase("wrong", codec._cipher.salt))
    with pytest.raises(SecretsError, match="passphrase is not the one"):
        other.decode(OWNER, "inputs", text)


def test_numbers_that_json_has_not(codec: Codec) -> None:
    text = codec.encode(OWNER, "inputs", {"a": math.inf, "b": -math.inf, "c": math.nan})
    json.loads(text, parse_constant=lambda name: pytest.fail(f"not JSON: {name}"))
    back = codec.decode(OWNER, "inputs", text)
    assert (back["a"], back["b"]) == (math.inf, -math.inf)
    assert math.isnan(back["c"])


def test_a_value_can_not_pose_as_a_special_object(codec: Codec) -> None:
    value = {"x": {MARK: SECRET, "plaintext": '"gotcha"'}, "y": MARK}
    assert codec.decode(OWNER, "inputs", codec.encode(OWNER, "inputs", value)) == value


@pytest.mark.parametrize("value", [UNKNOWN, {"a": [UNKNOWN]}, Secret(UNKNOWN), object(), b"x", {(1, 2): 3}])
def test_what_can_not_be_stored_is_refused(codec: Codec, value: object) -> None:
    with pytest.raises(StateError):
        codec.encode(OWNER, "inputs", {"v": value})


def test_too_deep_values_are_refused(codec: Codec) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(StateError, match="deeply"):
        codec.encode(OWNER, "inputs", {"v": deep})
    with pytest.raises(StateError):
        codec.decode(OWNER, "inputs", "[" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\0" * 20,
        json.dumps({MARK: SECRET}),
        json.dumps({MARK: "new", "x": 1}),
        json.dumps({"a": {MARK: SECRET, "ciphertext": 5}}),
        json.dumps({"a": {MARK: SECRET, "ciphertext": "v2:AAAA:BBBB"}}),
        json.dumps({"a": {MARK: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c", "value": "zz"}}),
        json.dumps({"a": {MARK: "virtwright:escaped", "items": [1]}}),
    ],
)
def test_damaged_text_is_refused(codec: Codec, text: str) -> None:
    with pytest.raises(StateError) as caught:
        codec.decode_map(OWNER, "inputs", text)
    assert caught.value.where.urn == OWNER
    assert "state recover" in (caught.value.hint or "")

"""Property values to and from the JSON of a deployment (``SerializePropertyValue`` in pkg/resource/stack/deployment.go).

Secrets are encrypted one by one in the form of the passphrase provider, which has no room for their place; the nonces of
ours tell it all the same (``Cipher.made_at``), as long as Pulumi keeps the ciphertext.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from virtwright.engine.state.pulumi.document import damaged
from virtwright.errors import SecretsError, StateError, Where
from virtwright.schemas.signatures import ARCHIVE, ASSET, BYTES, SECRET, SIGNATURE, UNKNOWN_TEXT
from virtwright.schemas.values import UNKNOWN, Path, Properties, Secret, Value, render_path, reveal
from virtwright.stacks.cipher import Cipher, mark_in
from virtwright.stacks.python.special import WireError, settle

FLOAT: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
MOST_DEEP: Final = 100


class Values:
    """The values of one deployment, under one key."""

    def __init__(self, cipher: Cipher | None) -> None:
        """Without a cipher, only secrets in clear can be read."""
        self._cipher = cipher
        self._read_at: list[tuple[str, Path, str, str]] = []
        """Of each secret that was decrypted: owner, path, ciphertext, plaintext."""

    def write(self, owner: str, section: str, value: Value) -> Any:
        """Raises ``StateError`` for what the form has no word for."""
        return self._write(owner, (section,), value)

    def read(self, owner: str, section: str, value: Any) -> Value:
        """Raises ``StateError`` for what is damaged, and ``SecretsError``."""
        return self._read(owner, (section,), value)

    def read_map(self, owner: str, section: str, value: Mapping[str, Any] | None) -> dict[str, Value]:
        if SIGNATURE in (value or {}):
            raise _bad(owner, (section,), "a property has the name that marks special objects")
        read: dict[str, Value] = self._read_map(owner, (section,), value or {})
        return read

    def check_places(self) -> None:
        """Raises ``StateError`` where a secret that was read is one that virtwright encrypted for another place of this
        deployment: somebody moved or copied it."""
        if self._cipher is None:
            return
        places: dict[bytes, list[str]] = {}
        for owner, path, _, _ in self._read_at:
            place = _place(owner, path)
            places.setdefault(self._cipher.mark_of(place), []).append(place)
        for owner, path, text, plaintext in self._read_at:
            mine = _place(owner, path)
            there = [each for each in places.get(mark_in(text), ()) if self._cipher.made_at(text, plaintext, each)]
            if there and mine not in there:
                raise _bad(owner, path, "this secret was moved here from another place")

    def _write(self, owner: str, path: Path, value: Value) -> Any:
        _check_depth(owner, path)
        if isinstance(value, Secret):
            return self._write_secret(owner, path, value)
        if isinstance(value, Mapping):
            return self._write_map(owner, path, value)
        if isinstance(value, list | tuple):
            return [self._write(owner, (*path, index), item) for index, item in enumerate(value)]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _write_number(owner, path, value)
        if value is None or isinstance(value, str | bool):
            return value
        raise _untold(owner, path, f"a {type(value).__name__}")

    def _write_secret(self, owner: str, path: Path, secret: Secret) -> Any:
        assert self._cipher is not None
        plain = json.dumps(self._write(owner, path, reveal(secret)), ensure_ascii=False, separators=(",", ":"))
        return {SIGNATURE: SECRET, "ciphertext": self._cipher.encrypt_for_pulumi(plain, _place(owner, path))}

    def _write_map(self, owner: str, path: Path, value: Properties) -> Any:
        items = {key: self._write(owner, (*path, key), item) for key, item in value.items()}
        if SIGNATURE in items:
            try:
                settle(dict(value))
            except WireError as error:
                raise _untold(owner, path, "a map with Pulumi's own key for special objects") from error
            if items[SIGNATURE] == BYTES:
                return {SIGNATURE: BYTES, "value": items["base64"]}
        return items

    def _read(self, owner: str, path: Path, value: Any) -> Value:
        _check_depth(owner, path)
        if isinstance(value, list):
            return [self._read(owner, (*path, index), item) for index, item in enumerate(value)]
        if isinstance(value, dict):
            if SIGNATURE in value:
                return self._read_special(owner, path, value)
            return self._read_map(owner, path, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _read_number(owner, path, value)
        return UNKNOWN if value == UNKNOWN_TEXT else value

    def _read_map(self, owner: str, path: Path, value: Mapping[str, Any]) -> dict[str, Value]:
        return {key: self._read(owner, (*path, key), item) for key, item in value.items()}

    def _read_special(self, owner: str, path: Path, value: dict[str, Any]) -> Value:
        mark = value[SIGNATURE]
        if mark == SECRET:
            return self._read_secret(owner, path, value)
        if mark == FLOAT:
            try:
                return struct.unpack(">d", bytes.fromhex(value["value"]))[0]
            except (KeyError, TypeError, ValueError, struct.error) as error:
                raise _bad(owner, path, "a number is malformed") from error
        fields = self._read_map(owner, path, value)
        if mark == BYTES:
            fields = {SIGNATURE: BYTES, "base64": fields.get("value")}
        elif mark in (ASSET, ARCHIVE) and fields.keys() == {SIGNATURE, "hash"}:
            return fields  # a state may keep no more of it than that
        try:
            return settle(fields)
        except WireError as error:
            raise _bad(owner, path, str(error)) from error

    def _read_secret(self, owner: str, path: Path, value: dict[str, Any]) -> Secret:
        forms = [value.get(name) for name in ("ciphertext", "plaintext") if value.get(name) is not None]
        if len(forms) != 1 or not isinstance(forms[0], str):
            raise _bad(owner, path, "a secret needs either a ciphertext or a plaintext")
        text = forms[0] if value.get("plaintext") is not None else self._decrypted(owner, path, forms[0])
        try:
            # what is secret inside a secret is not encrypted twice, whatever its field is called
            told = json.loads(text, parse_constant=_no_constant)
            json.dumps(told, ensure_ascii=False).encode()  # half of a surrogate pair can't be stored
            inner = Values(None)._read(owner, path, told)
        except (ValueError, RecursionError) as error:
            raise _bad(owner, path, "a secret is not JSON") from error
        return Secret(inner)

    def _decrypted(self, owner: str, path: Path, text: str) -> str:
        if self._cipher is None:
            return text
        _ = self._cipher.salt  # a wrong key is told as such, not as damage
        try:
            plaintext = self._cipher.decrypt(text)
        except SecretsError as error:
            raise _bad(owner, path, error.message) from error
        self._read_at.append((owner, path, text, plaintext))
        return plaintext


def _place(owner: str, path: Path) -> str:
    return json.dumps([owner, *path])


def _write_number(owner: str, path: Path, number: float) -> Any:
    if isinstance(number, float):
        if not math.isfinite(number):
            return {SIGNATURE: FLOAT, "value": struct.pack(">d", number).hex()}
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    try:
        exact = int(float(number)) == number
    except OverflowError:
        exact = False
    if not exact:
        raise _untold(owner, path, "a whole number that no double can hold")
    return number


def _read_number(owner: str, path: Path, number: float) -> Value:
    try:
        double = float(number)
    except OverflowError as error:
        raise _bad(owner, path, "a number is too large") from error
    if not math.isfinite(double):
        raise _bad(owner, path, "a number is too large")
    is_negative_zero = double == 0 and math.copysign(1, double) < 0
    return int(double) if double.is_integer() and not is_negative_zero else number


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check_depth(owner: str, path: Path) -> None:
    if len(path) > MOST_DEEP:
        raise _bad(owner, path[:3], f"values are nested more than {MOST_DEEP} levels deep")


def _bad(owner: str, path: Path, why: str) -> StateError:
    error = damaged(why)
    error.problem = replace(error.problem, where=Where(path=render_path(path), urn=owner))
    return error


def _untold(owner: str, path: Path, what: str) -> StateError:
    return StateError(f"{what} has no form in a state of Pulumi", where=Where(path=render_path(path), urn=owner))

"""Property values to JSON text and back, each secret encrypted by itself and bound to its place.

Special values are objects marked by Pulumi's key, so that a state can move to and from Pulumi's form.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from virtwright.errors import SecretsError, StateError, Where
from virtwright.schemas.origins import CONTENT, OUTSIDE, content_origin, is_content
from virtwright.schemas.values import Path, Properties, Sealed, Secret, Unknown, Value, render_path, reveal
from virtwright.stacks.cipher import Cipher, is_bound

MARK: Final = "4dabf18193072939515e22adb298388d"
"""Pulumi's key of special objects (``sdk/go/common/resource/sig``)."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_FLOAT: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
_ESCAPED: Final = "virtwright:escaped"
"""Our own: a map of the user's that holds the mark itself, as a list of its items."""
_REPAIR: Final = "restore the newest backup, or rebuild the state from the hosts:\n    virtwright state recover"


class _SpecialError(Exception):
    """Raised by the fast path for what JSON has no word for."""


def _special(value: object) -> NoReturn:
    raise _SpecialError


_FAST: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_special)


class Codec:
    """Encodes and decodes the values of one stack. Remembers ciphertexts, so that an unchanged secret keeps its own."""

    def __init__(self, cipher: Cipher, *, sealed: bool = False) -> None:
        """With ``sealed`` nothing is decrypted, and each secret is one that is ``Sealed``."""
        self._cipher = cipher
        self._sealed = sealed
        self._known: dict[tuple[str, str], str] = {}
        self._origins: dict[tuple[str, str], str] = {}

    def encode(self, owner: str, section: str, value: Value) -> str:
        """JSON text. ``owner`` (a URN or a stack's name) and ``section`` (``inputs``) say where the value lives."""
        try:
            try:
                text = _FAST.encode(value)
            except (_SpecialError, ValueError):
                text = _FAST.encode(self._wrap(owner, (section,), value))
            else:
                if MARK in text:
                    text = _FAST.encode(self._wrap(owner, (section,), value))
        except (RecursionError, TypeError) as error:
            raise StateError(
                "a value is nested too deeply, or has a map key that is no text", where=Where(path=section, urn=owner)
            ) from error
        return text

    def decode(self, owner: str, section: str, text: str) -> Value:
        """Raises ``StateError`` where ``text`` is damaged or a secret was moved, ``SecretsError`` for a wrong key."""
        try:
            value = json.loads(text)
            return self._unwrap(owner, (section,), value) if MARK in text else value
        except (ValueError, RecursionError, TypeError) as error:
            raise _damaged(owner, (section,), "it is not JSON") from error

    def decode_map(self, owner: str, section: str, text: str) -> Properties:
        value = self.decode(owner, section, text)
        if not isinstance(value, dict):
            raise _damaged(owner, (section,), "it is not a map")
        return value

    def _wrap(self, owner: str, path: Path, value: Value) -> Value:
        if isinstance(value, Secret):
            origin = self._origin(owner, path, value)
            return {MARK: SECRET, "ciphertext": self._encrypt(owner, path, value), **origin}
        if isinstance(value, Mapping):
            return self._wrap_map(owner, path, value)
        if isinstance(value, list | tuple):
            return [self._wrap(owner, (*path, index), item) for index, item in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            return {MARK: _FLOAT, "value": struct.pack(">d", value).hex()}
        if isinstance(value, Unknown) or not isinstance(value, str | int | float | None):
            what = "an unknown value" if isinstance(value, Unknown) else f"a {type(value).__name__}"
            raise StateError(
                f"{what} can't be stored; this is a bug in virtwright or in a provider",
                where=Where(path=render_path(path), urn=owner),
            )
        return value

    def _wrap_map(self, owner: str, path: Path, value: Mapping[str, Value]) -> Value:
        items = {key: self._wrap(owner, (*path, key), item) for key, item in value.items()}
        return {MARK: _ESCAPED, "items": [list(item) for item in items.items()]} if MARK in items else items

    def _unwrap(self, owner: str, path: Path, value: Any) -> Value:
        if isinstance(value, list):
            return [self._unwrap(owner, (*path, index), item) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if MARK not in value:
            return {key: self._unwrap(owner, (*path, key), item) for key, item in value.items()}
        try:
            return self._unwrap_special(owner, path, value)
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise _damaged(owner, path, "a special object is incomplete") from error

    def _unwrap_special(self, owner: str, path: Path, value: dict[str, Any]) -> Value:
        if value[MARK] == SECRET:
            return self._decrypt(owner, path, value)
        if value[MARK] == _FLOAT:
            return struct.unpack(">d", bytes.fromhex(value["value"]))[0]
        if value[MARK] == _ESCAPED:
            return {key: self._unwrap(owner, (*path, key), item) for key, item in value["items"]}
        raise _damaged(owner, path, f"it holds a special object of the unknown sort {value[MARK]!r}")

    def _origin(self, owner: str, path: Path, secret: Secret) -> Mapping[str, str]:
        if secret.origin == OUTSIDE:
            return {}
        if secret.origin != CONTENT:
            return {"origin": secret.origin} if secret.origin else {}
        key = (_place(owner, path), str(secret.value))
        if key not in self._origins:
            self._origins[key] = content_origin(str(secret.value))
        return {"origin": self._origins[key]}

    def _encrypt(self, owner: str, path: Path, secret: Secret) -> str:
        place = _place(owner, path)
        plaintext = json.dumps(reveal(secret))
        known = self._known.get((place, plaintext))
        if known is None:
            known = self._known[place, plaintext] = self._cipher.encrypt(plaintext, place)
        return known

    def _decrypt(self, owner: str, path: Path, value: dict[str, Any]) -> Secret:
        origin = str(value.get("origin", ""))
        if self._sealed:
            return Secret(Sealed(origin), origin)
        if "ciphertext" not in value:
            return Secret(json.loads(value["plaintext"]))
        place, text = _place(owner, path), str(value["ciphertext"])
        _ = self._cipher.salt  # a wrong key is told as such, not as damage
        try:
            plaintext = self._cipher.decrypt(text, place)
        except SecretsError as error:
            raise _damaged(owner, path, error.message) from error
        if is_bound(text):
            self._known[place, plaintext] = text
        opened = json.loads(plaintext)
        if is_content(origin):
            self._origins[place, str(opened)] = origin
        return Secret(opened, origin)


def _place(owner: str, path: Path) -> str:
    return json.dumps([owner, *path])


def _damaged(owner: str, path: Path, why: str) -> StateError:
    return StateError(f"the state is damaged: {why}", where=Where(path=render_path(path), urn=owner), hint=_REPAIR)

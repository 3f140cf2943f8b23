"""Special objects in plain form: what they must hold, and which of them our own vocabulary has a word for."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from virtwright.schemas.signatures import ARCHIVE, ASSET, BYTES, OUTPUT, RESOURCE, SECRET, SIGNATURE
from virtwright.schemas.values import UNKNOWN, Secret, Value


class WireError(ValueError):
    """A value breaks the rules of the protocol. The message never quotes it."""


def settle(fields: dict[str, Value]) -> Value:
    """A decoded object with the signature key: as ``Secret`` or ``UNKNOWN`` where it is one, else itself, checked.

    Raises ``WireError``.
    """
    mark = fields[SIGNATURE]
    rule = _RULES.get(mark) if isinstance(mark, str) else None
    if rule is None:
        raise WireError("an object carries a signature that is not known")
    return rule(fields)


def is_special(value: Value, mark: str) -> bool:
    """Whether a decoded value is the special object ``mark``."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == mark


def _secret(fields: dict[str, Value]) -> Value:
    if "value" not in fields:
        raise WireError("a secret has no value")
    return _wrapped(fields["value"])


def _wrapped(value: Value) -> Value:
    return value if isinstance(value, Secret) or value is UNKNOWN else Secret(value)


def _output(fields: dict[str, Value]) -> Value:
    secret = fields.get("secret", False)
    dependencies = fields.get("dependencies", [])
    if not isinstance(secret, bool) or not _texts(dependencies):
        raise WireError("an output value is malformed")
    value = fields.get("value", UNKNOWN)
    return _wrapped(value) if secret else value


def _resource(fields: dict[str, Value]) -> Value:
    _demand(fields, "a resource reference", "urn")
    return fields


def _asset(fields: dict[str, Value]) -> Value:
    return _one_of(fields, "an asset", ("text", "path", "uri"))


def _archive(fields: dict[str, Value]) -> Value:
    members = fields.get("assets")
    if members is None:
        return _one_of(fields, "an archive", ("path", "uri"))
    if not isinstance(members, Mapping):
        raise WireError("an archive's members must be a map")
    for member in members.values():
        if not (is_special(member, ASSET) or is_special(member, ARCHIVE)):
            raise WireError("an archive holds something that is neither an asset nor an archive")
    return fields


def _bytes(fields: dict[str, Value]) -> Value:
    _demand(fields, "a byte string", "base64")
    try:
        base64.b64decode(fields["base64"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError("a byte string is not base64") from error
    return fields


def _one_of(fields: dict[str, Value], what: str, names: tuple[str, ...]) -> Value:
    given = [name for name in names if fields.get(name) not in (None, "")]
    if not given and "text" in names and fields.get("text") == "":
        given = ["text"]
    if len(given) != 1:
        raise WireError(f"{what} needs exactly one of {', '.join(names)}")
    _demand(fields, what, given[0])
    return fields


def _demand(fields: dict[str, Value], what: str, name: str) -> None:
    if not isinstance(fields.get(name), str):
        raise WireError(f"{what} has no {name}")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_RULES: Final[Mapping[str, Callable[[dict[str, Value]], Value]]] = {
    SECRET: _secret,
    OUTPUT: _output,
    RESOURCE: _resource,
    ASSET: _asset,
    ARCHIVE: _archive,
    BYTES: _bytes,
}

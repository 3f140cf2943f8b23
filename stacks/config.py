"""The configuration of a stack: what it declares, and the values for one environment.

A value is taken from the first place that has one: ``--config name=value``, the environment variable
``VIRTWRIGHT_CONFIG_NAME``, the environment's own file (``shop.prod.yaml`` beside ``shop.yaml``), the declared default.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Final, TypeAlias

from virtwright.errors import InputError, Problem, SecretsError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigDeclaration, ConfigType, fits_config_type
from virtwright.schemas.problems import near, quote
from virtwright.schemas.values import UNKNOWN, Sealed, Secret, Value
from virtwright.stacks.base import StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.config_file import ConfigFile, FileValue, decrypt, sealed
from virtwright.stacks.config_text import EXPECTED, parse_value
from virtwright.stacks.find import words_for
from virtwright.stacks.keys import Keys
from virtwright.trust import TRUSTED, Trust

VARIABLE_PREFIX: Final = "VIRTWRIGHT_CONFIG_"


@dataclass(frozen=True, slots=True)
class DeclaredValue:
    """One key that a stack declares."""

    declaration: ConfigDeclaration | None
    """None where it is wrong, which has been reported."""
    where: Where


Declarations: TypeAlias = Mapping[str, DeclaredValue]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The values of all declared keys."""

    values: Mapping[str, Value]
    """``UNKNOWN`` for what is missing, wrong (see ``problems``) or withheld; ``Sealed`` for what is encrypted while there is no
    key."""
    problems: Sequence[Problem]
    hash: Callable[[], str]
    """Computes a hash of the values, in hex. Not to be shown: a secret can be guessed from it."""


@dataclass(slots=True)
class _Taken:
    """A value and where it came from."""

    value: Value
    secret_source: str | None = None
    """What stands for the value in the digest, where it is secret: the ciphertext."""


@dataclass(slots=True)
class _Settling:
    declarations: Declarations
    given: Mapping[str, str]
    environment: Mapping[str, str]
    file: ConfigFile
    cipher: Cipher | None
    trust: Trust
    problems: list[Problem] = field(default_factory=list)


def variable(name: str) -> str:
    """The environment variable that sets the key ``name``."""
    return VARIABLE_PREFIX + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def settle(
    name: StackName,
    declarations: Declarations,
    *,
    given: Sequence[str],
    environment: Mapping[str, str],
    file: ConfigFile,
    keys: Keys | None,
    trust: Trust = TRUSTED,
) -> Configuration:
    """Find and check the value of every declared key. ``given`` holds ``name=value`` texts; the last one wins.

    Where ``trust`` is limited the stack does not learn what was given, nor what the environment's variables hold; both are
    ``UNKNOWN``, as is a secret that has no value. Without ``keys`` nothing is decrypted and an encrypted value is ``Sealed``. Raises ``SecretsError`` where a value
    can't be decrypted; everything else that is wrong is in the result.
    """
    cipher = Cipher.from_keys(keys, file.salt) if keys and not file.problems else None
    settling = _Settling(declarations, {}, environment, file, cipher, trust, list(file.problems))
    settling.given = _parse_given(given, settling)
    _check_file_names(settling)
    taken = {key: _take(key, declared, settling) for key, declared in declarations.items()}
    _report_missing(name, [key for key, each in taken.items() if each is None], settling)
    values = {key: UNKNOWN if each is None else _marked(each, declarations[key]) for key, each in taken.items()}
    return Configuration(values, settling.problems, partial(_digest, name, values, taken))


def _parse_given(given: Sequence[str], settling: _Settling) -> dict[str, str]:
    values = {}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator:
            settling.problems.append(_problem("--config takes KEY=VALUE", Where(path="--config")))
        elif key not in settling.declarations:
            settling.problems.append(_undeclared(key, Where(path="--config"), settling.declarations))
        else:
            values[key] = value
    return values


def _check_file_names(settling: _Settling) -> None:
    for key, value in settling.file.values.items():
        if key not in settling.declarations:
            settling.problems.append(_undeclared(key, value.where, settling.declarations))


def _undeclared(key: str, where: Where, declarations: Declarations) -> Problem:
    meant = near(key, list(declarations))
    hint = f"did you mean {meant}?" if meant else "declare it in the stack's section config, or remove it here"
    return _problem(f"the stack declares no configuration key {quote(key)}", where, hint)


def _problem(message: str, where: Where, hint: str | None = None) -> Problem:
    return Problem(message, where, hint)


def _take(key: str, declared: DeclaredValue, settling: _Settling) -> _Taken | None:
    declaration = declared.declaration
    if declaration is None:
        return _Taken(UNKNOWN)
    if settling.trust.limited and _is_withheld(key, declaration, settling):
        return _Taken(UNKNOWN)
    if (text := settling.given.get(key)) is not None:
        return _from_text(key, text, declaration, Where(path=f"--config {key}"), settling)
    if (text := settling.environment.get(variable(key))) is not None:
        return _from_text(key, text, declaration, Where(path=variable(key)), settling)
    if (written := settling.file.values.get(key)) is not None:
        return _from_file(key, written, declaration, settling)
    return None if declaration.default is None else _Taken(declaration.default)


def _is_withheld(key: str, declaration: ConfigDeclaration, settling: _Settling) -> bool:
    """What was given and the environment are the operator's, whatever a stack that is not trusted says that they are."""
    if key in settling.given or variable(key) in settling.environment:
        return True
    return declaration.secret and key not in settling.file.values and declaration.default is None


def _from_text(key: str, text: str, declaration: ConfigDeclaration, where: Where, settling: _Settling) -> _Taken:
    try:
        return _Taken(parse_value(text, declaration.type))
    except ValueError as error:
        shown = "" if declaration.secret else f", got {quote(text)}"
        settling.problems.append(_problem(f"{key}: {error}{shown}", where))
        return _Taken(UNKNOWN)


def _from_file(key: str, written: FileValue, declaration: ConfigDeclaration, settling: _Settling) -> _Taken:
    value, source = written.value, None
    if written.encrypted:
        try:
            if settling.cipher is None:
                value = sealed(written.value)
            else:
                value = decrypt(written.value, settling.cipher, key, settling.file.values.keys() - {key})
        except SecretsError as error:
            raise SecretsError(error.message, where=written.where, hint=error.hint) from error
        source = json.dumps(written.value, sort_keys=True)
    secret = declaration.secret or written.encrypted
    return _typed(key, value, declaration.type, written.where, settling, source, secret=secret)


def _typed(
    key: str, value: Value, type_: ConfigType, where: Where, settling: _Settling, source: str | None, *, secret: bool
) -> _Taken:
    origin = value.origin if isinstance(value, Secret) else None
    inner = value.value if isinstance(value, Secret) else value
    if isinstance(inner, Sealed):
        return _Taken(value, source)
    try:
        if isinstance(inner, str) and type_ != "string":
            inner = parse_value(inner, type_)
        if not fits_config_type(inner, type_):
            raise ValueError(f"expected {EXPECTED[type_]}")
    except ValueError as error:
        shown = "" if secret else f", got {quote(inner)}"
        hint = 'put it in quotes: "..."' if type_ == "string" and isinstance(inner, int | float) else None
        settling.problems.append(_problem(f"{key}: {error}{shown}", where, hint))
        return _Taken(UNKNOWN)
    return _Taken(inner if origin is None else Secret(inner, origin), source)


def _report_missing(name: StackName, missing: list[str], settling: _Settling) -> None:
    if not missing:
        return
    lines, where = [], settling.declarations[missing[0]].where
    options = words_for(where.file, name, settling.trust)
    for key in missing:
        declaration = settling.declarations[key].declaration
        secret = "--secret " if declaration and declaration.secret else ""
        about = f"   # {declaration.description}" if declaration and declaration.description else ""
        value = "" if secret else " VALUE"
        lines.append(f"    virtwright config set {secret}{key}{value}{options}{about}")
    message = f"the configuration has no value for {', '.join(missing)}"
    hint = "give each a value:\n" + "\n".join(lines)
    settling.problems.append(_problem(message, where, hint))


def _marked(taken: _Taken, declared: DeclaredValue) -> Value:
    secret = declared.declaration is not None and declared.declaration.secret
    return Secret(taken.value) if secret and taken.value is not UNKNOWN and not _is_secret(taken.value) else taken.value


def _is_secret(value: Value) -> bool:
    return isinstance(value, Secret)


def _digest(name: StackName, values: Mapping[str, Value], taken: Mapping[str, _Taken | None]) -> str:
    hashed: dict[str, Value] = {}
    for key, value in values.items():
        each = taken[key]
        source = each.secret_source if each is not None else None
        hashed[key] = source or (None if value is UNKNOWN else value)
    text = json.dumps([str(name), hashed], sort_keys=True, default=_reveal)
    return hashlib.sha256(text.encode()).hexdigest()


def _reveal(value: object) -> Value:
    return value.value if isinstance(value, Secret) else str(value)


def check(configuration: Configuration) -> None:
    """Raise ``InputError`` with everything that is wrong with a configuration."""
    if configuration.problems:
        raise InputError(configuration.problems)

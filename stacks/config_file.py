"""The file with the configuration of one environment, in the form of ``Pulumi.<stack>.yaml``.

    encryptionsalt: v1:...
    config:
      replicas: 3
      db_password: {secure: "v2:..."}

A key may carry the project's name, as ``shop:replicas``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.errors import Problem, SecretsError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.origins import derived
from virtwright.schemas.values import Sealed, Secret, Value
from virtwright.stacks.cipher import Cipher, is_bound
from virtwright.stacks.config_text import to_value
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.nodes import Node, Position
from virtwright.stacks.yaml.problems import Problems, suggestion
from virtwright.stacks.yaml.source import read_text

SECURE: Final = "secure"
SALT: Final = "encryptionsalt"
VALUES: Final = "config"
_KNOWN: Final = (SALT, VALUES, "secretsprovider")


@dataclass(frozen=True, slots=True)
class FileValue:
    """One value as it stands in the file."""

    name: str
    """Its key as written, with or without the project's name."""
    value: Value = field(repr=False)
    """Encrypted parts are ``{"secure": CIPHERTEXT}``."""
    encrypted: bool
    """It is encrypted, or holds something that is."""
    where: Where


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a configuration file holds. A file that isn't there holds nothing."""

    path: Path
    values: Mapping[str, FileValue] = field(default_factory=dict)
    salt: str | None = None
    problems: tuple[Problem, ...] = ()


def file_beside(stack_file: Path, stack: str) -> Path:
    """``shop.prod.yaml`` for ``shop.yaml`` and the environment ``prod``."""
    return stack_file.with_name(f"{stack_file.stem}.{stack}{stack_file.suffix}")


def read_config_file(path: Path, project: str, *, shared: bool = False) -> ConfigFile:
    """``shared`` says that it may hold keys of other projects, as ``virtwright:uri``, which keep that prefix. Raises ``InputError`` where the file can't be read or is no YAML; lesser faults are in the result's problems."""
    if not path.exists():
        return ConfigFile(path)
    text = read_text(path)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        return ConfigFile(path)
    problems = Problems(str(path))
    root = compose(text, problems)
    problems.check()
    return _Reader(path, project, problems, shared=shared).read(root)


def decrypt(value: Value, cipher: Cipher, key: str, others: Iterable[str] = ()) -> Value:
    """The value with every encrypted part decrypted and marked as ``Secret``. ``others`` are the other keys of the file.

    Raises ``SecretsError``, also for a text that was moved here from another key.
    """

    def opened(text: str) -> Secret:
        plaintext = cipher.decrypt(text, place(key), pulumi=True)
        if not is_bound(text) and any(cipher.made_at(text, plaintext, place(other)) for other in others):
            raise SecretsError(
                "this secret was moved here from another key", hint=f"set it again:\n    virtwright config set {key}"
            )
        return Secret(plaintext, derived(f"ciphertext {text}"))

    return _replaced(value, opened)


def sealed(value: Value) -> Value:
    """The value with every encrypted part as it is where it can't or may not be decrypted."""

    def kept(text: str) -> Secret:
        origin = derived(f"ciphertext {text}")
        return Secret(Sealed(origin), origin)

    return _replaced(value, kept)


def renewed(value: Value, old: Cipher, new: Cipher, key: str) -> Value:
    """The value with every encrypted part in Pulumi's form, under the key of ``new``. Raises ``SecretsError``."""
    return _replaced(
        value, lambda text: {SECURE: new.encrypt_for_pulumi(old.decrypt(text, place(key), pulumi=True), place(key))}
    )


def _replaced(value: Value, change: Callable[[str], Value]) -> Value:
    if _is_secure(value):
        return change(value[SECURE])
    if isinstance(value, dict):
        return {name: _replaced(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, change) for item in value]
    return value


def holds_bound(value: Value) -> bool:
    """Whether a part of it is encrypted in our own form, which Pulumi can't read."""
    return _holds(value, lambda part: _is_secure(part) and isinstance(part[SECURE], str) and is_bound(part[SECURE]))


def place(key: str) -> str:
    """What a ciphertext of this key is bound to."""
    return f"config.{key}"


def _is_secure(value: Value) -> bool:
    return isinstance(value, dict) and list(value) == [SECURE]


def _holds(value: Value, predicate: Callable[[Value], bool]) -> bool:
    if predicate(value):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds(item, predicate) for item in items)


class _Reader:
    def __init__(self, path: Path, project: str, problems: Problems, *, shared: bool) -> None:
        self._shared = shared
        self._path = path
        self._project = project
        self._problems = problems

    def read(self, root: Node) -> ConfigFile:
        values: dict[str, FileValue] = {}
        salt: str | None = None
        if not isinstance(root.value, dict):
            self._problems.add("expected a map with the key config", root.at)
            self._problems.check()
        assert isinstance(root.value, dict)
        for word, node in root.value.items():
            if word == VALUES:
                values = self._values(node)
            elif word == SALT and isinstance(node.value, str):
                salt = node.value
            else:
                self._other(word, node, root.keys[word])
        if salt is None and any(each.encrypted for each in values.values()):
            self._problems.add(f"there are encrypted values but no {SALT}", root.at, None, "restore it from a backup")
        return ConfigFile(self._path, values, salt, tuple(self._problems.all()))

    def _values(self, node: Node) -> dict[str, FileValue]:
        if node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._problems.add("expected a map from names to values", node.at, VALUES)
            return {}
        values: dict[str, FileValue] = {}
        for written, item in node.value.items():
            at = node.keys[written]
            namespace, _, name = written.rpartition(":")
            if self._shared and namespace not in ("", self._project):
                values[written] = self._value(written, written, item)
            elif namespace not in ("", self._project):
                hint = f"write {self._project}:{name}, or {name} alone"
                self._problems.add(f"the key {written!r} belongs to another project", at, VALUES, hint)
            elif name in values:
                self._problems.add(f"the key {name!r} is given twice", at, VALUES)
            else:
                values[name] = self._value(written, name, item)
        return values

    def _value(self, written: str, name: str, node: Node) -> FileValue:
        value = to_value(node)
        if _holds(value, lambda part: _is_secure(part) and not isinstance(part[SECURE], str)):
            self._problems.add("secure takes an encrypted text", node.at, f"{VALUES}.{name}")
        line, column = node.at
        where = Where(str(self._path), line, column, f"{VALUES}.{name}")
        return FileValue(written, value, _holds(value, _is_secure), where)

    def _other(self, word: str, node: Node, at: Position) -> None:
        if word == SALT:
            self._problems.add("expected text", node.at, word)
        elif word == "environment" and self._shared:
            if node.value not in (None, []):
                hint = "give the stack the values that it needs: virtwright config set"
                self._problems.add("environments of Pulumi ESC are not read", at, word, hint)
        elif word == "secretsprovider":
            if node.value not in (None, "", "passphrase", "default"):
                hint = "encrypt the values with a passphrase: virtwright config set --secret NAME"
                self._problems.add("only the secrets provider passphrase can be used", node.at, word, hint)
        else:
            self._problems.add(
                f"unknown key {word!r}", at, None, suggestion(word, _KNOWN) or f"known keys: {', '.join(_KNOWN)}"
            )

"""The configuration of one stack, to show and to change: what ``virtwright config`` does."""

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from virtwright.errors import InputError, SecretsError, Where
from virtwright.files import alone
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigDeclaration
from virtwright.schemas.problems import near, quote
from virtwright.schemas.values import Secret, Value
from virtwright.stacks.base import StackName
from virtwright.stacks.cipher import Cipher, is_pulumis
from virtwright.stacks.config import Declarations, variable
from virtwright.stacks.config_edit import drop_value, put_values
from virtwright.stacks.config_file import SECURE, ConfigFile, decrypt, holds_bound, place, read_config_file, renewed
from virtwright.stacks.config_text import parse_value
from virtwright.stacks.find import words_for
from virtwright.stacks.keys import Keys


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """One key of the configuration."""

    name: str
    value: Value
    """None where it is missing; a secret is a ``Secret`` whose value is shown only by ``ConfigStore.get``."""
    secret: bool
    origin: str
    """``file``, ``default``, ``missing``, or the name of the environment variable that sets it."""
    type: str
    description: str


@dataclass(frozen=True)
class ConfigStore:
    """The declared keys of a stack and the file with their values."""

    path: Path
    """The file, which need not exist yet."""
    name: StackName
    declarations: Declarations
    keys: Keys = field(repr=False)
    free: bool = False
    """Keys that are not declared may be used as well, and keys of other projects; the file is Pulumi's as well."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def list(self) -> list[ConfigItem]:
        """Every declared key. Nothing is decrypted: an encrypted value is ``Secret(None)``."""
        file = self._file()
        names = dict.fromkeys([*self.declarations, *(file.values if self.free else ())])
        return [self._item(name, self._declared(name), file) for name in names]

    def get(self, name: str) -> Value:
        """The value that a run takes, in clear, inside a ``Secret`` where it is one: of the environment, else of the file,
        else the default. Raises ``InputError`` where there is none."""
        name = name.removeprefix(f"{self.name.project}:")
        declaration, file = self._declared(name), self._file()
        written = file.values.get(name)
        if (text := self.environment.get(variable(name))) is not None:
            value = _parsed(text, declaration)
        elif written is None:
            if declaration.default is None:
                message = f"the configuration has no value for {name}"
                declared = self.declarations.get(name)
                options = words_for(declared.where.file if declared else None, self.name)
                raise InputError.one(message, hint=f"give it one:\n    virtwright config set {name} VALUE{options}")
            value = declaration.default
        elif written.encrypted:
            try:
                others = file.values.keys() - {name}
                value = decrypt(written.value, Cipher.from_keys(self.keys, file.salt), name, others)
            except SecretsError as error:
                raise SecretsError(error.message, where=written.where, hint=error.hint) from error
        else:
            value = written.value
        return Secret(value) if declaration.secret and not isinstance(value, Secret) else value

    def set(self, name: str, text: str, *, secret: bool = False) -> None:
        """Write a value, encrypted where ``secret`` says so or the stack declares it so. Raises ``InputError`` where it
        is not of the declared type."""
        with alone(self.path):
            self._set(name.removeprefix(f"{self.name.project}:"), text, secret)

    def _set(self, name: str, text: str, secret: bool) -> None:
        declaration, file = self._declared(name), self._file()
        try:
            value = parse_value(text, declaration.type)
        except ValueError as error:
            shown = "" if secret or declaration.secret else f", got {quote(text)}"
            raise InputError.one(f"{name}: {error}{shown}", where=Where(path=name)) from error
        if not (secret or declaration.secret):
            put_values(self.path, {self._written_name(name, file): value}, None)
        elif self.free:
            cipher, others = self._brought_to_pulumi(file)
            secured = {SECURE: cipher.encrypt_for_pulumi(text, place(name))}
            put_values(self.path, {**others, self._written_name(name, file): secured}, cipher.salt)
        else:
            cipher = Cipher.from_keys(self.keys, file.salt)
            secured = {SECURE: cipher.encrypt(text, place(name))}
            put_values(self.path, {self._written_name(name, file): secured}, cipher.salt)

    def remove(self, name: str) -> None:
        """Remove a value from the file. Raises ``InputError`` where it has none."""
        with alone(self.path):
            self._remove(name.removeprefix(f"{self.name.project}:"))

    def _remove(self, name: str) -> None:
        file = self._file()
        if name not in file.values:
            meant = near(name, list(file.values))
            hint = f"did you mean {meant}?" if meant else None
            raise InputError.one(f"the file holds no {quote(name)}", where=Where(file=str(self.path)), hint=hint)
        drop_value(self.path, self._written_name(name, file))

    def _brought_to_pulumi(self, file: ConfigFile) -> tuple[Cipher, dict[str, Value]]:
        """A cipher that Pulumi can be told of, and what else has to be encrypted anew so that Pulumi can read it."""
        old = Cipher.from_keys(self.keys, file.salt)
        new = Cipher.from_keys(self.keys, file.salt if file.salt and is_pulumis(file.salt) else None, pulumi=True)
        ours = {
            name: each for name, each in file.values.items() if new.stored_salt != file.salt or holds_bound(each.value)
        }
        return new, {each.name: renewed(each.value, old, new, name) for name, each in ours.items() if each.encrypted}

    def _file(self) -> ConfigFile:
        file = read_config_file(self.path, self.name.project, shared=self.free)
        if file.problems:
            raise InputError(file.problems)
        return file

    def _declared(self, name: str) -> ConfigDeclaration:
        declared = self.declarations.get(name)
        if declared is None and self.free:
            return ConfigDeclaration()
        if declared is None or declared.declaration is None:
            meant = near(name, list(self.declarations))
            hint = f"did you mean {meant}?" if meant else "declare it in the stack's section config"
            raise InputError.one(f"the stack declares no configuration key {quote(name)}", hint=hint)
        return declared.declaration

    def _item(self, name: str, declaration: ConfigDeclaration, file: ConfigFile) -> ConfigItem:
        written = file.values.get(name)
        if (text := self.environment.get(variable(name))) is not None:
            value = Secret(None) if declaration.secret else _parsed(text, declaration)
            return ConfigItem(
                name, value, declaration.secret, variable(name), declaration.type, declaration.description
            )
        secret = declaration.secret or (written is not None and written.encrypted)
        value = written.value if written else declaration.default
        origin = "file" if written else "default"
        if value is None and written is None:
            origin = "missing"
        shown = Secret(None) if secret and origin != "missing" else value
        return ConfigItem(name, shown, secret, origin, declaration.type, declaration.description)

    def _written_name(self, name: str, file: ConfigFile) -> str:
        """The key as it is written in the file already, with or without the project's name."""
        written = file.values.get(name)
        if written is None and self.free and ":" not in name:
            return f"{self.name.project}:{name}"
        return written.name if written else name


def _parsed(text: str, declaration: ConfigDeclaration) -> Value:
    """As the run takes it; the text itself where the run would refuse it."""
    try:
        return parse_value(text, declaration.type)
    except ValueError:
        return text

"""The configuration of a YAML stack, brought into the files that its Python program reads."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Value
from virtwright.stacks.base import StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.config_edit import put_values
from virtwright.stacks.config_file import file_beside, read_config_file, renewed
from virtwright.stacks.find import is_stack
from virtwright.stacks.keys import Keys


@dataclass(frozen=True, slots=True)
class MovedConfig:
    """The values of one environment, secrets encrypted as Pulumi reads them."""

    file: str
    """Its name in the program's folder."""
    values: Mapping[str, Value] = field(repr=False)
    salt: str | None

    def write(self, folder: Path) -> None:
        """Raises ``InputError``."""
        (folder / self.file).unlink(missing_ok=True)
        put_values(folder / self.file, self.values, self.salt)


def moved_configs(stack_file: Path, project: str, keys: Keys) -> list[MovedConfig]:
    """Of every environment that has a file beside ``stack_file``. Raises ``InputError`` for one that is wrong, and
    ``SecretsError`` where a secret can't be decrypted."""
    found = sorted(stack_file.parent.glob(f"{stack_file.stem}.*{stack_file.suffix}"))
    names = {path.name.removeprefix(f"{stack_file.stem}.").removesuffix(stack_file.suffix): path for path in found}
    return [
        _moved(stack_file, StackName(project, stack), keys)
        for stack, path in names.items()
        if path == file_beside(stack_file, stack) and not is_stack(path)
    ]


def _moved(stack_file: Path, name: StackName, keys: Keys) -> MovedConfig:
    file = read_config_file(file_beside(stack_file, name.stack), name.project)
    if file.problems:
        raise InputError(file.problems)
    old, new = Cipher.from_keys(keys, file.salt), Cipher.from_keys(keys.for_pulumi(), pulumi=True)
    values = {
        f"{name.project}:{key}": renewed(each.value, old, new, key) if each.encrypted else each.value
        for key, each in file.values.items()
    }
    return MovedConfig(f"Pulumi.{name.stack}.yaml", values, new.stored_salt)

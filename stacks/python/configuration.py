"""The configuration of a Python stack: what its project declares, and whatever else its file or the command line has."""

from collections.abc import Mapping, Sequence

from virtwright.errors import InputError
from virtwright.schemas.declarations import ConfigDeclaration
from virtwright.schemas.signatures import UNKNOWN_TEXT
from virtwright.schemas.values import Value, has_unknown
from virtwright.stacks.base import StackName
from virtwright.stacks.config import Configuration, DeclaredValue, settle
from virtwright.stacks.config_file import SECURE, ConfigFile, read_config_file
from virtwright.stacks.keys import Keys
from virtwright.stacks.python.project import Project, type_of
from virtwright.trust import TRUSTED, Trust


def configure(
    project: Project,
    name: StackName,
    given: Sequence[str],
    environment: Mapping[str, str],
    keys: Keys | None,
    trust: Trust = TRUSTED,
) -> tuple[dict[str, Value], Configuration]:
    """The values by full key, ``PROJECT:NAME``, and where they come from. Raises ``InputError`` with all problems, and
    ``SecretsError``."""
    trust.check_path(project.config_file(name.stack))
    file = read_config_file(project.config_file(name.stack), project.name, shared=True)
    given = [text.removeprefix(f"{project.name}:") for text in given]
    declarations = {**_undeclared(file, given), **project.declarations}
    keys = None if keys is None else keys.for_pulumi()
    settled = settle(name, declarations, given=given, environment=environment, file=file, keys=keys, trust=trust)
    if settled.problems:
        raise InputError(settled.problems)
    values = {
        key if ":" in key else f"{project.name}:{key}": UNKNOWN_TEXT if has_unknown(value) else value
        for key, value in settled.values.items()
    }
    return values, settled


def _undeclared(file: ConfigFile, given: Sequence[str]) -> dict[str, DeclaredValue]:
    from virtwright.errors import Where

    found = {
        key: DeclaredValue(ConfigDeclaration(type=type_of(_shape(each.value))), each.where)
        for key, each in file.values.items()
        if each.value is not None
    }
    names = [text.partition("=")[0] for text in given if "=" in text]
    return {**{name: DeclaredValue(ConfigDeclaration(), Where(path="--config")) for name in names}, **found}


def _shape(value: Value) -> Value:
    """An encrypted value is a text."""
    return "" if isinstance(value, dict) and list(value) == [SECURE] else value

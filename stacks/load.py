"""The face of this package: from a path on the command line to a program, or to the configuration of a stack."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from virtwright.errors import InputError, Where
from virtwright.garbage import collector_held_back
from virtwright.stacks.base import Program, StackName
from virtwright.stacks.config import Configuration, Declarations, settle
from virtwright.stacks.config_file import file_beside, read_config_file
from virtwright.stacks.find import find_stack, is_python
from virtwright.stacks.keys import Keys
from virtwright.stacks.yaml.document import read_declarations, read_program
from virtwright.stacks.yaml.outline import is_name
from virtwright.stacks.yaml.source import read_text
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from virtwright.stacks.config_store import ConfigStore


def load_stack(
    path: Path | None = None,
    *,
    stack: str | None = None,
    config: Sequence[str] = (),
    keys: Keys | None,
    environment: Mapping[str, str] = os.environ,
    trust: Trust = TRUSTED,
) -> Program:
    """Find, read and check a stack.

    ``path`` is its file or the folder it is in (default: the current one); ``stack`` the environment (default: called as
    the project); ``config`` holds ``name=value`` texts. Without ``keys`` encrypted configuration is not decrypted, which
    is enough to validate. ``trust`` says what may be read for its sake. Raises ``InputError`` with every problem found,
    ``SecretsError`` and ``RefusedError``.
    """
    file = find_stack(path, trust)
    _check_environment(stack)
    if is_python(file):
        if trust.confine is None:
            trust.refuse("a program is run", Where(str(file)))
        from virtwright.stacks.python.load import load_python

        return load_python(file, stack=stack, config=config, keys=keys, environment=environment, trust=trust)

    def configure(name: StackName, declarations: Declarations) -> Configuration:
        place = file_beside(file, name.stack)
        trust.check_path(place)
        beside = read_config_file(place, name.project)
        return settle(name, declarations, given=config, environment=environment, file=beside, keys=keys, trust=trust)

    with collector_held_back():
        return read_program(read_text(file), file, stack, configure, trust)


def open_config(
    path: Path | None = None, *, stack: str | None = None, keys: Keys, trust: Trust = TRUSTED
) -> "ConfigStore":
    """The configuration of a stack, to show and to change. Raises ``InputError``, and ``RefusedError`` as in ``load_stack``."""
    file = find_stack(path, trust)
    _check_environment(stack)
    if is_python(file):
        from virtwright.stacks.python.load import open_python_config

        return open_python_config(file, stack=stack, keys=keys, trust=trust)
    from virtwright.stacks.config_store import ConfigStore

    project, declarations = read_declarations(read_text(file), file)
    name = StackName(project, stack or project)
    return ConfigStore(file_beside(file, name.stack), name, declarations, keys)


def _check_environment(stack: str | None) -> None:
    if stack is not None and not is_name(stack):
        message = f"{ascii(stack)[:80]} is no name for a stack: use letters, digits, '_', '.' and '-'"
        raise InputError.one(message, where=Where(path="--stack"))

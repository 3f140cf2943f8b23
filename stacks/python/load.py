"""From the file of a Python stack to its program, or to its configuration."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from virtwright.stacks.base import StackName
from virtwright.stacks.config_store import ConfigStore
from virtwright.stacks.keys import Keys
from virtwright.stacks.python.configuration import configure
from virtwright.stacks.python.program import PythonProgram
from virtwright.stacks.python.project import read_project
from virtwright.trust import TRUSTED, Trust


def load_python(
    file: Path,
    *,
    stack: str | None,
    config: Sequence[str],
    keys: Keys | None,
    environment: Mapping[str, str],
    trust: Trust = TRUSTED,
) -> PythonProgram:
    """Arguments as in ``stacks.load.load_stack``. Raises ``InputError`` and ``SecretsError``; nothing is run, and the program
    itself is not looked at before it runs."""
    project = read_project(file, trust)
    name = StackName(project.name, stack or project.name)
    values, settled = configure(project, name, config, environment, keys, trust)
    return PythonProgram(name, project, values, settled.hash, trust)


def open_python_config(file: Path, *, stack: str | None, keys: Keys, trust: Trust = TRUSTED) -> ConfigStore:
    """The configuration of a Python stack, to show and to change. Raises ``InputError``."""
    project = read_project(file, trust)
    name = StackName(project.name, stack or project.name)
    trust.check_path(project.config_file(name.stack))
    return ConfigStore(project.config_file(name.stack), name, project.declarations, keys.for_pulumi(), free=True)

"""Where the plugin of a package is, as Pulumi looks for it."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from virtwright.errors import InputError, Where
from virtwright.stacks.config_text import to_value
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.source import read_text

SOURCE = "PulumiPlugin.yaml"
"""In the folder of a plugin that is run from its source."""


def find_plugin(package: str, version: str, environment: Mapping[str, str]) -> Path:
    """On the ``PATH``, beside this interpreter, or in Pulumi's folder of plugins: of these the version that is wanted, else
    the newest. Raises ``InputError`` where there is none."""
    name = f"pulumi-resource-{package}"
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    kept = sorted((home / "plugins").glob(f"resource-{package}-v*"), key=_version, reverse=True)
    kept.sort(key=lambda folder: folder.name != f"resource-{package}-v{version.removeprefix('v')}")
    folders = [*environment.get("PATH", "").split(os.pathsep), str(Path(sys.executable).parent), *map(str, kept)]
    for folder in filter(None, folders):
        if _runs(found := Path(folder) / name):
            return found
    install = f"pulumi plugin install resource {package} {version}"
    raise InputError.one(
        f"the program uses a component of the package {package}, whose plugin {name} is not there",
        hint=f"put {name} on the PATH, or install it:\n    {install.rstrip()}\n"
        f"or say in Pulumi.yaml where its source is:\n    packages: {{{package}: ./FOLDER}}",
    )


def command_of(package: str, place: Path, interpreter: Path) -> list[str]:
    """What runs the plugin that the project says is at ``place``: a program, or a folder with one or with its source in
    Python. Raises ``InputError``."""
    for program in (place, place / f"pulumi-resource-{package}"):
        if _runs(program):
            return [str(program)]
    source = place / SOURCE
    if not source.is_file():
        raise InputError.one(
            f"the package {package} is to be at {str(place)!r}, where there is neither pulumi-resource-{package} nor"
            f" {SOURCE}"
        )
    return [str(_interpreter(source) or interpreter), "-u", str(_main(source))]


def _main(source: Path) -> Path:
    folder = source.parent
    if not (folder / "__main__.py").is_file():
        hint = f"give it the file {folder / '__main__.py'}, or build pulumi-resource-NAME from it"
        raise InputError.one("a plugin of this form is not run from its source", where=Where(str(source)), hint=hint)
    return folder


def _interpreter(source: Path) -> Path | None:
    """Of the plugin's own virtual environment, where it has one."""
    problems = Problems(str(source))
    told = to_value(compose(read_text(source), problems))
    problems.check()
    runtime = told.get("runtime") if isinstance(told, dict) else None
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise InputError.one(
            "virtwright runs plugins from their source in Python only", where=Where(str(source), path="runtime")
        )
    options = runtime.get("options") if isinstance(runtime, dict) else None
    named = options.get("virtualenv") if isinstance(options, dict) else None
    for name in (str(named),) if named else ("venv", ".venv"):
        if (found := source.parent / name / "bin" / "python").exists():
            return found
    if named:
        raise InputError.one(f"the plugin's virtual environment {named!r} is not there", where=Where(str(source)))
    return None


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _version(folder: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", folder.name.rpartition("-v")[2])]

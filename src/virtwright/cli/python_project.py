"""A YAML stack is written as a Pulumi project: a folder with ``Pulumi.yaml``, ``__main__.py`` and ``Pulumi.STACK.yaml``."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from virtwright.cli.settings import Settings
from virtwright.errors import InputError, RefusedError, Where

if TYPE_CHECKING:
    from virtwright.stacks.python.config_of_yaml import MovedConfig

_STDOUT: Final = Path("-")


def convert_stack(settings: Settings, file: Path | None, output: Path | None, *, force: bool) -> int:
    """The configuration of its environments goes with it. Raises ``InputError`` where the stack is wrong, ``RefusedError``
    where a file is there already, ``SecretsError``."""
    from virtwright.stacks.find import find_stack
    from virtwright.stacks.keys import Keys
    from virtwright.stacks.python.config_of_yaml import moved_configs
    from virtwright.stacks.yaml.to_python.whole import to_python

    stack = find_stack(file)
    folder = Path.cwd() if output == _STDOUT else output
    made = to_python(stack, folder or _beside(stack), settings.stack)
    files = {"Pulumi.yaml": made.project, "__main__.py": made.program}
    if output == _STDOUT:
        print(json.dumps({"files": files}) if settings.json else made.program, end="\n" if settings.json else "")
        return 0
    folder = folder or _beside(stack)
    configs = moved_configs(stack, made.name, Keys())
    _write(folder, files, configs, force=force)
    if settings.json:
        print(json.dumps({"folder": str(folder), "files": files}))
    else:
        told = f"wrote {folder / 'Pulumi.yaml'} and {folder / '__main__.py'}; to see that nothing changes:"
        print(f"{told}\n    virtwright plan {shlex.quote(str(folder))}", file=sys.stderr)
    return 0


def _beside(stack: Path) -> Path:
    return stack.parent / f"{stack.stem}-python"


def _write(folder: Path, files: dict[str, str], configs: "list[MovedConfig]", *, force: bool) -> None:
    names = (*files, *(config.file for config in configs))
    there = [folder / name for name in names if (folder / name).exists()]
    if there and not force:
        raise RefusedError(
            f"{there[0]} is there already",
            where=Where(file=str(there[0])),
            hint="write over it with --force, or choose another folder with --output",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        for config in configs:
            config.write(folder)
    except OSError as error:
        raise InputError.one(f"can't write: {error.strerror}", where=Where(file=str(error.filename))) from error

"""Finding the file of a stack."""

import re
import shlex
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, RefusedError, Where
from virtwright.schemas.problems import near
from virtwright.stacks.base import StackName
from virtwright.trust import TRUSTED, Trust

NAMES: Final = ("virtwright.yaml", "virtwright.yml", "stack.yaml", "stack.yml")
"""What a stack's file is called where a folder has one."""
PROJECTS: Final = ("Pulumi.yaml", "Pulumi.yml")
"""What the project of a Python stack is called."""
_SUFFIXES: Final = (".yaml", ".yml")
_STACK_KEY: Final = re.compile(rb"^(?:\xef\xbb\xbf)?[\"']?stack[\"']?[ \t]*:", re.MULTILINE)
_LOOKED_AT: Final = 64 * 1024


def find_stack(path: Path | None, trust: Trust = TRUSTED) -> Path:
    """The stack's file: ``path`` itself, or in the folder ``path`` (by default the current one) ``virtwright.yaml``,
    ``stack.yaml``, ``Pulumi.yaml`` or the only YAML file with the key ``stack``. Raises ``InputError``, and ``RefusedError`` where
    ``trust`` does not reach there."""
    place = path or Path()
    if place.is_dir():
        place = _in_folder(place, trust)
        trust.check_path(place)
        return place
    trust.check_path(place)
    if not place.exists():
        raise InputError.one(f"there is no file {str(place)!r}", where=Where(file=str(place)), hint=_near(place, trust))
    if place.suffix not in (*_SUFFIXES, ".py"):
        raise InputError.one(
            "this is not a YAML stack",
            where=Where(file=str(place)),
            hint="a stack is a file NAME.yaml that begins with its name (and a saved plan is what plan --out wrote):\n    stack: shop",
        )
    return place


def is_python(file: Path) -> bool:
    """Whether a stack's file is one of a Python stack."""
    return file.suffix == ".py" or file.name in PROJECTS


def words_for(file: str | None, name: StackName, trust: Trust = TRUSTED) -> str:
    """The options that make a command mean the stack in ``file`` and its environment; empty where it would anyway."""
    words = "" if name.stack == name.project else f" --stack {name.stack}"
    try:
        found = file is None or find_stack(None, trust) == Path(file)
    except (InputError, RefusedError):
        found = False
    return words if found else f"{words} --file {shlex.quote(str(file))}"


def _near(path: Path, trust: Trust) -> str | None:
    """The stack beside ``path`` that was probably meant."""
    folder = path.parent
    try:
        meant = near(path.name, [each.name for each in folder.iterdir() if is_stack(each, trust)])
    except OSError:
        return None
    return f"did you mean {folder / meant}?" if meant else None


def _in_folder(folder: Path, trust: Trust) -> Path:
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    for name in PROJECTS:
        if (folder / name).is_file():
            return folder / name
    found = sorted(each for each in folder.iterdir() if each.suffix in _SUFFIXES and is_stack(each, trust))
    where = Where(file=str(folder))
    if not found:
        raise InputError.one("there is no stack in this folder", where=where, hint="name its file, as shop.yaml")
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise InputError.one(f"there are several stacks in this folder: {names}", where=where, hint="name one of them")
    return found[0]


def is_stack(path: Path, trust: Trust = TRUSTED) -> bool:
    """Whether a YAML file looks like one of a stack."""
    try:
        trust.check_path(path)
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return _STACK_KEY.search(file.read(_LOOKED_AT)) is not None
    except (OSError, RefusedError):
        return False

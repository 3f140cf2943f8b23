"""What a saved plan is known by. A program's folder may hold plans of it: they are no part of the program."""

from pathlib import Path
from typing import Final

MARK: Final = "virtwright_plan"
"""The first key of its JSON object."""
_HEAD: Final = f'{{"{MARK}":'.encode()


def is_plan_file(path: Path) -> bool:
    """Whether ``path`` is a saved plan, by its content. False where it can't be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_HEAD)) == _HEAD
    except OSError:
        return False

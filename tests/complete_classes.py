"""What the program's classes make of themselves at their first use: found, and made at once."""

import dataclasses
import sys
from contextlib import suppress
from typing import Any

from pydantic import BaseModel


def classes() -> set[type[Any]]:
    """virtwright's own."""
    modules = [(name, module) for name, module in sys.modules.items() if name.startswith("virtwright.")]
    found = [(name, each) for name, module in modules for each in vars(module).values() if isinstance(each, type)]
    return {each for name, each in found if each.__module__ == name}


def complete() -> None:
    """A model's validators are built, and a dataclass's ``__init__`` is compiled, when the first object is made."""
    too_many = (None,) * 256
    for each in classes():
        if issubclass(each, BaseModel):
            each.model_rebuild()
        elif dataclasses.is_dataclass(each):
            init: Any = each.__init__
            with suppress(TypeError):  # it is compiled, and refuses them
                init(*too_many)


def incomplete() -> set[type[Any]]:
    """Those that still have something to make."""
    return {each for each in classes() if _is_incomplete(each)}


def _is_incomplete(each: type[Any]) -> bool:
    if issubclass(each, BaseModel):
        return not each.__pydantic_complete__
    init: Any = each.__init__
    return str(init.__qualname__).startswith("_deferred_init.")

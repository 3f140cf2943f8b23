"""Paths of files on the machine that runs virtwright, as the state, plans and stamps have them: relative to the stack's folder.

Handlers get them absolute. What is kept says the same in every checkout of a stack, so that another checkout is no change.
"""

import functools
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, TypeVar

from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, Properties
from virtwright.stacks.yaml.fields import MarkedField, replaced
from virtwright.stacks.yaml.files import file_fields

P = TypeVar("P", bound=Properties)


@functools.cache
def path_fields(model: type[Model]) -> tuple[MarkedField, ...]:
    """The fields of a kind's inputs that name a file or a folder."""
    return tuple(field for field in file_fields(model) if field.mark == "path")


def relative(model: type[Model], inputs: P, folder: str) -> P:
    """The inputs with paths below ``folder`` relative to it, ``..`` included as it was written."""
    below = folder.rstrip("/") + "/"

    def shorten(path: str) -> str:
        return "." if path == folder else path.removeprefix(below)

    return _with_paths(model, inputs, lambda _, path: shorten(path)) if folder else inputs


def absolute(model: type[Model], inputs: P, folder: str) -> P:
    """The opposite of ``relative``."""
    return _with_paths(model, inputs, lambda _, path: str(FilePath(folder) / path))


def as_applied(model: type[Model], inputs: P, applied: Properties) -> P:
    """The inputs with the paths that were ``applied``: a host may repeat where its content came from, and doesn't know."""
    known = {path: text for field in path_fields(model) for path, text in field.leaves(applied)}
    return _with_paths(model, inputs, lambda path, text: known.get(path, text))


def _with_paths(model: type[Model], inputs: P, change: Callable[[Path, str], str]) -> P:
    """``change`` gets each place of a path in the inputs, and the path."""
    result: Any = inputs
    for field in path_fields(model):
        for path, text in list(field.leaves(result)):
            if (changed := change(path, text)) != text:
                result = replaced(result, path, changed)
    return result  # type: ignore[no-any-return]  # what a map is replaced by

"""Which attributes a reference may ask of a kind: those of its inputs and its outputs."""

import functools
import types
from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args, get_origin

from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, render_path
from virtwright.stacks.yaml.problems import choice, suggestion


@functools.lru_cache(maxsize=4096)
def attribute_problem(models: tuple[type[Model], ...], path: Path, in_text: bool) -> tuple[str, str | None] | None:
    """What is wrong with asking for ``path`` of something that has the fields of all ``models``, and a hint; None if
    nothing is.

    ``in_text``: the value becomes part of a text, so that a list or map won't do.
    """
    reached: list[Any] = list(models)
    for depth, part in enumerate(path):
        following = [found for type_ in reached for found in _step(type_, part)]
        if not following:
            return _no_such(reached, path[:depth], part)
        reached = [plain for type_ in following for plain in plain_types(type_)]
    values = [type_ for type_ in reached if type_ is not type(None)]
    if in_text and values and all(_is_collection(type_) for type_ in values):
        return f"{render_path(path)} is a list or map", "a text can hold only text, numbers and booleans"
    return None


def plain_types(annotation: Any) -> list[Any]:
    """The types that an annotation allows, without metadata and unions around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return plain_types(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [plain for member in get_args(annotation) for plain in plain_types(member)]
    return [annotation]


def is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, Model)


def _step(type_: Any, part: str | int) -> Iterable[Any]:
    if type_ is Any:
        return [Any]
    if is_model(type_):
        field = type_.model_fields.get(part)
        return [field.annotation] if field else []
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is list and isinstance(part, int):
        return [arguments[0]]
    if origin is dict and isinstance(part, str):
        return [arguments[1]]
    return []


def _is_collection(type_: Any) -> bool:
    return is_model(type_) or get_origin(type_) in (list, dict)


def _no_such(reached: list[Any], path: Path, part: str | int) -> tuple[str, str | None]:
    where = render_path(path) or "it"
    fields = sorted({name for type_ in reached if is_model(type_) for name in type_.model_fields})
    if fields:
        near = suggestion(str(part), fields)
        return f"{where} has no attribute {part!r}", near or f"it has {choice(fields, 40)}"
    if any(get_origin(type_) is list for type_ in reached):
        return f"{where} is a list and has no {part!r}", f"ask for one of it: {render_path((*path, 0))}"
    if any(get_origin(type_) is dict for type_ in reached):
        return f"{where} is a map and has no {part!r}", f"ask for one of it by its key: {render_path((*path, 'KEY'))}"
    return f"{where} is a single value and has no {part!r}", None

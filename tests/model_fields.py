"""Which fields of a model show in what is made of it: so that no golden file forgets one.

A field is named by its path, as ``docker.ulimits.soft``; lists and maps on the way are not told apart.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def fields(model: type[BaseModel]) -> set[str]:
    """All fields that hold values, those of the models inside among them."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        found |= {f"{name}.{each}" for one in inner for each in fields(one)} or {name}
    return found


def showing(instances: Iterable[M], make: Callable[[M], object]) -> set[str]:
    """The fields without whose value ``make`` would make something else of one of ``instances``. A field that can't be left
    out counts where it has a value."""
    found: set[str] = set()
    for each in instances:
        made = make(each)
        found |= _required(each)
        found |= {path for path, other in without(each) if make(other) != made}
    return found


def unseen(model: type[M], instances: Iterable[M], make: Callable[[M], object]) -> set[str]:
    """The fields that do not show in what ``make`` makes of ``instances``."""
    return fields(model) - showing(instances, make)


def without(model: M) -> Iterator[tuple[str, M]]:
    """For each field that has a value: the model with the default in its place."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        for path, other in _inside(value):
            yield f"{name}.{path}", model.model_copy(update={name: other})
        if not field.is_required() and value != (default := field.get_default(call_default_factory=True)):
            yield name, model.model_copy(update={name: default})


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        yield from without(value)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from ((path, [*value[:index], other, *value[index + 1 :]]) for path, other in _inside(each))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from ((path, {**value, key: other}) for path, other in _inside(each))


def _required(value: Any) -> set[str]:
    if isinstance(value, list | dict):
        return {path for each in (value.values() if isinstance(value, dict) else value) for path in _required(each)}
    if not isinstance(value, BaseModel):
        return set()
    found = {name for name, field in type(value).model_fields.items() if field.is_required()}
    return found | {f"{name}.{path}" for name in type(value).model_fields for path in _required(getattr(value, name))}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for each in get_args(annotation):
            yield from _models(each)

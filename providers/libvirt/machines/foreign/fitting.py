"""Values that a host tells, cut down to what the vocabulary takes. Pure."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError

from virtwright.schemas.faults import FAULT
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, render_path

ModelT = TypeVar("ModelT", bound=Model)


def fitted(model: type[ModelT], values: dict[str, Any]) -> tuple[ModelT, list[str]]:
    """``values`` as a model, without the smallest parts that it refuses; these are named, as ``networks[0].mac: xyz``. What lies
    in ``values`` is changed."""
    refused: list[str] = []
    while True:  # each time something is taken out
        try:
            return model.model_validate(values), refused
        except ValidationError as error:
            refused.append(_leave_out(values, _places(error)))


def _places(error: ValidationError) -> Iterator[Path]:
    for detail in error.errors():
        at = detail["ctx"]["at"] if detail["type"] == FAULT else ()
        yield (*detail["loc"], *at)


def _leave_out(values: dict[str, Any], places: Iterator[Path]) -> str:
    for place in places:
        holder, key, path = _deepest(values, place)
        if path:
            value = holder.pop(key)
            return f"{render_path(path)}: {value}"
    raise AssertionError("what is not there can't be wrong")


def _deepest(values: dict[str, Any], place: Path) -> tuple[Any, Any, Path]:
    """The last part of the way to ``place`` that is there."""
    found: tuple[Any, Any, Path] = (values, None, ())
    here: Any = values
    path: Path = ()
    for part in place:
        if not (part in here if isinstance(here, dict) else isinstance(part, int) and part < len(here)):
            break  # a model's own name for one of several forms is no part of the values
        found = (here, part, (*path, part))
        if isinstance(here[part], dict | list):
            here, path = here[part], (*path, part)
        # else nothing lies within it: where the way goes on, the part may name a form that is called as a field beside is
    return found

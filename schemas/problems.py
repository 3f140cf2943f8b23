"""pydantic's errors in plain words: what was expected, what was found, and what it was probably meant to be."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.expectations import expectation, some
from virtwright.schemas.faults import FAULT
from virtwright.schemas.fields import Spot, find
from virtwright.schemas.model import Model
from virtwright.schemas.text import printable
from virtwright.schemas.values import Path

_LONGEST_QUOTE = 60
_LARGEST_QUOTE = 1024
"""Bits of a whole number; Python refuses to write one of more than 4,300 digits."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with the properties of a resource."""

    path: Path
    message: str
    hint: str | None = None


def problems_of(error: ValidationError, secrets: frozenset[Path] = frozenset()) -> list[FieldProblem]:
    """Everything that ``error``, raised by a model of the vocabulary, says; each place once, in the order of the fields.

    No value at, above or below one of the paths in ``secrets`` is quoted.
    """
    model = _model_named(error.title)
    found: dict[tuple[Path, str], FieldProblem] = {}
    for detail in error.errors(include_url=False):
        problem = _problem(detail, find(model, detail["loc"]), secrets)
        found.setdefault((problem.path, problem.message), problem)
    return list(found.values())


def near(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant, for a "did you mean"."""
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return close[0] if close else None


def meant_field(model: type[Model], name: str) -> str | None:
    """The field that was probably meant by ``name``: one of the model's, or ``resources.memory`` for ``memory``."""
    return _meant(name, find(model, (name,)))


def quote(value: object) -> str:
    """A value inside a message: short, on one line, without control characters."""
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST_QUOTE else value[: _LONGEST_QUOTE - 1] + "…"
        return f"'{printable(text)}'"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _LARGEST_QUOTE:
        return "a huge number"
    return printable(str(value))[:_LONGEST_QUOTE]


def _problem(detail: Any, spot: Spot, secrets: frozenset[Path]) -> FieldProblem:
    path = _visible(spot.path, secrets)
    hidden = any(path == secret[: len(path)] or secret == path[: len(secret)] for secret in secrets)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_field(path, spot, hidden and path in secrets)
        case "missing":
            return FieldProblem(path, "is required", _form_hint(spot))
        case "string_unicode":  # of a field's name, pydantic does not say which
            return FieldProblem(path, "holds half a character (an unpaired surrogate), which can't be stored")
        case "value_error":
            return FieldProblem(path, "is not valid" if hidden else str(detail["ctx"]["error"]))
        case kind if kind == FAULT:
            return _fault(detail, path, hidden)
    message = f"expected {expectation(detail, spot)}"
    if hidden:
        return FieldProblem(path, message)
    value = detail["input"]
    return FieldProblem(path, f"{message}, got {quote(value)}", _value_hint(value, spot))


def _visible(path: Path, secrets: frozenset[Path]) -> Path:
    """A path that goes on inside a secret would show its keys: it ends where the secret begins."""
    for length in range(len(path)):
        if path[:length] in secrets:
            return path[:length]
    return path


def _unknown_field(path: Path, spot: Spot, hidden: bool) -> FieldProblem:
    if hidden:
        return FieldProblem(path, "holds an unknown field")
    name = str(path[-1])
    meant = _meant(name, spot)
    hint = f"did you mean {meant}?" if meant else f"known fields: {some(spot.fields)}"
    return FieldProblem(path, f"unknown field {quote(name)}", hint)


def _meant(name: str, spot: Spot) -> str | None:
    return near(name, spot.fields) or _deeper(name, spot)


def _deeper(name: str, spot: Spot) -> str | None:
    """The place one level below that has a field of this very name: ``resources.memory`` for ``memory``."""
    inner = (find(spot.owner, (field,)).form for field in spot.fields) if spot.owner else ()
    for field, form in zip(spot.fields, inner, strict=False):
        if isinstance(form, type) and issubclass(form, Model) and name in form.model_fields:
            return f"{field}.{name}"
    return None


def _fault(detail: Any, path: Path, hidden: bool) -> FieldProblem:
    context = detail["ctx"]
    shown = {name: "[secret]" if hidden else quote(value).strip("'") for name, value in context["values"].items()}
    message = context["template"].format(**shown)
    if context["show"] and not hidden:
        message += f", got {quote(detail['input'])}"
    return FieldProblem((*path, *context["at"]), message)


def _form_hint(spot: Spot) -> str | None:
    return f"give {spot.words}" if spot.words else None


def _value_hint(value: object, spot: Spot) -> str | None:
    if spot.choices and isinstance(value, str):
        meant = near(value, spot.choices)
        return f"did you mean {meant}?" if meant else None
    if spot.is_text and isinstance(value, bool | int | float) and "octal" not in (spot.words or ""):
        text = str(value).lower()
        return f'put it in quotes: "{text}"' if not spot.choices or text in spot.choices else None
    return None


def _model_named(name: str) -> type[Model]:
    waiting: list[type[Model]] = [Model]
    while waiting:
        model = waiting.pop()
        if model.__name__ == name:
            return model
        waiting += model.__subclasses__()
    return Model

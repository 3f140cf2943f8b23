"""From a template (plain values with expressions in them) to values."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from virtwright.schemas.origins import CONTENT, OUTSIDE, derived
from virtwright.schemas.values import UNKNOWN, Path, Sealed, Secret, Unknown, Value
from virtwright.stacks.yaml.allowance import Allowance, EvaluationError, weight
from virtwright.stacks.yaml.expressions import Expression, Reference

Template: TypeAlias = Any
"""A ``Value`` with an ``Expression`` in the place of any text."""
Lookup: TypeAlias = Callable[[Reference], Value]
"""What a reference stands for. Raises ``EvaluationError`` where that is nothing."""


def evaluate(template: Template, lookup: Lookup, allowance: Allowance) -> Value:
    """The template with every expression replaced by its value, which ``allowance`` has room for. Raises ``EvaluationError``."""
    if isinstance(template, Expression):
        return _text(template, lookup, allowance)
    if isinstance(template, dict):
        return {key: evaluate(item, lookup, allowance) for key, item in template.items()}
    if isinstance(template, list):
        return [evaluate(item, lookup, allowance) for item in template]
    return template


def expressions(template: Template, path: Path = ()) -> Iterator[tuple[Path, Expression]]:
    """Every expression in a template, with its path."""
    if isinstance(template, Expression):
        yield path, template
    elif isinstance(template, dict):
        for key, item in template.items():
            yield from expressions(item, (*path, key))
    elif isinstance(template, list):
        for index, item in enumerate(template):
            yield from expressions(item, (*path, index))


def references(template: Template) -> Iterator[Reference]:
    """Every reference in a template."""
    for _, expression in expressions(template):
        yield from expression.references


def _text(expression: Expression, lookup: Lookup, allowance: Allowance) -> Value:
    if expression.whole and isinstance(reference := expression.parts[0], Reference):
        allowance.take(weight(value := lookup(reference)), expression.at)
        return value
    text: list[str] = []
    origins, secret, sealed, unknown = [], False, False, False
    contents: set[str | None] = set()
    for part in expression.parts:
        value = part if isinstance(part, str) else lookup(part)
        added, origin = "", None
        if isinstance(value, Secret):
            secret, origin, value = True, value.origin, value.value
        if isinstance(value, Sealed):
            sealed = True
        elif isinstance(value, Unknown):
            unknown = True
        else:
            added = to_text(value, part)
            allowance.take(len(added), expression.at)
            text.append(added)
        origins.append(f"text {added}" if origin is None else origin and f"secret {origin}")
        contents.add(origin)
    if unknown:
        return UNKNOWN
    if not secret:
        return "".join(text)
    origin = OUTSIDE if OUTSIDE in contents else "" if CONTENT in contents else derived(*origins)
    return Secret(Sealed(origin) if sealed else "".join(text), origin)


def to_text(value: Value, part: str | Reference) -> str:
    """A value inside a text: a number in its shortest form, a boolean as ``true`` or ``false``."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    assert isinstance(part, Reference)
    what = "is not set" if value is None else f"is a {'map' if isinstance(value, Mapping) else 'list'}"
    hint = "" if value is None else ": a text can hold only text, numbers and booleans"
    raise EvaluationError(f"{part} {what}{hint}", part.at)

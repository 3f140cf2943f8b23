"""Property values in the form that people read: in units, short, on one line, without control characters."""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.schemas.fields import Spot, find
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.quantities import format_duration, format_size
from virtwright.schemas.text import printable
from virtwright.schemas.values import UNKNOWN, Path, Sealed, Secret, Unknown, Value

_LONGEST_TEXT: Final = 120
_MOST_ITEMS: Final = 20
_NEEDS_NO_QUOTES: Final = re.compile(r"[\w/.@+=%$~*-]([^\[\]{},\"'#\n]*[^\s\[\]{},\"'#:])?")
_LOOKS_LIKE_THE_TOOL: Final = re.compile(r"[→…│]|\s\s|^(live|reboot|recreate|data-loss)$")
"""Signs, columns and words of a plan."""
_LOOKS_LIKE_NO_TEXT: Final = re.compile(rf'(?s)$|[(\[{{" ]|.* $|.*({_LOOKS_LIKE_THE_TOOL.pattern})')
_LOOKS_LIKE_ANOTHER_TYPE: Final = re.compile(
    r"(?i)true|false|null|none|yes|no|on|off|~|[-+]?([0-9][0-9_]*[.]?[0-9_]*|[.][0-9]+)(e[-+]?[0-9]+)?"
)


def describe_value(kind: str, path: Path, value: Value, *, whole: bool = False) -> str:
    """A normalised value at ``path`` in the inputs of ``kind``: ``512MiB``, ``1m30s``, ``[80, 443]``, ``[secret]``.

    Text stands in quotes only where it could be taken for something else; what is too long is cut, and the cut says so, unless
    it is to be ``whole``.
    """
    model: type[Model] = Host if kind == "Host" else EVERY_KIND[kind].inputs
    return _describe(model, path, value, whole=whole)


def _describe(model: type[Model], path: Path, value: Value, *, whole: bool) -> str:
    match value:
        case Secret() | Unknown():
            return repr(value)
        case None:
            return "(none)"
        case bool():
            return str(value).lower()
        case int() | float():
            return _number(find(model, path), value)
        case str():
            return _text(value, whole=whole)
        case Mapping():
            said = [
                f"{_text(str(key), whole=whole)}: {_describe(model, (*path, key), each, whole=whole)}"
                for key, each in _said(model, path, value)
            ]
            return "{" + _listed(said, whole=whole) + "}"
        case list() | tuple():
            items = [_describe(model, (*path, i), each, whole=whole) for i, each in enumerate(value)]
            return "[" + _listed(items, whole=whole) + "]"
    return printable(str(value))


def _said(model: type[Model], path: Path, value: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """The fields that say something: neither empty nor as they are when nothing is said. All that are set, where none
    is left."""
    full = [(key, each) for key, each in value.items() if each is not None and each != [] and each != {}]
    form = find(model, path).form
    defaults = _defaults(form) if isinstance(form, type) and issubclass(form, Model) else {}
    return [(key, each) for key, each in full if not _is_default(each, defaults.get(key))] or full


def _is_default(value: Value, default: Value) -> bool:
    return default is not None and isinstance(value, bool) == isinstance(default, bool) and value == default


@functools.cache
def _defaults(model: type[Model]) -> Mapping[str, Any]:
    """Each optional field's default as a property."""
    defaults: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            defaults[field.alias or name] = to_properties(default) if isinstance(default, Model) else default
    return defaults


def _listed(parts: Sequence[str], *, whole: bool) -> str:
    shown = list(parts if whole else parts[:_MOST_ITEMS])
    if len(parts) > len(shown):
        shown.append(f"… {len(parts) - len(shown)} more")
    return ", ".join(shown)


def _number(spot: Spot, value: float) -> str:
    if spot.unit == "size" and isinstance(value, int) and value >= 0:
        return format_size(value)
    if spot.unit == "duration" and value >= 0:
        return format_duration(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _text(text: str, *, whole: bool = False) -> str:
    if whole:
        return _quoted(text)
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > 1:
        return f"{_quoted(_first(lines)[:_LONGEST_TEXT])} … ({len(lines)} lines)"
    if len(text) > _LONGEST_TEXT:
        return f"{_quoted(text[:_LONGEST_TEXT])} … ({len(text)} characters)"
    return _quoted(text)


def _first(lines: Sequence[str]) -> str:
    return next((line for line in lines if line.strip()), "")


def _quoted(text: str) -> str:
    plain = (
        text == printable(text) and _NEEDS_NO_QUOTES.fullmatch(text) and not _LOOKS_LIKE_ANOTHER_TYPE.fullmatch(text)
    )
    plain = plain and ": " not in text and not _LOOKS_LIKE_THE_TOOL.search(text)
    return text if plain else printable(json.dumps(text, ensure_ascii=False))


def describe_output(value: Value, *, unknown: str = repr(UNKNOWN)) -> str:
    """A stack's output, which has no kind: text stands in quotes where it could be taken for what virtwright says itself, as
    ``unknown`` of what is not known."""
    match value:
        case Secret() | Sealed():
            return repr(value)
        case Unknown():
            return unknown
        case str():
            return _quoted(value) if _LOOKS_LIKE_NO_TEXT.match(value) else printable(value)
        case Mapping():
            said = (f"{_in_json(str(key), unknown)}: {_in_json(each, unknown)}" for key, each in value.items())
            return "{" + ", ".join(said) + "}"
        case list() | tuple():
            return "[" + ", ".join(_in_json(each, unknown) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _in_json(value: Value, unknown: str) -> str:
    if isinstance(value, str):
        return printable(json.dumps(value, ensure_ascii=False))
    return describe_output(value, unknown=unknown)

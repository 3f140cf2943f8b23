"""Python code as data, and its layout."""

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from virtwright.lazy_dataclasses import dataclass

_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Code:
    """An expression, as text."""

    text: str
    types: frozenset[type] = frozenset()
    """What its value may be; empty where that is not known."""
    is_output: bool = False
    nullable: bool = False
    broken: tuple[str, ...] = ()
    """The same with a line break between each, where it has any."""


Piece: TypeAlias = Any
"""``Code``, a plain value, or lists and maps of pieces."""


def literal(value: Any) -> str:
    """A plain value as Python writes it."""
    if not isinstance(value, str) or ('"' in value and "'" not in value):
        return repr(value)
    return f'"{in_quotes(value)}"'


def in_quotes(text: str) -> str:
    """What stands between double quotes for a text."""
    return json.dumps(text, ensure_ascii=False)[1:-1] if text.isprintable() else _escaped(text)


def _escaped(text: str) -> str:
    inner = repr(text)[1:-1]
    return inner.replace('"', '\\"').replace("\\'", "'") if "'" in text or '"' in text else inner


def in_lines(opening: str, lines: Sequence[str]) -> tuple[str, ...]:
    """What ``Code.broken`` holds for lines in parentheses that ``opening`` ends with. Empty for one line."""
    return (opening, *lines, ")") if len(lines) > 1 else ()


def lines_of(text: str) -> list[str]:
    """Its lines, each with its end."""
    *whole, rest = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([rest] if rest else [])]


def render(piece: Piece, indent: int, used: int = 0) -> str:
    """The piece at ``indent``, broken into lines where it does not fit; ``used`` is what stands before it on its line."""
    line = _line(piece)
    if len(line) + indent + used <= _WIDTH:
        return line
    broken = in_lines("(", [literal(each) for each in lines_of(piece)]) if isinstance(piece, str) else ()
    if isinstance(piece, Code):
        broken = piece.broken
    if broken:
        first, *middle, last = broken
        return "\n".join((first, *(" " * (indent + 4) + each for each in middle), " " * indent + last))
    if not isinstance(piece, Mapping | list | tuple) or not piece:
        return line
    inner, space = indent + 4, " " * (indent + 4)
    if isinstance(piece, Mapping):
        items = [f"{literal(key)}: {render(value, inner, len(literal(key)) + 3)}" for key, value in piece.items()]
    else:
        items = [render(value, inner, 1) for value in piece]
    opening, closing = "{}" if isinstance(piece, Mapping) else "[]"
    return opening + "\n" + "".join(f"{space}{item},\n" for item in items) + " " * indent + closing


def _line(piece: Piece) -> str:
    if isinstance(piece, Code):
        return piece.text
    if isinstance(piece, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {_line(value)}" for key, value in piece.items()) + "}"
    if isinstance(piece, list | tuple):
        return "[" + ", ".join(map(_line, piece)) + "]"
    return literal(piece)


def call(function: str, arguments: Sequence[tuple[str, Piece]], indent: int, used: int = 0) -> str:
    """A call; an argument without a name comes first."""
    inline = ", ".join(f"{name}={_line(value)}" if name else _line(value) for name, value in arguments)
    if len(function) + len(inline) + 2 + indent + used <= _WIDTH:
        return f"{function}({inline})"
    space = " " * (indent + 4)
    lines = [
        f"{space}{name}={render(value, indent + 4, len(name) + 2)}," if name else f"{space}{render(value, indent + 4)},"
        for name, value in arguments
    ]
    return f"{function}(\n" + "\n".join(lines) + "\n" + " " * indent + ")"


def identifier(name: str) -> str:
    """A name of a stack as a variable."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = f"_{plain}" if plain[:1].isdigit() else plain
    return f"{plain}_" if keyword.iskeyword(plain) else plain

"""Python code as data, and its layout."""

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class Code:
    """An expression, as text."""

    text: str
    types: frozenset[type] = frozenset()
    """What its value may be; empty where that is not known."""
    is_output: bool = False
    nullable: bool = False


Piece: TypeAlias = Any
"""``Code``, a plain value, or lists and maps of pieces."""


def literal(value: Any) -> str:
    """A plain value as Python writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.isprintable() else _escaped(value)
    return repr(value)


def _escaped(text: str) -> str:
    inner = repr(text)[1:-1]
    return '"' + (inner.replace('"', '\\"').replace("\\'", "'") if "'" in text or '"' in text else inner) + '"'


def render(piece: Piece, indent: int, used: int = 0) -> str:
    """The piece at ``indent``, broken into lines where it does not fit; ``used`` is what stands before it on its line."""
    line = _line(piece)
    if len(line) + indent + used <= _WIDTH or not isinstance(piece, Mapping | list | tuple) or not piece:
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

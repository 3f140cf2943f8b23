"""Expressions: ``${vms.db.address}``, ``${config.x}``, ``${index}``. References and nothing else; ``$${`` is a plain ``${``."""

import re
from typing import Final, TypeAlias

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.values import Path, render_path
from virtwright.stacks.yaml.nodes import Position
from virtwright.stacks.yaml.problems import choice, suggestion

CONFIG: Final = "config"
HOSTS: Final = "hosts"
INDEX: Final = "index"
OPENING: Final = "${"
ROOTS: Final = (*SECTIONS, HOSTS, CONFIG)
"""What the first word of a reference may be, besides ``index``."""
FORMS: Final = "inside ${ } stands a reference and nothing else: ${vms.db.address}, ${config.name} or ${index}"

Key: TypeAlias = tuple[str, str]
"""A resource or host of the file: its section and its name."""

_TOKEN: Final = re.compile(r"\$\$\{|\$\{")
_WORD: Final = re.compile(r"\s*([A-Za-z0-9_-]+)")
_STEP: Final = re.compile(r"""\.([A-Za-z0-9_-]+)|\[([0-9]{1,9})\]|\[(?:"([^"\]]*)"|'([^'\]]*)')\]""")
_LONGEST: Final = 512


def address(key: Key) -> str:
    """``vms.db``."""
    return ".".join(key)


@dataclass(frozen=True, slots=True)
class Reference:
    """One ``${...}``."""

    section: str
    """A section of the file, ``config`` or ``index``."""
    name: str
    attribute: Path
    at: Position

    @property
    def key(self) -> Key:
        return (self.section, self.name)

    def __str__(self) -> str:
        if self.section == INDEX:
            return "${index}"
        return f"${{{render_path((self.section, self.name, *self.attribute))}}}"


@dataclass(frozen=True, slots=True)
class Expression:
    """Text with references in it."""

    parts: tuple[str | Reference, ...]
    at: Position

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def whole(self) -> bool:
        """Whether it is one reference and nothing around it, so that the value keeps its type."""
        return len(self.parts) == 1


def parse_text(text: str, at: Position) -> str | Expression:
    """The text with its references found; plain text where there are none.

    Raises ``ValueError`` for anything in ``${ }`` that is no reference.
    """
    parts: list[str | Reference] = []
    plain = ""
    end = 0
    while token := _TOKEN.search(text, end):
        plain += text[end : token.start()]
        if token[0] != OPENING:
            plain += OPENING
            end = token.end()
            continue
        if plain:
            parts.append(plain)
            plain = ""
        reference, end = _reference(text, token.end(), at)
        parts.append(reference)
    plain += text[end:]
    if not parts:
        return plain
    return Expression((*parts, plain) if plain else tuple(parts), at)


def _reference(text: str, start: int, at: Position) -> tuple[Reference, int]:
    closing = text.find("}", start, start + _LONGEST)
    if closing == -1:
        raise ValueError("${ has no closing } (write $${ for a plain ${)")
    inner = text[start:closing]
    words = _path(inner)
    if words is None:
        raise ValueError(f"${{{_short(inner)}}} is no reference: {FORMS}")
    root, *rest = words
    if root == INDEX:
        if rest:
            raise ValueError(f"${{{inner}}}: index is a number and has no attributes")
        return Reference(INDEX, "", (), at), closing + 1
    if root not in ROOTS:
        near = suggestion(str(root), (*ROOTS, INDEX))
        raise ValueError(
            f"${{{_short(inner)}}}: there is no {root!r}; {near or 'begin with ' + choice((*ROOTS, INDEX))}"
        )
    if not rest or not isinstance(rest[0], str):
        raise ValueError(f"${{{_short(inner)}}}: name one of the {root}, as ${{{root}.NAME...}}")
    return Reference(str(root), rest[0], tuple(rest[1:]), at), closing + 1


def _path(inner: str) -> list[str | int] | None:
    word = _WORD.match(inner)
    if not word:
        return None
    words: list[str | int] = [word[1]]
    inner = inner.rstrip()
    end = word.end()
    while end < len(inner):
        step = _STEP.match(inner, end)
        if not step:
            return None
        name, index, double, single = step.groups()
        words.append(int(index) if index else name or double or single or "")
        end = step.end()
    return words


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."

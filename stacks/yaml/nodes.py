"""The nodes of a YAML document: plain values that still know where they were written."""

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple, TypeAlias

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Path


class Position(NamedTuple):
    """A place in a file. Both count from 1."""

    line: int
    column: int


START = Position(1, 1)

Scalar: TypeAlias = bool | int | float | str | None


@dataclass(slots=True)
class Node:
    """One value of a document. A node that an alias repeats is one object in several places."""

    value: "Scalar | list[Node] | dict[str, Node]"
    at: Position
    keys: Mapping[str, Position] = field(default_factory=dict)
    """Where each key of a mapping was written."""
    size: int = 1
    """How many nodes it is, with every alias written out."""
    length: int = 0
    """Characters of its text, with every alias written out."""
    height: int = 1
    """How many levels of nesting it holds, itself included."""
    tag: str | None = None
    """Its own tag, where the dialect it was read in has tags of its own."""

    def find(self, path: Path) -> "Node":
        """The node at ``path``, or the nearest one above it."""
        node = self
        for part in path:
            match node.value:
                case dict(items) if part in items:
                    node = items[str(part)]
                case list(items) if isinstance(part, int) and 0 <= part < len(items):
                    node = items[part]
                case _:
                    break
        return node

    def position(self, path: Path, *, of_key: bool = False) -> Position:
        """Where the value at ``path`` was written (or its key, with ``of_key``); the nearest place above, where there
        is none."""
        if of_key and path and (at := self.find(path[:-1]).keys.get(str(path[-1]))):
            return at
        return self.find(path).at

"""The values of Compose files: plain values that still know in which file, line and column they were written."""

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Any, TypeAlias

from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.yaml.nodes import Node, Position, Scalar

Steps: TypeAlias = tuple[str, ...]
"""The way to a value: keys, and ``[0]`` for an item of a list."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in one of the files."""

    file: str
    at: Position
    folder: Path = field(default_factory=Path)
    """What relative paths that stand there are relative to."""

    def where(self, path: Steps = ()) -> Where:
        return Where(self.file, self.at.line, self.at.column, shown(path) or None)


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One value. Two items are never the same, even if they are equal: each stands for one place of the model."""

    value: "Scalar | list[Item] | dict[str, Item]" = field(repr=False)
    """It may be a secret, so that it is not shown."""
    spot: Spot
    key_spot: Spot | None = None
    """Where its key was written."""
    tag: str | None = None
    """``!reset`` or ``!override``."""
    variable: str | None = None
    """The variable whose value it is, where it is nothing but that."""
    filled_in: bool = False
    """It was not written but follows from Compose's defaults."""

    @property
    def map(self) -> "dict[str, Item]":
        """Its entries; nothing where it is no map."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def sequence(self) -> "list[Item]":
        """Its items; nothing where it is no list."""
        return self.value if isinstance(self.value, list) else []

    def get(self, *keys: str) -> "Item | None":
        """The item below, or None where there is none."""
        item: Item | None = self
        for key in keys:
            item = item.map.get(key) if item is not None else None
        return item

    def with_value(self, value: "Scalar | list[Item] | dict[str, Item]") -> "Item":
        return replace(self, value=value)

    def beside(self, value: "Scalar | list[Item] | dict[str, Item]", *, filled_in: bool = False) -> "Item":
        """Another item at the same place."""
        return Item(value, self.spot, self.key_spot, filled_in=filled_in or self.filled_in)

    def where(self, path: Steps = (), *, of_key: bool = False) -> Where:
        return (self.key_spot if of_key and self.key_spot else self.spot).where(path)


def from_node(node: Node, file: str, folder: Path, key: Position | None = None) -> Item:
    """A document as items, every alias written out."""
    spot = Spot(file, node.at, folder)
    key_spot = Spot(file, key, folder) if key else None
    value: Scalar | list[Item] | dict[str, Item]
    match node.value:
        case dict(entries):
            value = {name: from_node(each, file, folder, node.keys.get(name)) for name, each in entries.items()}
        case list(entries):
            value = [from_node(each, file, folder) for each in entries]
        case scalar:
            value = scalar
    return Item(value, spot, key_spot, node.tag)


def copied(item: Item) -> Item:
    """The same value as items of their own."""
    return map_leaves(item, lambda leaf, _: replace(leaf))


def map_leaves(item: Item, change: Callable[[Item, Steps], Item], path: Steps = ()) -> Item:
    """The value with every scalar changed."""
    if isinstance(item.value, dict):
        return item.with_value({key: map_leaves(each, change, (*path, key)) for key, each in item.value.items()})
    if isinstance(item.value, list):
        return item.with_value([map_leaves(each, change, (*path, f"[{i}]")) for i, each in enumerate(item.value)])
    return change(item, path)


def leaves(item: Item, path: Steps = ()) -> Iterator[tuple[Steps, Item]]:
    """Every scalar and every empty map or list, with its path."""
    if isinstance(item.value, dict) and item.value:
        for key, each in item.value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(item.value, list) and item.value:
        for index, each in enumerate(item.value):
            yield from leaves(each, (*path, f"[{index}]"))
    else:
        yield path, item


def plain(item: Item) -> Any:
    """The value without its places."""
    if isinstance(item.value, dict):
        return {key: plain(each) for key, each in item.value.items()}
    if isinstance(item.value, list):
        return [plain(each) for each in item.value]
    return item.value


def text_of(value: Scalar) -> str:
    """A scalar as Compose writes it into a variable or a label."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}" if value == int(value) and abs(value) < 1e21 else repr(value)
    return str(value)


def shown(path: Steps) -> str:
    """``services.web.ports[0]``."""
    text = ""
    for step in path:
        text += step if step.startswith("[") else f".{step}" if text else step
    return text


def matches(path: Steps, pattern: str) -> bool:
    """Whether ``path`` is what ``pattern`` says, in which ``*`` stands for any one step."""
    parts = pattern.split(".")
    return len(parts) == len(path) and all(part in ("*", step) for part, step in zip(parts, path, strict=True))

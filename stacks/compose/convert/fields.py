"""Reading the keys of one map of the model: each that is read counts as used."""

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import TypeVar

from virtwright.errors import Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.convert.ledger import Ledger, Weight
from virtwright.stacks.compose.item import Item, Steps, text_of
from virtwright.stacks.compose.units import to_boolean, to_duration, to_integer, to_number, to_size
from virtwright.stacks.yaml.nodes import Scalar
from virtwright.stacks.yaml.problems import Problems

T = TypeVar("T")


@dataclass(slots=True)
class Books:
    """Where all that is found goes."""

    ledger: Ledger = field(default_factory=Ledger)
    problems: Problems = field(default_factory=lambda: Problems(""))

    def wrong(self, item: Item, path: Steps, message: str, hint: str | None = None) -> None:
        self.problems.extend([Problem(message, item.where(path), hint)])


@dataclass(frozen=True, slots=True)
class Fields:
    """One map of the model, and how to read it."""

    item: Item
    path: Steps
    books: Books

    def get(self, key: str) -> Item | None:
        """The value of a key, not yet counted as used; None where it is not there or says nothing."""
        item = self.item.map.get(key)
        return None if item is None or item.value is None else item

    def take(self, key: str) -> Item | None:
        item = self.get(key)
        if item is not None:
            self.books.ledger.use(item)
        return item

    def at(self, *keys: str) -> Steps:
        return (*self.path, *keys)

    def below(self, key: str) -> "Fields":
        """The map below a key, empty where there is none."""
        item = self.item.map.get(key)
        return Fields(item if item is not None else self.item.beside({}), self.at(key), self.books)

    def entries(self) -> Iterator[tuple[str, "Fields"]]:
        for key in self.item.map:
            yield key, self.below(key)

    def each(self, key: str) -> Iterator["Fields"]:
        """The items of a list, as maps."""
        item = self.get(key)
        for index, one in enumerate(item.sequence if item else ()):
            yield Fields(one, self.at(key, f"[{index}]"), self.books)

    def text(self, key: str) -> str | None:
        return self._read(key, _text)

    def boolean(self, key: str) -> bool | None:
        return self._read(key, to_boolean)

    def integer(self, key: str) -> int | None:
        return self._read(key, to_integer)

    def number(self, key: str) -> float | None:
        return self._read(key, to_number)

    def size(self, key: str) -> int | None:
        return self._read(key, to_size)

    def duration(self, key: str) -> float | None:
        return self._read(key, to_duration)

    def texts(self, key: str) -> list[str]:
        """A list of texts; a single text is a list of one."""
        item = self.take(key)
        if item is None:
            return []
        if isinstance(item.value, dict):
            self.books.wrong(item, self.at(key), "expected a list of texts")
            return []
        values = item.sequence if isinstance(item.value, list) else [item]
        return [self._one(each, (*self.at(key), f"[{i}]"), _text) or "" for i, each in enumerate(values)]

    def pairs(self, key: str) -> dict[str, str]:
        """A map of texts."""
        item = self.take(key)
        found = {}
        for name, each in (item.map if item else {}).items():
            found[name] = self._one(each, self.at(key, name), text_of) or ""
        return found

    def _read(self, key: str, parse: Callable[[Scalar], T]) -> T | None:
        item = self.take(key)
        return None if item is None else self._one(item, self.at(key), parse)

    def _one(self, item: Item, path: Steps, parse: Callable[[Scalar], T]) -> T | None:
        if isinstance(item.value, list | dict):
            self.books.wrong(item, path, f"expected a single value, not a {type(item.value).__name__}")
            return None
        try:
            return parse(item.value)
        except ValueError as error:
            self.books.wrong(item, path, f"{error}, got {text_of(item.value)[:60]!r}")
            return None

    def tell(self, weight: Weight, key: str, means: str, instead: str | None = None) -> None:
        """Report the key where it is there."""
        item = self.get(key)
        if item is not None:
            self.books.ledger.tell(weight, item, self.at(key), means, instead)

    def tell_self(self, weight: Weight, means: str, instead: str | None = None) -> None:
        self.books.ledger.tell(weight, self.item, self.path, means, instead)


def _text(value: Scalar) -> str:
    if value is None:
        raise ValueError("expected a text")
    return text_of(value)

"""The stack as it is being made."""

import re
from collections.abc import Iterator
from dataclasses import field
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.text import NAME_PATTERN
from virtwright.stacks.compose.convert.fields import Books, Fields
from virtwright.stacks.compose.item import Item, Steps
from virtwright.stacks.compose.project import Project

_NAME: Final = re.compile(NAME_PATTERN + r"\Z")
CONTAINERS: Final = ("containers", "services")


@dataclass(slots=True)
class Entry:
    """One resource."""

    section: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[Steps, tuple[Item, Steps]] = field(default_factory=dict)
    """What each field was made from, by its path."""
    comment: str | None = None

    def put(self, path: str, value: Any, origin: Fields | None = None, key: str | None = None) -> None:
        """Set a field, as ``docker.tty``, made from ``key`` of ``origin``. None and empty values say nothing."""
        if value is None or value == [] or value == {}:
            return
        steps = tuple(path.split("."))
        values = self.values
        for step in steps[:-1]:
            values = values.setdefault(step, {})
        values[steps[-1]] = value
        if origin is not None:
            made_from = origin.below(key) if key is not None and key in origin.item.map else origin
            self.origins[steps] = (made_from.item, made_from.path)

    def add(self, path: str, value: Any, origin: Fields) -> None:
        """Add an item to a list, made from ``origin``."""
        items = self.values.setdefault(path, [])
        items.append(value)
        self.origins[(path, f"[{len(items) - 1}]")] = (origin.item, origin.path)


@dataclass(slots=True)
class Draft:
    """Everything that the conversion has made so far, and what it is made from."""

    project: Project
    host: str
    folder: Path
    """The folder of the stack's file, to which its paths are relative."""
    books: Books = field(default_factory=Books)
    sections: dict[str, dict[str, Entry]] = field(default_factory=dict)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Declarations of configuration keys."""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """Values of secret configuration keys."""
    _renamed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def swarm(self) -> bool:
        return self.host.startswith("swarm")

    def fields(self, section: str) -> Iterator[tuple[str, Fields]]:
        item = self.project.model.get(section)
        if item is not None:
            yield from Fields(item, (section,), self.books).entries()

    def entry(self, section: str, name: str) -> Entry:
        return self.sections.setdefault(section, {}).setdefault(name, Entry(section, name))

    def find(self, section: str, name: str) -> Entry | None:
        return self.sections.get(section, {}).get(name)

    def container(self, service: str) -> Entry | None:
        """The container or service that a Compose service has become."""
        name = self.name("services", service)
        return next((each for section in CONTAINERS if (each := self.find(section, name))), None)

    def name(self, section: str, name: str) -> str:
        """The name in the stack: the same, unless a stack can't have it."""
        if _NAME.match(name):
            return name
        if (section, name) not in self._renamed:
            base = re.sub(r"[^A-Za-z0-9_.-]", "-", name).lstrip("_.-")[:60] or "unnamed"
            taken = {*self.sections.get(section, {}), *self._renamed.values()}
            others = (f"{base}-{number}" for number in count(2))
            self._renamed[section, name] = next(each for each in chain([base], others) if each not in taken)
        return self._renamed[section, name]

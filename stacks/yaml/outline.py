"""The outline of a stack file: its sections, and the names of what they hold."""

import re
from dataclasses import field
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.text import NAME_PATTERN
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.expressions import HOSTS, Key
from virtwright.stacks.yaml.nodes import Node, Position
from virtwright.stacks.yaml.problems import Problems, choice, suggestion

_NAMED: Final = (HOSTS, "config", *SECTIONS, "outputs")
TOP: Final = ("stack", *_NAMED, "moved")
_NAME: Final = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")


@dataclass(slots=True)
class Outline:
    """What is written where, not yet looked into."""

    root: Node
    project: str = ""
    sections: dict[str, dict[str, Node]] = field(default_factory=dict)
    """The named entries of each section, in the file's order."""

    def entry_at(self, key: Key) -> Position:
        """Where an entry's name was written."""
        section, name = key
        node = self.root.find((section,))
        return node.keys.get(name, node.at)


def read_outline(root: Node, problems: Problems) -> Outline:
    """Checks the top level. Raises ``InputError`` where the file is no stack at all."""
    if not isinstance(root.value, dict):
        problems.add(
            "a stack file is a map of sections", root.at, hint="a stack begins with its name:\n    stack: shop"
        )
        problems.check()
    assert isinstance(root.value, dict)
    outline = Outline(root, sections={section: {} for section in _NAMED})
    for word, node in root.value.items():
        if word not in TOP:
            near = suggestion(word, TOP)
            problems.add(f"there is no section {word!r}", root.keys[word], None, near or f"sections: {choice(TOP, 20)}")
        elif word in _NAMED:
            outline.sections[word] = _entries(word, node, problems)
    outline.project = _project(root, problems)
    return outline


def is_name(text: str) -> bool:
    return _NAME.match(text) is not None


def _project(root: Node, problems: Problems) -> str:
    node = root.find(("stack",))
    hint = "name the stack, as\n    stack: shop"
    if node is root:
        problems.add("the stack has no name", root.at, "stack", hint)
    elif not isinstance(node.value, str) or not is_name(node.value):
        problems.add(_bad_name(node.value), node.at, "stack", hint)
    else:
        return node.value
    return "unnamed"


def _entries(section: str, node: Node, problems: Problems) -> dict[str, Node]:
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        problems.add("expected a map from names to their settings", node.at, section)
        return {}
    entries = {}
    for name, entry in node.value.items():
        if not is_name(name):
            problems.add(_bad_name(name), node.keys[name], section)
        elif section == "outputs" or isinstance(entry.value, dict | None):
            entries[name] = entry if section == "outputs" or entry.value is not None else Node({}, entry.at)
        else:
            problems.add("expected a map of settings", entry.at, f"{section}.{name}")
    return entries


def _bad_name(name: object) -> str:
    shown = ascii(name) if isinstance(name, str) and len(name) <= 80 else "this"
    return f"{shown} is no name: use letters, digits, '_', '.' and '-', at most 63, beginning with a letter or digit"


def names_in(text: str, file: str) -> list[str]:
    """What a stack's text declares, as ``vms.db``, whatever else may be wrong with it; entries with ``count`` stand for others.
    Raises ``InputError`` where it is no stack at all."""
    problems = Problems(file)
    sections = read_outline(compose(text, problems), problems).sections
    return [
        f"{section}.{name}"
        for section in SECTIONS
        for name, node in sections[section].items()
        if not (isinstance(node.value, dict) and "count" in node.value)
    ]

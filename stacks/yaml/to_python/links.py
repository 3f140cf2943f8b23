"""Fields that name a resource of the stack by themselves: in Python they use an output of its variable."""

from collections.abc import Mapping
from typing import Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import UNKNOWN, Path, Unknown, reveal, value_at
from virtwright.stacks.yaml.declared import Declared, Link
from virtwright.stacks.yaml.evaluate import Template, expressions
from virtwright.stacks.yaml.expressions import INDEX, Expression, Key
from virtwright.stacks.yaml.fields import replaced
from virtwright.stacks.yaml.to_python.references import Variables


@dataclass(frozen=True, slots=True)
class NamedResource:
    """Stands where a resource is named."""

    target: Key
    attribute: str
    by_index: bool
    """The one with the index of the resource that names it."""

    def text(self, variables: Variables) -> str:
        """The expression for the output that the field receives."""
        one = variables.of(self.target)
        return f"{one.rpartition('[')[0]}[index].{self.attribute}" if self.by_index else f"{one}.{self.attribute}"


def with_links(name: str, written: Template, declared: Declared, sibling: Declared | None) -> Any:
    """The one form of a field, with a ``NamedResource`` for each link and the expressions where they stood. ``UNKNOWN`` for
    what can't be told apart any more: a short form with a reference in it."""
    plain = reveal(declared.shape.plain[name])
    links = {link.path[1:]: link for link in declared.links if link.path[0] == name}
    varying = set[Path]()
    for path, found in expressions(written):
        inside = [below for below in links if below[: len(path)] == path]
        if inside and _follows_index(found, name, path, inside, declared, sibling):
            varying.update(inside)
        elif (value := value_at(plain, path)) is not None:
            settled = not inside and not isinstance(value, Mapping) and (found.whole or value is not UNKNOWN)
            plain = replaced(plain, path, found if settled or _is_text(path, value, inside) else UNKNOWN)
    for path, link in links.items():
        if not isinstance(value_at(plain, path), Expression | Unknown | None):
            plain = replaced(plain, path, NamedResource(link.target, link.attribute, path in varying))
    return plain


def _is_text(path: Path, value: Any, inside: list[Path]) -> bool:
    """A field of its own, in which a text may be put together."""
    return not inside and isinstance(value, Unknown) and isinstance(path[-1], str)


def _follows_index(
    found: Expression, name: str, path: Path, inside: list[Path], declared: Declared, sibling: Declared | None
) -> bool:
    """Whether the names are those of resources with the same index, and nothing else there depends on it."""
    if declared.index is None or any(each.section != INDEX for each in found.references):
        return False
    for each in (declared, sibling):
        targets = {link.path[1:]: link for link in each.links if link.path[0] == name} if each else {}
        if each and not all(_has_index(targets.get(below), each.index) for below in inside):
            return False
    return sibling is None or _without(declared, name, inside, path) == _without(sibling, name, inside, path)


def _has_index(link: Link | None, index: int | None) -> bool:
    return link is not None and link.target[1].endswith(f"-{index}")


def _without(declared: Declared, name: str, inside: list[Path], path: Path) -> Any:
    plain = reveal(declared.shape.plain[name])
    for below in inside:
        plain = replaced(plain, below, None)
    return value_at(plain, path)

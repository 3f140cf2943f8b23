"""References without ``${ }``: fields that name a resource, ``depends_on`` and ``host``."""

from collections.abc import Mapping
from typing import Any

from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.options import Options
from virtwright.schemas.references import RefersTo
from virtwright.schemas.values import Path
from virtwright.stacks.yaml.check import Place
from virtwright.stacks.yaml.declared import Link
from virtwright.stacks.yaml.expressions import HOSTS, Key, address
from virtwright.stacks.yaml.fields import marked_fields
from virtwright.stacks.yaml.names import Names
from virtwright.stacks.yaml.nodes import Position
from virtwright.stacks.yaml.problems import Problems, choice, suggestion


def find_links(
    model: type[Model], plain: Mapping[str, Any], names: Names, place: Place, problems: Problems
) -> tuple[Link, ...]:
    """The fields of ``plain`` that name a resource. One that should and doesn't is a problem."""
    links = []
    for field in marked_fields(model):
        if not isinstance(refers := field.mark, RefersTo):
            continue
        for path, name in field.leaves(plain):
            target = (KINDS[refers.kind].section, name)
            if target in names.keys:
                links.append(Link(path, target, refers.attribute))
            elif not refers.optional or target in names.counted:
                _complain(names.absence(target), path, place, problems)
    return tuple(links)


def find_dependencies(options: Options, names: Names, place: Place, problems: Problems) -> dict[Key, Position]:
    """What ``depends_on`` names: ``vms.db``, or ``db`` where one section alone has it. A counted entry means all of it."""
    found: dict[Key, Position] = {}
    for position, text in enumerate(options.depends_on):
        path = ("depends_on", position)
        at = place.node.position(path)
        keys = _named(text, names)
        if not keys:
            _complain(_unnamed(text, names), path, place, problems)
        elif len({section for section, _ in keys}) > 1:
            every = choice([address(key) for key in keys])
            _complain((f"{text!r} may mean {every}", "write the section and the name"), path, place, problems)
        else:
            found.update(dict.fromkeys(keys, at))
    return found


def _named(text: str, names: Names) -> list[Key]:
    section, _, name = text.partition(".")
    key = (section, name)
    if key in names.counted:
        return [instance for instance, _ in names.instances(key)]
    if key in names.keys and section != HOSTS:
        return [key]
    counted = [instance for base in names.counted if base[1] == text for instance, _ in names.instances(base)]
    return [*names.by_name.get(text, []), *counted]


def _unnamed(text: str, names: Names) -> tuple[str, str | None]:
    near = suggestion(text, [*names.by_name, *(address(key) for key in names.keys)])
    return f"there is no resource {text!r}", near


def find_host(options: Options, names: Names, place: Place, problems: Problems) -> Key | None:
    """The host an entry lives on: the one it names, else the first of the stack."""
    chosen = options.host
    if chosen is not None:
        if (HOSTS, chosen) in names.keys:
            return (HOSTS, chosen)
        known = names.hosts
        near = suggestion(chosen, known) or (f"hosts: {choice(known)}" if known else None)
        _complain((f"there is no host {chosen!r}", near), ("host",), place, problems)
    return (HOSTS, names.hosts[0]) if names.hosts else None


def check_ignored(options: Options, model: type[Model], place: Place, problems: Problems) -> None:
    """``ignore_changes`` must begin with fields that the kind has."""
    for position, text in enumerate(options.ignore_changes):
        first = text.split(".")[0].split("[")[0]
        if first not in model.model_fields:
            path = ("ignore_changes", position)
            near = suggestion(first, model.model_fields)
            _complain((f"there is no field {first!r} to ignore", near), path, place, problems)


def _complain(fault: tuple[str, str | None], path: Path, place: Place, problems: Problems) -> None:
    message, hint = fault
    if place.hides(path):
        message, hint = "names nothing in the stack (the name is secret and not shown)", None
    problems.add(message, place.node.position(path), place.path(path), hint)

"""Names that a resource had before: its own aliases, combined with those of what it is a part of. Pure."""

from collections.abc import Iterable
from typing import Any

from virtwright.errors import InputError
from virtwright.schemas.urn import STACK_TYPE, Urn
from virtwright.stacks.python.monitor.deployment import Entry


def child_urn(stack: str, project: str, own_type: str, name: str, parent: Urn | None) -> Urn:
    """The URN of a resource: its type follows those of what it is a part of, but for the stack's."""
    above = "" if parent is None or parent.own_type == STACK_TYPE else f"{parent.type}$"
    return Urn(stack, project, f"{above}{own_type}", name)


def all_aliases(urn: Urn, parent: Entry | None, aliases: Iterable[Any], urns: Iterable[str]) -> tuple[Urn, ...]:
    """Every name that the resource may have had: ``aliases`` are ``pulumirpc.Alias``, ``urns`` those of older SDKs.

    Raises ``InputError`` for what is no URN.
    """
    found: dict[Urn, None] = {}
    specs = list(aliases)
    for text in [*urns, *(alias.urn for alias in specs if alias.WhichOneof("alias") == "urn")]:
        found[_parse(text)] = None
    for alias in specs:
        if alias.WhichOneof("alias") == "spec":
            found.update(dict.fromkeys(_by_spec(urn, parent, alias.spec)))
    if parent is not None:
        for before in parent.aliases:
            name = _renamed(urn.name, parent.urn.name, before.name)
            found[child_urn(before.stack, before.project, urn.own_type, name, before)] = None
            found.update({_under(alias, before): None for alias in found if _is_under(alias, parent.urn)})
    found.pop(urn, None)
    return tuple(found)


def _by_spec(urn: Urn, parent: Entry | None, spec: Any) -> Iterable[Urn]:
    above: Urn | None = parent.urn if parent is not None else None
    if spec.noParent:
        above = None
    elif spec.parentUrn:
        above = _parse(spec.parentUrn)
    yield child_urn(
        spec.stack or urn.stack, spec.project or urn.project, spec.type or urn.own_type, spec.name or urn.name, above
    )


def _is_under(alias: Urn, parent: Urn) -> bool:
    return alias.type == f"{parent.type}${alias.own_type}"


def _under(alias: Urn, parent: Urn) -> Urn:
    return child_urn(parent.stack, parent.project, alias.own_type, alias.name, parent)


def _renamed(name: str, parent: str, before: str) -> str:
    """A child that is named after its parent was named after the parent's former name."""
    return f"{before}{name.removeprefix(parent)}" if name.startswith(parent) else name


def _parse(text: str) -> Urn:
    try:
        return Urn.parse(text)
    except ValueError as error:
        raise InputError.one(f"an alias is not a URN: {text!r}") from error

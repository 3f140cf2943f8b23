"""Checks between the fields of one model. What is ``UNKNOWN`` or left out passes."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from virtwright.schemas.faults import fault
from virtwright.schemas.values import Path, Unknown


def known(*values: object) -> bool:
    """Whether all of ``values`` are given and none is ``UNKNOWN``."""
    return not any(isinstance(value, Unknown | None) for value in values)


def items(values: Any) -> list[tuple[int, Any]]:
    """The known items of a list with their indices; nothing where the list itself is not known."""
    return [(index, value) for index, value in enumerate(values) if known(value)] if isinstance(values, list) else []


def exactly_one(**fields: object) -> None:
    """Exactly one of ``fields`` must be given; an ``UNKNOWN`` counts as given."""
    if sum(value is not None for value in fields.values()) != 1:
        *first, last = fields
        raise fault(f"give exactly one of {', '.join(first)} and {last}")


def at_most_one(**fields: object) -> None:
    """At most one of ``fields`` may be given."""
    given = [name for name, value in fields.items() if value is not None]
    if len(given) > 1:
        raise fault(f"give only one of {' and '.join(given)}")


def alone(model: BaseModel, kind: type[BaseModel], name: str, why: str) -> None:
    """Where the field ``name`` is given, no other of the ``kind`` may say anything; what stands beside a kind's own fields
    in a stack may. ``why`` ends the message."""
    if getattr(model, name) is None:
        return
    fields = kind.model_fields.items()
    other = next((each for each, field in fields if each != name and getattr(model, each) != field.get_default()), None)
    if other is not None:
        raise fault(f"{other} can't be given with {name}: {why}", at=(other,))


def no_repeats(what: str, values: Iterable[tuple[Path, Any]]) -> None:
    """Each of ``values``, given with the way to it, must occur once."""
    seen: set[Any] = set()
    for at, value in values:
        if not known(value):
            continue
        if value in seen:
            raise fault(f"{what} {{value}} is given twice", at=at, value=value)
        seen.add(value)


def inside(what: str, address: Any, network: Any, at: Path) -> None:
    """``address`` must be one that a member of ``network`` may have."""
    if not known(address, network):
        return
    net = ipaddress.ip_network(network)
    parsed = ipaddress.ip_address(address)
    if parsed not in net:
        raise fault(f"{what} {{address}} is not in {{network}}", at=at, address=address, network=network)
    if net.version == 4 and net.prefixlen < 31 and parsed in (net.network_address, net.broadcast_address):
        raise fault(
            f"{what} {{address}} is no member's address in {{network}}", at=at, address=address, network=network
        )

"""Published ports must not meet on their host."""

from typing import Any

from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.checks import items, known
from virtwright.schemas.faults import fault

_EVERYWHERE = frozenset({"0.0.0.0", "::"})


def no_port_clashes(ports: Any) -> None:
    """Raise where two of ``ports`` need the same port of the same address of the host."""
    taken: dict[tuple[str, int], list[str | None]] = {}
    for index, port in items(ports):
        if not isinstance(port, PublishedPort) or not known(port.host_port, port.protocol):
            continue
        if port.host_address is not None and not known(port.host_address):
            continue
        key = (port.protocol, port.host_port or port.port)
        others = taken.setdefault(key, [])
        if any(addresses_meet(port.host_address, other) for other in others):
            at = ("ports", index)
            raise fault("the host's port {port}/{protocol} is published twice", at=at, port=key[1], protocol=key[0])
        others.append(port.host_address)


def addresses_meet(one: str | None, other: str | None) -> bool:
    """Whether one port can't be had at both addresses of a host; None means all of them."""
    if one is None or other is None or one == other:
        return True
    same_family = (":" in one) == (":" in other)
    return same_family and bool({one, other} & _EVERYWHERE)

"""Ports of a host that several resources publish. What is not known yet passes."""

from collections.abc import Iterator, Mapping
from typing import Any

from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.expressions import Key, address
from virtwright.stacks.yaml.problems import Problems

Published = tuple[str, int]
"""Protocol and port."""


def check_ports(declared: Mapping[Key, Declared], problems: Problems) -> None:
    """A port of a host's address leads to one resource."""
    taken: dict[tuple[Key | None, Published], list[tuple[str | None, Declared]]] = {}
    for each in declared.values():
        for index, published, at in _ports(each):
            from virtwright.schemas.ports import addresses_meet

            holders = taken.setdefault((each.host, published), [])
            other = next((one for where, one in holders if one is not each and addresses_meet(where, at)), None)
            holders.append((at, each))
            if other is not None:
                path = ("ports", index)
                protocol, port = published
                message = f"the host's port {port}/{protocol} is published by {address(other.key)} already"
                position = each.place.node.position(path)
                problems.add(message, position, each.place.path(path), "publish another port of the host")


def _ports(each: Declared) -> Iterator[tuple[int, Published, str | None]]:
    """Those that it holds as long as it is there, by their places in the list. Copies of a service may be on other hosts."""
    inputs = each.shape.plain
    ports = inputs.get("ports")
    if _ends(inputs) or _is_spread(inputs) or not isinstance(ports, list):
        return
    for index, port in enumerate(ports):
        if not isinstance(port, Mapping) or port.get("mode") == "host":
            continue
        protocol, number = port.get("protocol", "tcp"), port.get("host_port", port.get("port"))
        at = port.get("host_address")
        if isinstance(protocol, str) and isinstance(number, int) and isinstance(at, str | None):
            yield index, (protocol, number), at


def _ends(inputs: Mapping[str, Any]) -> bool:
    wait = inputs.get("wait_for")
    return isinstance(wait, Mapping) and wait.get("completed", False) is not False


def _is_spread(inputs: Mapping[str, Any]) -> bool:
    placement = inputs.get("placement") or {}
    return not isinstance(placement, Mapping) or placement.get("hosts", []) != []

"""What a new network gets: its addresses and its bridge, checked against what the machine and the root have."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network

from virtwright.errors import HostError
from virtwright.providers.namespace.network.addresses import bridge_name, choose_cidr, first_host, overlapping
from virtwright.providers.namespace.network.links import index_of, netlink, routed_networks
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.schemas.network import Network


def choose(id: str, inputs: Network, others: Mapping[str, Wiring]) -> dict[str, str | None]:
    """What is noted in the network's record. ``others`` are the root's networks by name; call it under both locks.

    Raises ``HostError`` where an address range or the bridge's name is taken, naming by whom.
    """
    if inputs.mode == "bridge":
        return _joined(inputs)
    bridge = inputs.bridge or bridge_name(id)
    if index_of(bridge) is not None:
        raise HostError(
            f"the machine has a device {bridge} already",
            hint="give bridge another name; to join an existing bridge use mode: bridge",
        )
    cidr = _cidr(inputs, others)
    net6 = IPv6Network(inputs.cidr6) if inputs.cidr6 else None
    return {
        "bridge": bridge,
        "cidr": str(cidr),
        "cidr6": inputs.cidr6,
        "gateway": inputs.gateway or str(first_host(cidr)),
        "gateway6": inputs.gateway6 or (str(first_host(net6)) if net6 else None),
    }


def _joined(inputs: Network) -> dict[str, str | None]:
    assert inputs.bridge is not None
    if not is_bridge(inputs.bridge):
        raise HostError(
            f"the machine has no bridge {inputs.bridge}",
            hint=f"make it first:\n    ip link add {inputs.bridge} type bridge",
        )
    return {
        "bridge": inputs.bridge,
        "cidr": inputs.cidr,
        "cidr6": inputs.cidr6,
        "gateway": inputs.gateway,
        "gateway6": inputs.gateway6,
    }


def _cidr(inputs: Network, others: Mapping[str, Wiring]) -> IPv4Network:
    with netlink("list the machine's routes") as connection:
        routes = routed_networks(connection)
    if inputs.cidr is None:
        taken = [*routes, *(wiring.cidr for wiring in others.values() if wiring.cidr)]
        return choose_cidr(IPv4Network(text) for text in taken)
    owners = {f"the network {name}": wiring.cidrs for name, wiring in others.items()}
    for cidr in (inputs.cidr, inputs.cidr6):
        owner = overlapping(cidr, {**owners, "a route of this machine": routes}) if cidr else None
        if owner:
            raise HostError(
                f"{cidr} overlaps with {owner}", hint="choose another cidr, or leave it out to have one chosen"
            )
    return IPv4Network(inputs.cidr)


def is_bridge(name: str) -> bool:
    if (index := index_of(name)) is None:
        return False
    with netlink(f"look at the device {name}") as connection:
        (link,) = connection.get_links(index)
        return bool(link.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "bridge")

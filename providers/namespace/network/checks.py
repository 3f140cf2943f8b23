"""What can be said of a network's inputs without the machine."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from virtwright.errors import InputError, Problem, UnsupportedError, Where
from virtwright.providers.namespace.network.addresses import host_bounds
from virtwright.schemas.network import Network
from virtwright.schemas.values import Unknown


def check_network(inputs: Network) -> None:
    """Raises ``UnsupportedError`` for what the runtime can't do and ``InputError`` for what can't be right."""
    if inputs.vlan is not None:
        raise UnsupportedError(
            "the namespace runtime does not tag VLANs",
            where=Where(path="vlan"),
            hint="make a bridge on the VLAN's device and join it: mode: bridge, bridge: NAME",
        )
    for field, value, hint in (
        ("uplink", inputs.uplink, "leave it out: the host's own routes decide"),
        ("dns.forwarders", inputs.dns.forwarders, "leave it out: members ask the host's own servers"),
        ("dhcp.lease_time", inputs.dhcp and inputs.dhcp.lease_time, "leave it out: members keep their addresses"),
    ):
        if value:
            raise UnsupportedError(f"the namespace runtime has no {field}", where=Where(path=field), hint=hint)
    if inputs.mode == "bridge" and inputs.cidr is None:
        raise UnsupportedError(
            "the namespace runtime asks no DHCP server, so a network of mode bridge needs cidr",
            where=Where(path="cidr"),
            hint="give the bridge's own network as cidr, and as dhcp.range the addresses that members may have",
        )
    if problems := [*_outside(inputs), *_dhcp(inputs)]:
        raise InputError(problems)


def _outside(inputs: Network) -> list[Problem]:
    problems = []
    if inputs.gateway6 is not None and not isinstance(inputs.gateway6, Unknown):
        if inputs.cidr6 is None:
            problems.append(Problem("gateway6 needs cidr6", Where(path="gateway6")))
        elif not isinstance(inputs.cidr6, Unknown) and IPv6Address(inputs.gateway6) not in IPv6Network(inputs.cidr6):
            problems.append(Problem(f"gateway6 {inputs.gateway6} is not in {inputs.cidr6}", Where(path="gateway6")))
    for path, cidr in (("cidr", inputs.cidr), ("cidr6", inputs.cidr6)):
        if isinstance(cidr, str):
            net = IPv4Network(cidr) if path == "cidr" else IPv6Network(cidr)
            if net.num_addresses < 4:
                problems.append(Problem(f"{cidr} is too small for a gateway and members", Where(path=path)))
            elif net.is_multicast or net.is_loopback or net.is_unspecified or net.prefixlen == 0:
                problems.append(Problem(f"{cidr} is not for networks of machines", Where(path=path)))
    return problems


def _dhcp(inputs: Network) -> list[Problem]:
    dhcp = inputs.dhcp
    if dhcp is None or isinstance(dhcp, Unknown) or isinstance(inputs.cidr, Unknown):
        return []
    if inputs.cidr is None:
        return [Problem("dhcp needs cidr: its addresses must be part of the network", Where(path="dhcp"))]
    net = IPv4Network(inputs.cidr)
    low, high = host_bounds(net)
    named = [(f"dhcp.reservations[{index}].address", item.address) for index, item in enumerate(dhcp.reservations)]
    if dhcp.range is not None:
        named += [("dhcp.range.start", dhcp.range.start), ("dhcp.range.end", dhcp.range.end)]
    known = [(path, address) for path, address in named if not isinstance(address, Unknown)]
    problems = [
        Problem(f"{address} is not an address for members of {net}", Where(path=path))
        for path, address in known
        if not low <= int(IPv4Address(address)) <= high
    ]
    if dhcp.range is not None and int(IPv4Address(dhcp.range.start)) > int(IPv4Address(dhcp.range.end)):
        problems.append(Problem("the range ends before it starts", Where(path="dhcp.range")))
    return problems

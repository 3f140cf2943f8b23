"""The packet filter: one nftables table for each root. Documents are made here, pure; ``apply`` hands them to ``nft``.

Networks and ports are elements of sets and maps, so that adding one is one small transaction and touches no rule.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.namespace.network.members import Published
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root

SETS: Final = {
    "bridges": "type ifname",
    "pairs": "type ifname . ifname",
    "ways_out": "type ifname",
    "ways_in": "type ifname",
    "closed": "type ifname",
    "members4": "type ipv4_addr ; flags interval",
    "members6": "type ipv6_addr ; flags interval",
    "masqueraded4": "type ipv4_addr ; flags interval",
    "masqueraded6": "type ipv6_addr ; flags interval",
}
MAPS: Final = {
    "ports4": "type inet_proto . inet_service : ipv4_addr . inet_service",
    "ports6": "type inet_proto . inet_service : ipv6_addr . inet_service",
    "local_ports4": "type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service",
    "local_ports6": "type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service",
}
CHAINS: Final = {
    "published": "",
    "guard": "type filter hook prerouting priority raw ; policy accept ;",
    "arriving": "type nat hook prerouting priority dstnat ; policy accept ;",
    "own": "type nat hook output priority -100 ; policy accept ;",
    "passing": "type filter hook forward priority filter ; policy accept ;",
    "leaving": "type nat hook postrouting priority srcnat ; policy accept ;",
}
RULES: Final = {
    "published": (
        "meta l4proto { tcp, udp } dnat ip to meta l4proto . ip daddr . th dport map @local_ports4",
        "meta l4proto { tcp, udp } dnat ip6 to meta l4proto . ip6 daddr . th dport map @local_ports6",
        "meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @ports4",
        "meta l4proto { tcp, udp } dnat ip6 to meta l4proto . th dport map @ports6",
    ),
    "guard": ("iifname @bridges ip daddr 127.0.0.0/8 drop",),
    "arriving": ("fib daddr type local jump published",),
    "own": ("ip6 daddr ::1 return", "fib daddr type local jump published"),
    "passing": (
        "iifname != @bridges oifname != @bridges accept",
        "ct state established,related accept",
        "ct status dnat accept",
        "iifname . oifname @pairs accept",
        "iifname @ways_out oifname != @bridges accept",
        "oifname @ways_in iifname != @bridges accept",
        "drop",
    ),
    "leaving": (
        "oifname @bridges ip saddr 127.0.0.0/8 masquerade",
        "oifname @bridges ct status dnat ip saddr @members4 masquerade",
        "oifname @bridges ct status dnat ip6 saddr @members6 masquerade",
        "oifname @closed ct status dnat masquerade",
        "oifname != @bridges ip saddr @masqueraded4 masquerade",
        "oifname != @bridges ip6 saddr @masqueraded6 masquerade",
    ),
}


def table_name(root: Root) -> str:
    return f"virtwright_{root.hash}"


def network_elements(wiring: Wiring) -> list[tuple[str, str]]:
    """What a network puts into the sets, as (set, element)."""
    if not wiring.own_bridge:
        return []
    bridge = f'"{wiring.bridge}"'
    elements = [("bridges", bridge), ("pairs", f"{bridge} . {bridge}")]
    elements += [("ways_out", bridge)] if wiring.leads_out else [("closed", bridge)]
    elements += [("ways_in", bridge)] if wiring.mode == "routed" else []
    for version, cidr in ((4, wiring.cidr), (6, wiring.cidr6)):
        if cidr:
            elements.append((f"members{version}", cidr))
            elements += [(f"masqueraded{version}", cidr)] if wiring.mode == "nat" else []
    return elements


def port_elements(port: Published) -> list[tuple[str, str, str]]:
    """What a published port puts into the maps, as (map, key, value)."""
    elements = []
    for version, target in ((4, port.address), (6, port.address6)):
        if target is None:
            continue
        if port.everywhere:
            elements.append((f"ports{version}", f"{port.protocol} . {port.host_port}", f"{target} . {port.port}"))
        else:
            key = f"{port.protocol} . {port.host_address} . {port.host_port}"
            elements.append((f"local_ports{version}", key, f"{target} . {port.port}"))
    return elements


def whole_document(table: str, networks: Iterable[Wiring], ports: Iterable[Published]) -> str:
    """One transaction that brings the table to what it should be, whatever it was."""
    lines = [f"add table inet {table}"]
    lines += [f"add set inet {table} {name} {{ {type} ; }}" for name, type in SETS.items()]
    lines += [f"add map inet {table} {name} {{ {type} ; }}" for name, type in MAPS.items()]
    lines += [
        f"add chain inet {table} {name} {{ {hook} }}" if hook else f"add chain inet {table} {name}"
        for name, hook in CHAINS.items()
    ]
    lines += [f"flush chain inet {table} {name}" for name in CHAINS]
    lines += [f"flush set inet {table} {name}" for name in SETS]
    lines += [f"flush map inet {table} {name}" for name in MAPS]
    lines += [f"add rule inet {table} {chain} {rule}" for chain, rules in RULES.items() for rule in rules]
    for wiring in networks:
        lines += [f"add element inet {table} {name} {{ {item} }}" for name, item in network_elements(wiring)]
    return "\n".join([*lines, ""]) + ports_document(table, ports)


def ports_document(table: str, added: Iterable[Published], removed: Iterable[Published] = ()) -> str:
    """One transaction that opens and closes ports."""
    lines = [
        f"delete element inet {table} {name} {{ {key} }}" for port in removed for name, key, _ in port_elements(port)
    ]
    lines += [
        f"add element inet {table} {name} {{ {key} : {value} }}"
        for port in added
        for name, key, value in port_elements(port)
    ]
    return "".join(f"{line}\n" for line in lines)


def apply(document: str) -> None:
    """Hand a transaction to the kernel: all of it happens or nothing. Raises ``HostError``."""
    if document:
        run(["nft", "-f", "-"], input=document, timeout=30, package="nftables")


def remove_table(root: Root) -> None:
    """Fine where there is none."""
    table = table_name(root)
    apply(f"add table inet {table}\ndelete table inet {table}\n")


def ruleset() -> list[dict[str, Any]]:
    """Everything nftables holds, in its JSON form (libnftables-json(5)). Raises ``HostError``."""
    text = run(["nft", "-j", "list", "ruleset"], timeout=30, package="nftables").stdout
    try:
        items = json.loads(text)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(f"nft answered what is no ruleset: {text[:200]}") from error
    return list(items)


def missing(root: Root, items: Sequence[dict[str, Any]], networks: Iterable[Wiring]) -> list[str]:
    """What the ruleset lacks of the root's table, told in words."""
    table = table_name(root)
    rules = [item["rule"]["chain"] for item in items if item.get("rule", {}).get("table") == table]
    lacking = [f"chain {chain}" for chain, wanted in RULES.items() if rules.count(chain) != len(wanted)]
    return lacking + [f"{wiring.bridge} in the set bridges" for wiring in networks if not _holds(items, table, wiring)]


def _holds(items: Sequence[dict[str, Any]], table: str, wiring: Wiring) -> bool:
    found = {(name, element) for name, element in _elements(items, table)}
    return {(name, item.replace('"', "")) for name, item in network_elements(wiring)} <= found


def _elements(items: Sequence[dict[str, Any]], table: str) -> Iterable[tuple[str, str]]:
    for item in items:
        body = item.get("set", {})
        if body.get("table") == table:
            for element in body.get("elem", ()):
                yield body["name"], _text(element)


def present_ports(root: Root, items: Sequence[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """The open ports as (map, key, value), in the form of ``port_elements``."""
    table = table_name(root)
    return {
        (body["name"], _text(key), _text(value))
        for item in items
        if (body := item.get("map", {})).get("table") == table
        for key, value in body.get("elem", ())
    }


def _text(element: Any) -> str:
    if isinstance(element, dict) and "concat" in element:
        return " . ".join(_text(part) for part in element["concat"])
    if isinstance(element, dict) and "prefix" in element:
        return f"{element['prefix']['addr']}/{element['prefix']['len']}"
    if isinstance(element, dict) and "elem" in element:
        return _text(element["elem"]["val"])
    return str(element)

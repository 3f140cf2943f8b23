"""The packet filter: two nftables tables for each root. Documents are made here, pure; ``apply`` hands them to ``nft``.

Networks, members and ports are elements of sets and maps, so that adding one is one small transaction and touches no rule.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.namespace.network import senders
from virtwright.providers.namespace.network.members import Published
from virtwright.providers.namespace.network.tables import ROUTED, TABLES, VERSION, Table
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root


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


def whole_document(
    table: str, networks: Iterable[Wiring], ports: Iterable[Published], senders: Iterable[senders.Element] = ()
) -> str:
    """One transaction that brings both tables to what they should be, whatever they were."""
    lines = [line for each in TABLES for line in _empty(each, table)]
    lines.append(f"add element {ROUTED.family} {table} version {{ {VERSION:#010x} }}")
    for wiring in networks:
        lines += [f"add element inet {table} {name} {{ {item} }}" for name, item in network_elements(wiring)]
    lines += [f"add element {item.family} {table} {item.set} {{ {item.text} }}" for item in senders]
    return "\n".join([*lines, ""]) + ports_document(table, ports)


def _empty(each: Table, name: str) -> list[str]:
    """The table with its rules, and nothing in its sets."""
    at = f"{each.family} {name}"
    return [
        f"add table {at}",
        *(f"add set {at} {item} {{ {type} ; }}" for item, type in each.sets.items()),
        *(f"add map {at} {item} {{ {type} ; }}" for item, type in each.maps.items()),
        *(
            f"add chain {at} {item} {{ {hook} }}" if hook else f"add chain {at} {item}"
            for item, hook in each.chains.items()
        ),
        *(f"flush chain {at} {item}" for item in each.chains),
        *(f"flush set {at} {item}" for item in each.sets),
        *(f"flush map {at} {item}" for item in each.maps),
        *(f"add rule {at} {chain} {rule}" for chain, rules in each.rules.items() for rule in rules),
    ]


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


def remove_tables(root: Root) -> None:
    """Fine where there are none."""
    name = table_name(root)
    apply("".join(f"add table {each.family} {name}\ndelete table {each.family} {name}\n" for each in TABLES))


def ruleset() -> list[dict[str, Any]]:
    """Everything nftables holds, in its JSON form (libnftables-json(5)). Raises ``HostError``."""
    text = run(["nft", "-j", "list", "ruleset"], timeout=30, package="nftables").stdout
    try:
        items = json.loads(text)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(f"nft answered what is no ruleset: {text[:200]}") from error
    return list(items)


def missing(
    root: Root, items: Sequence[dict[str, Any]], wiring: Wiring, sent: Iterable[senders.Element] = ()
) -> list[str]:
    """What the ruleset lacks of the root's tables, told in words; ``sent`` is what the network's members may send."""
    table = table_name(root)
    rules = [(body["family"], body["chain"]) for item in items if (body := item.get("rule", {})).get("table") == table]
    lacking = [
        f"chain {chain}"
        for each in TABLES
        for chain, wanted in each.rules.items()
        if rules.count((each.family, chain)) != len(wanted)
    ]
    found = set(set_elements(items, table))
    if not {(ROUTED.family, name, item.replace('"', "")) for name, item in network_elements(wiring)} <= found:
        lacking.append(f"{wiring.bridge} in the set bridges")
    unheld = {item.port for item in sent if (item.family, item.set, item.text.replace('"', "")) not in found}
    return lacking + [f"what {port} may send" for port in sorted(unheld)]


def is_outdated(root: Root, items: Sequence[dict[str, Any]]) -> bool:
    """Whether the rules are another version's of the program."""
    table = table_name(root)
    there = any(
        (body := item.get("table", {})).get("name") == table and body["family"] == ROUTED.family for item in items
    )
    return there and (ROUTED.family, "version", str(VERSION)) not in set(set_elements(items, table))


def set_elements(items: Sequence[dict[str, Any]], table: str) -> Iterable[tuple[str, str, str]]:
    for item in items:
        body = item.get("set", {})
        if body.get("table") == table:
            for element in body.get("elem", ()):
                yield body["family"], body["name"], _text(element)


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

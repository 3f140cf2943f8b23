"""Other programs' packet filters: where one drops what is forwarded (Docker and ufw do), ours is let through.

In netfilter a packet passes only if every table lets it, so an accept in our own table is not enough. Two rules for each
bridge go to the head of such a chain, marked with a comment, and are taken out again with the network. Nothing else of
another program's table is touched. The decision is docs/decisions/0052.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.network import firewall
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root

_FAMILIES: Final = ("ip", "ip6", "inet")
_DOCKER: Final = "DOCKER-USER"


@dataclass(frozen=True, slots=True)
class Gate:
    """A chain in which rules must stand so that our packets pass."""

    family: str
    table: str
    chain: str

    def __str__(self) -> str:
        return f"{self.family} {self.table} {self.chain}"


def gates(items: Sequence[dict[str, Any]]) -> list[Gate]:
    """The chains of other programs that drop forwarded packets by default; Docker's own chain for users' rules there."""
    chains = [item["chain"] for item in items if "chain" in item]
    named = {(chain["family"], chain["table"]) for chain in chains if chain["name"] == _DOCKER}
    return [
        Gate(chain["family"], chain["table"], _DOCKER if (chain["family"], chain["table"]) in named else chain["name"])
        for chain in chains
        if chain.get("hook") == "forward"
        and chain.get("policy") == "drop"
        and chain["family"] in _FAMILIES
        and not chain["table"].startswith("virtwright_")
    ]


def closed_gates(root: Root, items: Sequence[dict[str, Any]], wiring: Wiring) -> list[Gate]:
    """The gates that lack the rules for this network's bridge."""
    marked = [
        (rule["family"], rule["table"], rule["chain"])
        for item in items
        if (rule := item.get("rule", {})).get("comment") == _comment(root, wiring)
    ]
    return [gate for gate in gates(items) if marked.count((gate.family, gate.table, gate.chain)) < 2]


def admit(root: Root, networks: Iterable[Wiring]) -> None:
    """Let these networks through other programs' filters. Safe to repeat. Raises ``HostError``."""
    items = firewall.ruleset()
    document = ""
    for wiring in networks:
        for gate in closed_gates(root, items, wiring):
            document += _removal(root, items, wiring, gate)
            for direction in ("iifname", "oifname"):
                document += (
                    f'insert rule {gate} {direction} "{wiring.bridge}" accept comment "{_comment(root, wiring)}"\n'
                )
    firewall.apply(document)


def dismiss(root: Root, wiring: Wiring) -> None:
    """Take this network's rules out of other programs' filters. Raises ``HostError``."""
    firewall.apply(_removal(root, firewall.ruleset(), wiring, None))


def _removal(root: Root, items: Sequence[dict[str, Any]], wiring: Wiring, gate: Gate | None) -> str:
    return "".join(
        f"delete rule {rule['family']} {rule['table']} {rule['chain']} handle {rule['handle']}\n"
        for item in items
        if (rule := item.get("rule", {})).get("comment") == _comment(root, wiring)
        and gate in (None, Gate(rule["family"], rule["table"], rule["chain"]))
    )


def _comment(root: Root, wiring: Wiring) -> str:
    return f"{firewall.table_name(root)} {wiring.bridge}"

"""What is there, seen by one netlink dump and one nftables listing, set against what the records say."""

import fcntl
import socket
import struct
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.diff import Change, Impact
from virtwright.providers.namespace.network import firewall, foreign
from virtwright.providers.namespace.network.attach import may_send, wirings_by_id
from virtwright.providers.namespace.network.links import (
    Link,
    addresses_of,
    all_links,
    bridge_addresses,
    forwards,
    netlink,
)
from virtwright.providers.namespace.network.members import Member, Membership, Published, all_members, load
from virtwright.providers.namespace.network.netns import exists, inside, opened
from virtwright.providers.namespace.network.senders import Element
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root

RENEWED: Final = "what this version holds members to: docs/namespace-runtime.md#networks"
_SIOCGIFADDR: Final = 0x8915


class Inspection:
    """One look at the machine, for one listing. What is not asked for is not looked up."""

    def __init__(self, root: Root) -> None:
        self.root = root

    @cached_property
    def networks(self) -> dict[str, Wiring]:
        """By id."""
        return wirings_by_id(self.root)

    @cached_property
    def members(self) -> list[Member]:
        return list(all_members(self.root))

    @cached_property
    def links(self) -> dict[str, Link]:
        with netlink("list the machine's devices") as connection:
            return all_links(connection)

    @cached_property
    def ruleset(self) -> list[dict[str, Any]]:
        return firewall.ruleset()

    @cached_property
    def open_ports(self) -> set[tuple[str, str, str]]:
        return firewall.present_ports(self.root, self.ruleset)

    @cached_property
    def _filter_is_outdated(self) -> bool:
        return firewall.is_outdated(self.root, self.ruleset)

    def network_drift(self, wiring: Wiring) -> list[Change]:
        """What is wrong with a network; ``update`` of the Network handler mends it."""
        link = self.links.get(wiring.bridge)
        if link is None:
            return [Change(("bridge",), None, wiring.bridge, Impact.LIVE)]
        if not wiring.own_bridge:
            return self._filter_drift(wiring)
        changes = [] if link.up else [Change(("bridge", "state"), "down", "up", Impact.LIVE)]
        with netlink(f"list the addresses of {wiring.bridge}") as connection:
            found = addresses_of(connection, link.index)
        if found != (wanted := bridge_addresses(wiring)):
            changes.append(
                Change(("gateway",), ", ".join(sorted(found)) or None, ", ".join(sorted(wanted)), Impact.LIVE)
            )
        if not forwards(wiring):
            changes.append(Change(("forwarding",), "off", "on", Impact.LIVE))
        return changes + self._filter_drift(wiring)

    def _filter_drift(self, wiring: Wiring) -> list[Change]:
        lacking = [] if self._filter_is_outdated else self._lacking(wiring)
        lacking += [f"rules in {gate}" for gate in foreign.closed_gates(self.root, self.ruleset, wiring)]
        return [Change(("firewall",), f"without {', '.join(lacking)}", "whole", Impact.LIVE)] if lacking else []

    def network_outdated(self, wiring: Wiring) -> list[Change]:
        """What another version of the program made otherwise; ``update`` of the Network handler renews it."""
        if not self._filter_is_outdated or not self._lacking(wiring):
            return []
        return [Change(("firewall",), "rules of another version", RENEWED, Impact.LIVE)]

    def _lacking(self, wiring: Wiring) -> list[str]:
        return firewall.missing(self.root, self.ruleset, wiring, self._sent_on(wiring))

    def _sent_on(self, wiring: Wiring) -> list[Element]:
        return [
            element
            for member in self.members
            if (place := member.on(wiring.id)) is not None
            for element in may_send(self.root, member)
            if element.port == place.port
        ]

    def member_drift(self, kind: str, id: str) -> list[Change]:
        """What is wrong with the networks of a container or machine, in the terms of its inputs: ``networks[0]``,
        ``networks[0].address``, ``ports[1]``. ``update`` mends it; a namespace that is gone needs a restart."""
        member = load(self.root, kind, id)
        if member is None:
            return [Change(("networks",), None, "attached", Impact.REBOOT)]
        path = self.root.netns / id
        if not exists(path):
            names = [place.name for place in member.networks]
            return [Change(("networks",), None, names or "a network namespace", Impact.REBOOT)]
        changes = [change for index, place in enumerate(member.networks) for change in self._cable(index, place)]
        if not changes:
            changes = self._inside(path, member)
        return changes + self._ports(member.ports)

    def _cable(self, index: int, place: Membership) -> list[Change]:
        link, wiring = self.links.get(place.port), self.networks.get(place.network)
        bridge = self.links.get(wiring.bridge) if wiring else None
        if link and link.up and bridge and link.master == bridge.index:
            return []
        return [Change(("networks", index), None if link is None else "unplugged", place.name, Impact.LIVE)]

    def _inside(self, path: Path, member: Member) -> list[Change]:
        try:
            with opened(path) as namespace, inside(namespace):
                return [change for index, place in enumerate(member.networks) for change in _addresses(index, place)]
        except HostError:
            return [Change(("networks",), None, [place.name for place in member.networks], Impact.REBOOT)]

    def _ports(self, ports: Sequence[Published]) -> list[Change]:
        return [
            Change(("ports", index), None, str(port), Impact.LIVE)
            for index, port in enumerate(ports)
            if not set(firewall.port_elements(port)) <= self.open_ports
        ]


def _addresses(index: int, place: Membership) -> list[Change]:
    """In the calling thread's namespace: by ioctl and /proc, which cost a hundredth of a netlink dump."""
    found4, found6 = _address4(place.device), _addresses6(place.device)
    changes = []
    if place.address and place.address != found4:
        changes.append(Change(("networks", index, "address"), found4, place.address, Impact.LIVE))
    if place.address6 and place.address6 not in found6:
        changes.append(Change(("networks", index, "address6"), None, place.address6, Impact.LIVE))
    return changes


def _address4(device: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asker:
        try:
            answer = fcntl.ioctl(asker, _SIOCGIFADDR, struct.pack("256s", device.encode()[:15]))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])


def _addresses6(device: str) -> set[str]:
    try:
        lines = Path("/proc/thread-self/net/if_inet6").read_text().split("\n")
    except OSError:
        return set()
    fields = (line.split() for line in lines if line)
    return {socket.inet_ntop(socket.AF_INET6, bytes.fromhex(field[0])) for field in fields if field[5] == device}

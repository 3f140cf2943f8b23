"""What each member may send: its elements of the packet filter.

They are in the kernel before the cable is laid, and go with it. They are sent to the kernel as bytes (``messages``): each start of a container
adds some, and a process of ``nft`` takes longer than all the rest of joining.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address, ip_address

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.network import messages
from virtwright.providers.namespace.network.members import Member, Membership
from virtwright.providers.namespace.network.tables import ROUTED, SENT
from virtwright.providers.namespace.records import Record


@dataclass(frozen=True, slots=True)
class Element:
    """``port`` may send under ``address``; a set of ports alone has none."""

    family: str
    """The table's."""
    set: str
    port: str
    address: str | None = None

    @property
    def text(self) -> str:
        """As nft writes it: IPv6 addresses as numbers."""
        if self.address is None:
            return f'"{self.port}"'
        address = hex(int(ip_address(self.address))) if self.set == "addresses6" else self.address
        return f'"{self.port}" . {address}'

    @property
    def key(self) -> bytes:
        """As the kernel has it: each part filled up to whole words."""
        port = self.port.encode().ljust(16, b"\0")
        if self.address is None:
            return port
        if self.set == "macs":
            return port + bytes.fromhex(self.address.replace(":", "")).ljust(8, b"\0")
        return port + ip_address(self.address).packed


def is_held(record: Record | None) -> bool:
    """Whether a member may send under its own addresses alone. A privileged machine has networks of its own inside."""
    own = record.inputs.get("namespace") if record and record.kind == "VirtualMachine" else None
    return not (isinstance(own, dict) and own.get("privileged"))


def elements(member: Member) -> frozenset[Element]:
    """On each of its cables all its own addresses: it may answer on one network for what it was asked on another. Pure."""
    return frozenset(element for place in member.networks for element in _of(place, member.networks))


def _of(place: Membership, places: Iterable[Membership]) -> Iterator[Element]:
    bridge = SENT.family
    yield Element(ROUTED.family, "cables", place.port)
    yield Element(bridge, "ports", place.port)
    yield Element(bridge, "macs", place.port, place.mac)
    yield Element(bridge, "addresses6", place.port, link_local(place.mac))
    for other in places:
        for address in other.addresses:
            yield Element(bridge, "addresses6" if ":" in address else "addresses4", place.port, address)


def link_local(mac: str) -> str:
    """The address that the kernel gives a device by itself (RFC 4291, appendix A)."""
    octets = bytearray.fromhex(mac.replace(":", ""))
    octets[0] ^= 2
    return str(IPv6Address(b"\xfe\x80".ljust(8, b"\0") + octets[:3] + b"\xff\xfe" + octets[3:]))


def change(table: str, added: Iterable[Element], removed: Iterable[Element]) -> None:
    """In one transaction. Raises ``HostError`` where one to be removed, or the table, is not there."""
    gone, new = (_keys(elements) for elements in (removed, added))
    changes = [messages.delete_elements(family, table, name, keys) for (family, name), keys in gone.items()]
    changes += [messages.new_elements(family, table, name, keys) for (family, name), keys in new.items()]
    if changes:
        messages.send_filter(changes, "say what a member may send")


def _keys(elements: Iterable[Element]) -> dict[tuple[str, str], list[bytes]]:
    """By family and set."""
    keys: dict[tuple[str, str], list[bytes]] = {}
    for element in elements:
        keys.setdefault((element.family, element.set), []).append(element.key)
    return keys

"""The netlink messages that each start of a container sends, as bytes and in one call.

pyroute2 does all the rest; encoding and awaiting these one by one in it took two thirds of the time of joining a network.
The forms are those of rtnetlink(7) and the kernel's ``linux/if_link.h``, ``if_addr.h``, ``rtnetlink.h``, ``veth.h`` and
``netfilter/nf_tables.h``.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass

_NEWLINK, _NEWADDR, _NEWROUTE, _ERROR = 16, 20, 24, 2
_NEWNEIGH, _DELNEIGH, _STALE = 28, 29, 0x04
_REQUEST_ACK: Final = 0x001 | 0x004
_REPLACE, _EXCLUSIVE, _CREATE = 0x100, 0x200, 0x400
_NESTED: Final = 0x8000
_IFF_UP: Final = 1
_NODAD: Final = 0x02
_ROUTE: Final = struct.pack("=BBBBI", 254, 3, 0, 1, 0)
"""Main table, set by hand, to the whole world, unicast, no flags."""
_IFNAME, _IFADDRESS, _MTU, _MASTER, _LINKINFO, _NET_NS_FD = 3, 1, 4, 10, 18, 28
_KIND, _DATA, _PEER = 1, 2, 1
_ADDRESS, _LOCAL, _GATEWAY = 1, 2, 5
_DESTINATION, _LINK_ADDRESS = 1, 2
_BATCH_BEGIN, _BATCH_END = 16, 17
_NETLINK_NETFILTER, _NFTABLES = 12, 10
_NEW_ELEMENTS, _DELETE_ELEMENTS = 12, 14
_TABLE, _SET, _ELEMENTS = 1, 2, 3
_ITEM, _KEY, _VALUE = 1, 1, 1
_FAMILIES: Final = {"inet": 1, "bridge": 7}


@dataclass(frozen=True, slots=True)
class Message:
    """One request to the kernel."""

    type: int
    flags: int
    body: bytes
    fine: int = 0
    """The error number that is no refusal."""


def new_cable(port: str, bridge: int, device: str, mac: str, namespace: int, mtu: int | None) -> Message:
    """A veth pair: ``port`` up in the bridge with the index ``bridge``, ``device`` in the network namespace that the
    file descriptor ``namespace`` is."""
    size = _attribute(_MTU, struct.pack("=I", mtu)) if mtu else b""
    peer = b"".join(
        (
            _link(0, 0),
            _attribute(_IFNAME, device.encode() + b"\0"),
            _attribute(_IFADDRESS, _mac(mac)),
            _attribute(_NET_NS_FD, struct.pack("=I", namespace)),
            size,
        )
    )
    kind = _attribute(_KIND, b"veth") + _attribute(_DATA | _NESTED, _attribute(_PEER | _NESTED, peer))
    name, master = _attribute(_IFNAME, port.encode() + b"\0"), _attribute(_MASTER, struct.pack("=I", bridge))
    body = _link(0, _IFF_UP) + name + master + size + _attribute(_LINKINFO | _NESTED, kind)
    return Message(_NEWLINK, _CREATE | _EXCLUSIVE, body)


def link_up(index: int) -> Message:
    return Message(_NEWLINK, 0, _link(index, _IFF_UP))


def announcement(index: int, mac: str) -> Message:
    """Give a device the MAC address that it has: then the kernel tells all around which addresses are there, where the
    namespace is set so (``arp_notify``, ``ndisc_notify``)."""
    return Message(_NEWLINK, 0, _link(index, 0) + _attribute(_IFADDRESS, _mac(mac)))


def known_neighbour(bridge: int, text: str, mac: str) -> Message:
    """Correct what is believed of an address, or waited for; where nothing is, nothing is added."""
    return _neighbour(_NEWNEIGH, _REPLACE, bridge, text, _attribute(_LINK_ADDRESS, _mac(mac)))


def forgotten_neighbour(bridge: int, text: str) -> Message:
    return _neighbour(_DELNEIGH, 0, bridge, text)


def _neighbour(type: int, flags: int, bridge: int, text: str, more: bytes = b"") -> Message:
    address = ip_address(text)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    head = struct.pack("=BxHiHBB", family, 0, bridge, _STALE, 0, 0)
    return Message(type, flags, head + _attribute(_DESTINATION, address.packed) + more, fine=errno.ENOENT)


def new_address(index: int, text: str, prefix: int) -> Message:
    """Give a device an address; usable at once, without asking around whether somebody has it."""
    address = ip_address(text)
    family, flags = (socket.AF_INET, 0) if address.version == 4 else (socket.AF_INET6, _NODAD)
    local = _attribute(_LOCAL, address.packed) if address.version == 4 else b""
    head = struct.pack("=BBBBI", family, prefix, flags, 0, index)
    return Message(_NEWADDR, _CREATE | _REPLACE, head + local + _attribute(_ADDRESS, address.packed))


def default_route(gateway: str) -> Message:
    address = ip_address(gateway)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    head = struct.pack("=BBBB", family, 0, 0, 0) + _ROUTE
    return Message(_NEWROUTE, _CREATE | _REPLACE, head + _attribute(_GATEWAY, address.packed))


def new_elements(family: str, table: str, name: str, keys: Iterable[bytes]) -> Message:
    """Put ``keys`` into the set ``name`` of the packet filter; fine for those that it has."""
    return Message(_NFTABLES << 8 | _NEW_ELEMENTS, _CREATE, _elements(family, table, name, keys))


def delete_elements(family: str, table: str, name: str, keys: Iterable[bytes]) -> Message:
    return Message(_NFTABLES << 8 | _DELETE_ELEMENTS, 0, _elements(family, table, name, keys))


def _elements(family: str, table: str, name: str, keys: Iterable[bytes]) -> bytes:
    items = b"".join(_attribute(_ITEM | _NESTED, _attribute(_KEY | _NESTED, _attribute(_VALUE, key))) for key in keys)
    head = struct.pack("=BBH", _FAMILIES[family], 0, 0)
    names = _attribute(_TABLE, table.encode() + b"\0") + _attribute(_SET, name.encode() + b"\0")
    return head + names + _attribute(_ELEMENTS | _NESTED, items)


def send(messages: Sequence[Message], doing: str) -> None:
    """Send all to the kernel, in the calling thread's network namespace. Raises ``HostError`` for the first refusal."""
    if messages:
        _exchange(socket.NETLINK_ROUTE, b"".join(map(_framed, messages)), messages, doing)


def send_filter(messages: Sequence[Message], doing: str) -> None:
    """As ``send``, for the packet filter, and as one transaction: all or nothing."""
    begin, end = (
        struct.pack("=IHHII", 20, type, 1, 0, 0) + struct.pack("=BB", 0, 0) + struct.pack("!H", _NFTABLES)
        for type in (_BATCH_BEGIN, _BATCH_END)
    )
    _exchange(_NETLINK_NETFILTER, b"".join((begin, *map(_framed, messages), end)), messages, doing)


def _exchange(protocol: int, data: bytes, messages: Sequence[Message], doing: str) -> None:
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as kernel:
            kernel.bind((0, 0))
            kernel.send(data)
            refusal = _refusal(kernel, messages)
    except OSError as error:
        raise HostError(f"could not {doing}: {error.strerror or error}") from error
    if refusal:
        raise HostError(f"could not {doing}: {os.strerror(refusal)}")


def _framed(message: Message) -> bytes:
    length = 16 + len(message.body)
    return struct.pack("=IHHII", length, message.type, _REQUEST_ACK | message.flags, 0, 0) + message.body


def _refusal(kernel: socket.socket, messages: Sequence[Message]) -> int:
    """Wait for the answers to all, which come in their order, or for the first that is a refusal: a transaction may be
    refused as a whole. Returns its errno."""
    answered = 0
    while answered < len(messages):
        data = kernel.recv(65536)
        while data:
            length, type = struct.unpack_from("=IH", data)
            if type == _ERROR:
                code = -int(struct.unpack_from("=i", data, 16)[0])
                if code not in (0, messages[answered].fine):
                    return code
                answered += 1
            data = data[(length + 3) & ~3 :]
    return 0


def _link(index: int, flags: int) -> bytes:
    """A ``struct ifinfomsg``: of the flags, only those given are touched."""
    return struct.pack("=BxHiII", 0, 0, index, flags, flags)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _attribute(type: int, value: bytes) -> bytes:
    length = 4 + len(value)
    return struct.pack("=HH", length, type) + value + b"\0" * (-length % 4)

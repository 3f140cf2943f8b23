"""Ethernet frames made by hand, as a hostile member would make them, and who on a network hears them."""

import contextlib
import itertools
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

BROADCAST: Final = "ff:ff:ff:ff:ff:ff"
ALL_NODES: Final = "33:33:00:00:00:01"
_EVERYTHING: Final = 3
_numbers = itertools.count(1)


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(source: str, target: str, kind: int, body: bytes) -> bytes:
    return mac_bytes(target) + mac_bytes(source) + struct.pack("!H", kind) + body


def tagged(source: str, target: str, vlan: int, kind: int, body: bytes, *, by: int = 0x8100) -> bytes:
    return ethernet(source, target, by, struct.pack("!HH", vlan, kind) + body)


def arp(operation: int, source_mac: str, source: str, target: str) -> bytes:
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
    return head + mac_bytes(source_mac) + ip_address(source).packed + bytes(6) + ip_address(target).packed


def udp(source: str, target: str, payload: bytes, *, ports: tuple[int, int] = (4000, 9000)) -> bytes:
    """An IP packet of the addresses' family."""
    from_, to = ip_address(source), ip_address(target)
    length = 8 + len(payload)
    datagram = struct.pack("!HHHH", *ports, length, 0) + payload
    if from_.version == 4:
        return ip4(source, target, 17, datagram)
    pseudo = from_.packed + to.packed + struct.pack("!II", length, 17)
    return _ip6(from_, to, 17, datagram[:6] + _checksum(pseudo + datagram) + payload)


def ip4(source: str, target: str, protocol: int, body: bytes) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0)
    head += IPv4Address(source).packed + IPv4Address(target).packed
    return head[:10] + _checksum(head) + head[12:] + body


def icmp(source: str, target: str, kind: int, body: bytes) -> bytes:
    """``body`` is what follows the checksum."""
    message = struct.pack("!BBH", kind, 0, 0) + body
    return ip4(source, target, 1, message[:2] + _checksum(message) + body)


def icmp6(source: str, target: str, kind: int, body: bytes, *, hops: int = 255) -> bytes:
    """``body`` is what follows the checksum."""
    from_, to = IPv6Address(source), IPv6Address(target)
    pseudo = from_.packed + to.packed + struct.pack("!II", 4 + len(body), 58)
    message = struct.pack("!BBH", kind, 0, 0) + body
    return _ip6(from_, to, 58, message[:2] + _checksum(pseudo + message) + body, hops)


def nonce(mark: bytes) -> bytes:
    """An option of neighbour discovery that bears a mark: what follows a packet is cut off by bridges."""
    return b"\x0e\x02" + mark


def router_advertisement(source: str, prefix: str, mark: bytes) -> bytes:
    """For half an hour a router, and a prefix of which to make addresses."""
    option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 1800, 1800, 0) + IPv6Address(prefix).packed
    return icmp6(source, "ff02::1", 134, struct.pack("!BBHII", 64, 0, 1800, 0, 0) + option + nonce(mark))


def neighbour_advertisement(source: str, claimed: str, mac: str, mark: bytes) -> bytes:
    body = struct.pack("!I", 0x20000000) + IPv6Address(claimed).packed + b"\x02\x01" + mac_bytes(mac)
    return icmp6(source, "ff02::1", 136, body + nonce(mark))


def neighbour_solicitation(source: str, asked: str, mark: bytes) -> bytes:
    return icmp6(source, "ff02::1", 135, bytes(4) + IPv6Address(asked).packed + nonce(mark))


@contextlib.contextmanager
def tap(device: str) -> Iterator[socket.socket]:
    """All frames that the device gets, in the calling thread's namespace."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING)) as listener:
        listener.bind((device, _EVERYTHING))
        listener.settimeout(120)
        yield listener


def send(device: str, *frames: bytes) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0))
        for frame in frames:
            sender.send(frame.ljust(60, b"\0"))


def mark() -> bytes:
    return b"mark %08d." % next(_numbers)


def until_marked(listener: socket.socket, mark: bytes) -> list[bytes]:
    """What comes before the frame that bears ``mark``."""
    heard = []
    while mark not in (frame := listener.recv(65536)):
        heard.append(frame)
    return heard


def _ip6(
    source: IPv6Address | IPv4Address, target: IPv6Address | IPv4Address, protocol: int, body: bytes, hops: int = 64
) -> bytes:
    return struct.pack("!IHBB", 6 << 28, len(body), protocol, hops) + source.packed + target.packed + body


def _checksum(data: bytes) -> bytes:
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)

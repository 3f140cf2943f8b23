"""The short form of a published port: ``127.0.0.1:8000-8001:80-81/tcp``.

Source of the format: https://github.com/compose-spec/compose-spec/blob/main/05-services.md#short-syntax-3.
"""

import re
from typing import Final, NamedTuple

_PORT: Final = re.compile(
    r"(?:(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*):(?=.*:))?"
    r"(?:(?P<published>[0-9]+(?:-[0-9]+)?)?:)?(?P<target>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>[a-zA-Z]+))?"
)
_ONE_ADDRESS: Final = re.compile(
    r"(?P<address>\[[0-9a-fA-F:.]+\]|[0-9]+(?:\.[0-9]+){3})::(?P<target>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>[a-zA-Z]+))?"
)


class Port(NamedTuple):
    """One port inside, and where it is published."""

    target: int
    published: str | None
    """A port or a range of ports to choose from; None: the engine chooses."""
    host_ip: str | None
    protocol: str


def parse_ports(text: str) -> list[Port]:
    """One port for each port inside. Raises ``ValueError``."""
    found = _ONE_ADDRESS.fullmatch(text) or _PORT.fullmatch(text)
    if not found:
        raise ValueError("expected a port, as 80, 8080:80, 127.0.0.1:8080:80 or 53:53/udp")
    parts = found.groupdict()
    protocol = (parts["protocol"] or "tcp").lower()
    if protocol not in ("tcp", "udp", "sctp"):
        raise ValueError(f"there is no protocol {protocol!r}: tcp, udp or sctp")
    address = (parts["address"] or "").strip("[]") or None
    first, last = _range(parts["target"])
    published = parts.get("published")
    if published is None:
        return [Port(port, None, address, protocol) for port in range(first, last + 1)]
    low, high = _range(published)
    if high - low == last - first:
        return [Port(port, str(low + port - first), address, protocol) for port in range(first, last + 1)]
    if first == last:
        return [Port(first, published, address, protocol)]
    raise ValueError(f"the ranges {published} and {parts['target']} are not of the same length")


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    low, high = int(first), int(last or first)
    if not 0 < low <= high <= 65535:
        raise ValueError(f"{text} is no port: from 1 to 65535, the smaller one first")
    return low, high

"""The network configuration of a guest, made from the machine's networks.

https://docs.cloud-init.io/en/latest/reference/network-config-format-v2.html
"""

from collections.abc import Sequence
from typing import Any, Final

from virtwright.schemas.attachments import NetworkAttachment

_PREFIX6: Final = 64
"""Of networks on which routers tell their members what to do (RFC 4291, section 2.5.1)."""


def network_config(joins: Sequence[NetworkAttachment], macs: Sequence[str]) -> dict[str, Any] | None:
    """Every interface asks for its IPv4 address, the fixed ones too: the network's own server gives them out. A fixed IPv6 address
    is set, as that server can't tell by the hardware address who asks for one. None where there are none. The start waits for
    the first one only."""
    if not joins:
        return None
    return {
        "version": 2,
        "ethernets": {
            f"nic{number}": _interface(join, mac, first=number == 0)
            for number, (join, mac) in enumerate(zip(joins, macs, strict=True))
        },
    }


def _interface(join: NetworkAttachment, mac: str, *, first: bool) -> dict[str, Any]:
    own: dict[str, Any] = {"match": {"macaddress": mac}, "dhcp4": True}
    if join.address6 is not None:
        own["addresses"] = [f"{join.address6}/{_PREFIX6}"]
    return own if first else own | {"optional": True}

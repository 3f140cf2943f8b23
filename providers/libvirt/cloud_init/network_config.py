"""The network configuration of a guest, made from the machine's networks.

https://docs.cloud-init.io/en/latest/reference/network-config-format-v2.html
"""

from collections.abc import Sequence
from typing import Any

from virtwright.schemas.attachments import NetworkAttachment


def network_config(joins: Sequence[NetworkAttachment], macs: Sequence[str]) -> dict[str, Any] | None:
    """Every interface asks for its address, the fixed ones too: the network's own server gives them out. None where there
    are none. The start waits for the first one only."""
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
        own["dhcp6"] = True
    return own if first else own | {"optional": True}

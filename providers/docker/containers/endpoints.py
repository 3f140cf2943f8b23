"""A container's memberships in networks, in Docker's terms and back. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.text import HOSTNAME_PATTERN

DEFAULT: Final = "bridge"
"""The network that a container joins where nothing is said."""
_MAC: Final = "virtwright.mac"
"""An option that no driver reads: it tells a hardware address that was asked for from one that the daemon chose."""
_UNTOLD: Final = {"address": "IPAddress", "address6": "GlobalIPv6Address", "mac": "MacAddress"}
"""Fields that Podman tells without a word on whether they were asked for, and what it calls them."""
_ALIAS: Final = re.compile(HOSTNAME_PATTERN)
"""What others made may have aliases that are no host names."""


def endpoint(join: NetworkAttachment, own_name: str) -> dict[str, Any]:
    """``EndpointSettings``. The resource's own name is the first alias; what somebody else made has none (empty)."""
    addresses = {"IPv4Address": join.address, "IPv6Address": join.address6}
    wanted = {name: address for name, address in addresses.items() if address is not None}
    settings: dict[str, Any] = {"Aliases": [*([own_name] if own_name else ()), *join.aliases]}
    if wanted:
        settings["IPAMConfig"] = wanted
    if join.mac is not None:
        settings |= {"MacAddress": join.mac, "DriverOpts": {_MAC: join.mac}}
    return settings


def asked_endpoints(joins: Iterable[NetworkAttachment]) -> dict[str, dict[str, str]]:
    """What was asked for by each network, of what Podman does not tell afterwards."""
    fields = {join.network: {name: getattr(join, name) for name in _UNTOLD} for join in joins}
    asked = {
        network: {name: value for name, value in each.items() if value is not None} for network, each in fields.items()
    }
    return {network: each for network, each in asked.items() if each}


def read_endpoints(
    found: Mapping[str, Any], own_name: str, id: str, asked: Mapping[str, Mapping[str, str]]
) -> list[NetworkAttachment]:
    """``found`` is ``NetworkSettings.Networks`` of an inspected container, without what is not to be told; ``asked`` is what
    ``asked_endpoints`` said of it when it was made."""
    return [_attachment(name, settings or {}, own_name, id, asked.get(name, {})) for name, settings in found.items()]


def _attachment(
    name: str, settings: Mapping[str, Any], own_name: str, id: str, asked: Mapping[str, str]
) -> NetworkAttachment:
    given = [alias for alias in settings.get("Aliases") or () if alias != id[:12]]  # engines before API 1.45 add the id
    return NetworkAttachment(
        network=name,
        **(_told(settings) if settings.get("EndpointID") or not settings.get("IPAddress") else _kept(settings, asked)),
        aliases=[alias for alias in dict.fromkeys(given) if _ALIAS.fullmatch(alias) and alias != own_name],
    )


def _told(settings: Mapping[str, Any]) -> dict[str, str | None]:
    wanted = settings.get("IPAMConfig") or {}
    return {
        "address": wanted.get("IPv4Address") or None,
        "address6": wanted.get("IPv6Address") or None,
        "mac": (settings.get("DriverOpts") or {}).get(_MAC),
    }


def _kept(settings: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, str]:
    """Podman, whose endpoints have no id, tells what is, and not whether it was asked for."""
    return {name: value for name, value in asked.items() if settings.get(_UNTOLD[name]) == value}


def in_order(joined: Iterable[NetworkAttachment], like: Iterable[NetworkAttachment]) -> list[NetworkAttachment]:
    """The same memberships, those that are also in ``like`` in its order: the order says nothing."""
    left = {each.network: each for each in joined}
    known = [left.pop(each.network) for each in like if each.network in left]
    return [*known, *left.values()]

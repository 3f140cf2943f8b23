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


def read_endpoints(found: Mapping[str, Any], own_name: str, id: str) -> list[NetworkAttachment]:
    """``found`` is ``NetworkSettings.Networks`` of an inspected container, without what is not to be told."""
    return [_attachment(name, settings or {}, own_name, id) for name, settings in found.items()]


def _attachment(name: str, settings: Mapping[str, Any], own_name: str, id: str) -> NetworkAttachment:
    wanted = settings.get("IPAMConfig") or {}
    given = [alias for alias in settings.get("Aliases") or () if alias != id[:12]]  # engines before API 1.45 add the id
    aliases = [alias for alias in given if _ALIAS.fullmatch(alias)]
    if own_name in aliases:
        aliases.remove(own_name)
    return NetworkAttachment(
        network=name,
        address=wanted.get("IPv4Address") or None,
        address6=wanted.get("IPv6Address") or None,
        mac=(settings.get("DriverOpts") or {}).get(_MAC),
        aliases=aliases,
    )


def in_order(joined: Iterable[NetworkAttachment], like: Iterable[NetworkAttachment]) -> list[NetworkAttachment]:
    """The same memberships, those that are also in ``like`` in its order: the order says nothing."""
    left = {each.network: each for each in joined}
    known = [left.pop(each.network) for each in like if each.network in left]
    return [*known, *left.values()]

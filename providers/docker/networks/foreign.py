"""Networks that somebody else made, in the terms of the inputs. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from virtwright.providers.docker.labels import foreign_labels, own_labels
from virtwright.providers.docker.networks.mapping import (
    BRIDGE,
    CHOSEN,
    ENCRYPTED,
    MTU,
    OWN_FIELDS,
    configs,
    gateway_of,
    lowest,
    read_fields,
    versions,
)
from virtwright.schemas.network import Network

_OWN: Final = ("bridge", "host", "none", "ingress", "docker_gwbridge")
"""Networks of the engine and of its Swarm."""


def is_hosts_own(found: Mapping[str, Any]) -> bool:
    return found["Name"] in _OWN


def tell(found: Mapping[str, Any], usual: str = BRIDGE) -> tuple[Network, tuple[str, ...]]:
    """The inputs, and the settings without a word. ``usual`` is the host's own driver. Which addresses the engine chose by itself
    nobody can tell any more: they are said, so that a new network has them too."""
    labels, unsaid = foreign_labels(found.get("Labels")), _unsaid(found)
    try:
        return read_fields(found, _fields(found, usual), labels), tuple(unsaid)
    except ValidationError:
        odd = [name for name in labels if not _is_label(name, labels[name])]
        kept = {name: text for name, text in labels.items() if name not in odd}
        more = [f"Labels: {name}" for name in odd]
        return read_fields(found, _fields(found, usual), kept), (*unsaid, *more)


def _fields(found: Mapping[str, Any], usual: str) -> frozenset[str]:
    options, driver = found.get("Options") or {}, found.get("Driver")
    fields = {"bridge", "mtu"} if MTU in options else {"bridge"}
    for pool in configs(found):
        more = "6" if versions(pool) == [6] else ""
        if subnet := pool.get("Subnet"):
            fields.add(f"cidr{more}")
            fields |= {f"gateway{more}"} if gateway_of(pool) != lowest(subnet) else set()
    fields |= {"docker.driver", "docker"} if driver != usual else set()
    extra = {*options} - {*OWN_FIELDS, *CHOSEN}
    return frozenset(fields | ({"docker"} if extra or found.get("Attachable") or ENCRYPTED in options else set()))


def _unsaid(found: Mapping[str, Any]) -> list[str]:
    ipam, pools = found.get("IPAM") or {}, configs(found)
    unsaid = [
        f"IPAM: {key} {pool[key]}" for pool in pools for key in ("IPRange", "AuxiliaryAddresses") if pool.get(key)
    ]
    if ipam.get("Driver") not in (None, "", "default"):
        unsaid.append(f"IPAM: the driver {ipam['Driver']}")
    unsaid += [f"IPAM: Options {ipam['Options']}"] if ipam.get("Options") else []
    several = [
        pool["Subnet"]
        for pool in pools[:-1]
        if any(versions(pool) == versions(next_) for next_ in pools[pools.index(pool) + 1 :])
    ]
    unsaid += [f"IPAM: the subnet {subnet}, besides another" for subnet in several]
    unsaid += [f"{key}: {found[key]}" for key in ("ConfigOnly", "Ingress") if found.get(key)]
    if own_labels(found.get("Labels")).keys() - foreign_labels(found.get("Labels")).keys():
        unsaid.append("Labels: com.docker.compose.*, by which docker compose knows it")
    return unsaid


def _is_label(name: str, text: str) -> bool:
    try:
        Network.model_validate({"labels": {name: text}})
    except ValidationError:
        return False
    return True

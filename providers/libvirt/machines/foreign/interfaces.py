"""What a foreign domain's network interfaces are in the terms of the inputs. Pure."""

from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import attribute, number

_MODELS: Final = frozenset({"virtio", "e1000", "e1000e", "rtl8139"})
_PLAIN: Final = frozenset({"mac", "source", "model", "boot", "alias", "address", "target"})


def tell_interfaces(domain: Element) -> tuple[list[dict[str, Any]], list[str]]:
    """Those on a network of libvirt's, and what can't be said."""
    told: list[dict[str, Any]] = []
    unsaid: list[str] = []
    for each in domain.iterfind("devices/interface"):
        mac, network = (attribute(each, "mac", "address") or "").lower(), attribute(each, "source", "network")
        if each.get("type") != "network" or not network:
            unsaid.append(f"interface {mac}: of type {each.get('type')}{_source(each)}")
            continue
        told.append(_interface(each, mac, network))
        unsaid += [f"interface {mac}: {more}" for more in _unsaid(each)]
    return told, unsaid


def _interface(each: Element, mac: str, network: str) -> dict[str, Any]:
    model, order = attribute(each, "model", "type"), number(attribute(each, "boot", "order"))
    values = {"network": network, "mac": mac or None, "model": model if model in _MODELS else None, "boot_order": order}
    return {name: value for name, value in values.items() if value is not None}


def _unsaid(each: Element) -> Iterator[str]:
    if (model := attribute(each, "model", "type")) is not None and model not in _MODELS:
        yield f"model {model}"
    source = each.find("source")
    if source is not None:
        yield from (f"{name} {value}" for name, value in source.items() if name not in ("network", "portid", "bridge"))
    for child in each:
        if child.tag not in _PLAIN:
            yield " ".join([child.tag, *(f"{name}={value}" for name, value in child.items())])


def _source(each: Element) -> str:
    source = each.find("source")
    return "" if source is None else "".join(f", {name} {value}" for name, value in source.items())

"""What a network of somebody else's has besides, for which the inputs have no word. Pure."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.networks.mapping import FORWARD
from virtwright.providers.libvirt.xml import element, to_text

_SAID: Final = frozenset({"name", "uuid", "metadata", "forward", "bridge", "mtu", "vlan", "domain", "dns", "ip"})
_OWN: Final = frozenset({"mac"})
"""What libvirt chooses by itself."""
_DNS: Final = ("txt", "srv")
_PORTS: Final = {"start": "1024", "end": "65535"}
"""Of the host, for members of a nat network: what libvirt takes by itself."""
_LONGEST: Final = 200


def unsaid(root: Element) -> tuple[str, ...]:
    """Each in libvirt's own terms."""
    return tuple(" ".join(to_text(each).split())[:_LONGEST] for _, each in _found(root))


def is_known(root: Element) -> bool:
    """Whether the inputs have a word for what it does."""
    forward = root.find("forward")
    return forward is None or forward.get("mode", "nat") in FORWARD.values()


def keep(old: Element, new: Element) -> None:
    """Put what ``old`` has besides into the XML that the network is defined by again."""
    mac = old.find("mac")
    if mac is not None and new.find("mac") is None and new.find("forward[@mode='bridge']") is None:
        new.append(deepcopy(mac))
    for parent, each in _found(old):
        place = new if parent == "." else new.find(parent)
        if place is None:
            place = element(parent)
            new.append(place)
        place.append(deepcopy(each))


def _found(root: Element) -> Iterator[tuple[str, Element]]:
    """With the name of what it lies in; ``.`` for the network itself."""
    for each in root:
        if each.tag not in _SAID | _OWN:
            yield ".", each
    for each in root.iterfind("dns/*"):
        if each.tag in _DNS or each.get("domain") is not None:
            yield "dns", each
    for each in root.iterfind("forward/*"):
        if not (each.tag == "interface" or _is_usual_nat(each)):
            yield "forward", each
    families = [each.get("family", "ipv4") for each in root.iterfind("ip")]
    for index, each in enumerate(root.iterfind("ip")):
        if families.index(families[index]) != index:
            yield ".", each


def _is_usual_nat(nat: Element) -> bool:
    return nat.tag == "nat" and not nat.attrib and [dict(each.attrib) for each in nat] in ([], [_PORTS])

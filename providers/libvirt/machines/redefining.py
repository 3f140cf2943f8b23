"""A definition changed: what the inputs say, and beside it all that libvirt filled in or others added. Pure.

Redefining over the same UUID keeps PCI addresses, the version of the machine type, the firmware's files and its variables: a guest
that finds its hardware elsewhere may not boot, or ask for its licence again.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.building.consoles import AGENT, SPICE_AGENT
from virtwright.providers.libvirt.xml import STAMP_NAMESPACE

_OURS: Final = frozenset(
    {"name", "uuid", "description", "metadata", "memory", "currentMemory", "vcpu", "vcpus", "on_crash", "os", "cpu", "clock",
     "features", "blkiotune", "memtune", "cputune", "devices"}
)  # fmt: skip
"""Elements of a domain that the inputs decide about, at least in part."""
_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "blkiotune": frozenset({"weight"}),
    "memtune": frozenset({"hard_limit"}),
    "cputune": frozenset({"shares", "global_period", "global_quota"}),
    "features": frozenset({"acpi", "apic", "smm", "privnet"}),
    "os": frozenset({"type", "kernel", "initrd", "cmdline", "firmware", "loader", "nvram", "boot", "init", "initarg"}),
    "clock": frozenset(),
    "metadata": frozenset({f"{{{STAMP_NAMESPACE}}}stamp"}),
}
"""Of these, which children the inputs decide about."""
_SAID: Final[Mapping[str, frozenset[str]]] = {
    "disk": frozenset({"serial", "boot", "readonly", "source", "cache", "discard"}),
    "filesystem": frozenset({"readonly", "source"}),
    "interface": frozenset({"boot"}),
    "serial": frozenset({"log"}),
}
"""Parts of a device that are not there where the inputs don't ask for them."""


_Key: TypeAlias = tuple[str | None, ...] | None
_FILLED_IN: Final = frozenset({"address", "alias", "model", "target"})
"""Parts of a device that libvirt completes by itself."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What did not change, so that it stays as libvirt made it."""

    platform: bool = True
    """Machine type and architecture: controllers and the addresses of devices."""
    firmware: bool = True
    cpu: bool = True
    watchdog: bool = True
    others: bool = True
    """What the inputs have no word for: without the fragment that may have brought it, it stays."""


def redefined(base: Element, goal: Element, kept: Kept) -> Element:
    """``goal`` is what virtwright makes of the inputs, ``base`` the definition as it is, asked for with its secrets."""
    made = copy.deepcopy(goal)
    for name, ours in _PARTS.items():
        _add_foreign_parts(made, base.find(name), ours, kept)
    if made.find("cpu") is None and kept.cpu:
        _add(made, [each for each in base if each.tag == "cpu"])
    if kept.others:
        _add(made, [each for each in base if each.tag not in _OURS])
    _keep_os(made, base, kept)
    _keep_devices(made, base, kept)
    return made


def _add(root: Element, children: Iterable[Element]) -> None:
    root.extend(copy.deepcopy(child) for child in children)


def _add_foreign_parts(made: Element, base: Element | None, ours: frozenset[str], kept: Kept) -> None:
    if base is None or not (kept.others or base.tag == "metadata"):
        return
    foreign = [each for each in base if each.tag not in ours]
    if not foreign:
        return
    part = made.find(base.tag)
    if part is None:
        part = Element(base.tag)
        made.append(part)
    _add(part, [each for each in foreign if part.find(each.tag) is None or each.tag == "timer"])


def _keep_os(made: Element, base: Element, kept: Kept) -> None:
    new, old = made.find("os"), base.find("os")
    if new is None or old is None:
        return
    kind, was = new.find("type"), old.find("type")
    if kept.platform and kind is not None and was is not None:
        kind.attrib.update({name: value for name, value in was.attrib.items() if name in ("machine", "arch")})
    if kept.firmware:
        for each in new.findall("firmware"):
            new.remove(each)
        _add(new, [each for each in old if each.tag in ("firmware", "loader", "nvram")])
        if (firmware := old.get("firmware")) is not None:
            new.set("firmware", firmware)


def _keep_devices(made: Element, base: Element, kept: Kept) -> None:
    new, old = made.find("devices"), base.find("devices")
    if new is None or old is None:
        return
    if kept.platform:
        _drop_ports(new)
    mine: dict[_Key, Element] = {key: each for each in new if (key := _key(each))}
    seen = set()
    for each in old:
        key = _key(each)
        if key in mine and key not in seen:
            seen.add(key)
            _complement(mine[key], each, kept)
        elif _stays(each, key, mine, kept):
            _add(new, [each] if kept.platform else [_without_address(each)])


def _stays(device: Element, key: _Key, mine: Mapping[_Key, Element], kept: Kept) -> bool:
    """Whether it is none of those that the inputs decide about."""
    if device.tag == "controller":
        return kept.platform
    if device.tag == "watchdog":
        return kept.watchdog and key not in mine
    if device.tag == "emulator":
        return kept.platform
    if device.tag == "audio" and device.get("type") == "spice":  # libvirt gives it to a display of that type
        console = mine.get(("graphics",))
        return console is not None and console.get("type") == "spice"
    return kept.others and not key


def _key(device: Element) -> _Key:
    """What a device of which the inputs decide is known by; None for the others."""
    kind = device.get("type")
    match device.tag:
        case "disk" if device.get("device", "disk") in ("disk", "cdrom"):
            return device.tag, _of(device, "target", "dev")
        case "filesystem" if kind in ("file", "block"):
            return device.tag, _of(device, "target", "dir")
        case "interface" if kind == "network":
            mac = _of(device, "mac", "address")
            return device.tag, mac.lower() if mac is not None else None
        case "channel" if (name := _of(device, "target", "name")) in (AGENT, SPICE_AGENT):
            return device.tag, name
        case "input" if kind == "tablet":
            return device.tag, device.get("bus")
        case "controller" if kind != "pci":
            return device.tag, kind, device.get("index")
        case "console" if _of(device, "target", "type") in ("serial", "xen", "lxc"):
            return (device.tag,)
        case "graphics" if kind in ("vnc", "spice"):
            return (device.tag,)
        case "serial" | "video" | "watchdog" | "tpm" | "rng" | "memballoon":
            return (device.tag,)
    return None


def _of(device: Element, child: str, name: str) -> str | None:
    found = device.find(child)
    return found.get(name) if found is not None else None


def _complement(new: Element, old: Element, kept: Kept) -> None:
    """Fill in what the new version of a device leaves open, as it was."""
    if _sort(new) != _sort(old):
        return
    said = _SAID.get(old.tag, frozenset())
    for child in old:
        if child.tag in said or (child.tag == "address" and not kept.platform):
            continue
        if child.tag not in _FILLED_IN and not kept.others:
            continue
        twin = new.find(child.tag)
        if twin is None:
            _add(new, [child])
        elif child.tag in ("driver", "model", "target"):
            twin.attrib.update({name: text for name, text in child.attrib.items() if name not in {*twin.attrib, *said}})
            _add(twin, [each for each in child if twin.find(each.tag) is None])


def _sort(device: Element) -> tuple[str | None, ...]:
    """Devices of different sorts have nothing in common but their name."""
    return (
        device.get("type") if device.tag == "graphics" else None,
        device.get("model"),
        _of(device, "target", "bus"),
        _of(device, "model", "type"),
        device.get("device"),
    )


def _without_address(device: Element) -> Element:
    made = copy.deepcopy(device)
    for each in made.findall("address"):
        made.remove(each)
    return made


def _drop_ports(devices: Element) -> None:
    """Those of the goal: the definition has its own by now."""
    for each in devices.findall("controller"):
        if each.get("type") == "pci":
            devices.remove(each)

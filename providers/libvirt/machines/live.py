"""What can be changed while a machine runs: the way from what is in force to what its definition says. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.building.consoles import AGENT
from virtwright.providers.libvirt.machines.drivers import Abilities
from virtwright.providers.libvirt.machines.reading.settings import read_password, read_settings
from virtwright.providers.libvirt.machines.shares import USUAL
from virtwright.providers.libvirt.xml import attribute, to_text
from virtwright.schemas.machine import VirtualMachine

Settings = Mapping[str, Any]
_PLUGGED: Final = ("virtio", "scsi", "usb", "xen")
"""Buses on which disks come and go."""
_ROUNDED: Final = 2 * 1024**2
"""Bytes by which a hypervisor may round memory."""
_COMPARED: Final = ("architecture", "machine_type", "firmware", "boot", "console")
"""Fields that only a restart can change, and that a running domain tells as its definition does."""
USUAL_IO_WEIGHT: Final = 100
"""Of BFQ and of control groups of version 2: what else could weigh has gone from Linux."""
_OWN: Final = ("type", "watchdog", "tpm", "secure_boot", "clock", "video", "on_crash", "init")
Verb = Literal["attach", "detach", "update", "cpus", "memory", "resources"]


@dataclass(frozen=True, slots=True)
class Change:
    """One call that changes a running machine."""

    verb: Verb
    what: str
    """For people: ``the disk vdb``."""
    xml: str = ""
    """The device."""
    key: str = ""
    """What the device is found by in the running domain: ``disk vdb``."""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """All calls, in order."""

    changes: tuple[Change, ...]
    restart: tuple[str, ...]
    """What can't be changed without one, in the terms of the inputs."""


def way_from(
    live: Element, definition: Element, inputs: VirtualMachine, abilities: Abilities, usual_shares: int = USUAL
) -> Way:
    """Both read with their secrets; ``inputs`` are those of the definition. ``usual_shares``: of what nothing is said."""
    now, goal = read_settings(live), read_settings(definition)
    changes: list[Change] = []
    restart = [name for name in _COMPARED if now[name] != goal[name]]
    restart += [f"libvirt.{name}" for name in _OWN if now["libvirt"][name] != goal["libvirt"][name]]
    for part in (_sizes(now, goal, inputs, usual_shares, abilities), _disks(live, definition, now, goal),
                 _networks(live, definition, now, goal, abilities),
                 _consoles(live, definition, now, goal)):  # fmt: skip
        for each in part:
            if isinstance(each, str):
                restart.append(each)
            else:
                changes.append(each)
    return Way(tuple(changes), tuple(restart))


def _sizes(
    now: Settings, goal: Settings, inputs: VirtualMachine, usual_shares: int, abilities: Abilities
) -> Iterator[Change | str]:
    if inputs.max_cpus is not None and now["max_cpus"] != goal["max_cpus"]:
        yield "max_cpus"
    if inputs.max_memory is not None and abs(now["max_memory"] - goal["max_memory"]) > _ROUNDED:
        yield "max_memory"
    if now["cpus"] != goal["cpus"] and abilities.has_cpus:
        fits = goal["cpus"] <= now["max_cpus"]
        yield Change("cpus", f"{goal['cpus']} CPUs", number=goal["cpus"]) if fits else "cpus"
    if abs(now["memory"] - goal["memory"]) > _ROUNDED:
        fits = goal["memory"] <= now["max_memory"] and inputs.virtualization == "paravirtual"
        kib = goal["memory"] // 1024
        yield Change("memory", f"{kib} KiB of memory", number=kib) if fits else "memory"
    time = now["cpus"] != goal["cpus"] and not abilities.has_cpus
    if time or _limits(now, usual_shares) != _limits(goal, usual_shares):
        yield Change("resources", "its shares and limits")


def _limits(settings: Settings, usual_shares: int) -> dict[str, Any]:
    """What is not said is as it usually is."""
    found = dict(settings["resources"])
    return {
        **found,
        "cpu_shares": found["cpu_shares"] or usual_shares,
        "io_weight": found["io_weight"] or USUAL_IO_WEIGHT,
    }


def _disks(live: Element, definition: Element, now: Settings, goal: Settings) -> Iterator[Change | str]:
    before, after = _by(now["disks"], "target"), _by(goal["disks"], "target")
    old, new = _disk_elements(live), _disk_elements(definition)
    for target in sorted(before.keys() - after.keys()):
        yield _detach("disk", target, old[target]) if _plugs_in(before[target]) else "disks"
    for target in sorted(after.keys() - before.keys()):
        yield _attach("disk", target, new[target]) if _plugs_in(after[target]) else "disks"
    for target in sorted(after.keys() & before.keys()):
        yield from _disk(target, old[target], new[target], before[target], after[target])


def _disk(target: str, old: Element, new: Element, was: Settings, wanted: Settings) -> Iterator[Change | str]:
    differ = {name for name in wanted if wanted[name] != was.get(name)}
    if differ and differ <= {"path", "format"} and wanted["device"] == was["device"] == "cdrom":
        yield Change("update", f"the CD-ROM {target}", to_text(new), f"disk {target}")
    elif "path" in differ and _plugs_in(was) and _plugs_in(wanted):
        yield _detach("disk", target, old)
        yield _attach("disk", target, new)
    elif differ:
        yield "disks"


def _networks(
    live: Element, definition: Element, now: Settings, goal: Settings, abilities: Abilities
) -> Iterator[Change | str]:
    plugged = abilities.plugged_nics
    before, after = _by(now["networks"], "mac"), _by(goal["networks"], "mac")
    old, new = _elements(live, "interface", "mac", "address"), _elements(definition, "interface", "mac", "address")
    for mac in sorted(before.keys() - after.keys()):
        yield _detach("interface", mac, old[mac]) if before[mac]["model"] in plugged else "networks"
    for mac in sorted(after.keys() - before.keys()):
        yield _attach("interface", mac, new[mac]) if after[mac]["model"] in plugged else "networks"
    for mac in sorted(after.keys() & before.keys()):
        differ = {name for name in after[mac] if after[mac][name] != before[mac][name]}
        if differ == {"network"} and not abilities.updates_devices:
            yield _detach("interface", mac, old[mac])
            yield _attach("interface", mac, new[mac])
        elif differ == {"network"}:
            source = Element("source", {"network": after[mac]["network"]})
            yield Change("update", f"the interface {mac}", to_text(_with(old[mac], source)), f"interface {mac}")
        elif differ:
            yield "networks"
        elif _is_out(old[mac]) and not _is_out(new[mac]):
            link = Element("link", {"state": "up"})
            yield Change("update", f"the cable of {mac}", to_text(_with(old[mac], link)), f"interface {mac}")


def _is_out(interface: Element) -> bool:
    """A run that was cut off may have left its cable out."""
    return attribute(interface, "link", "state") == "down"


def _with(device: Element, part: Element) -> Element:
    """The running device, with another one of its parts."""
    made = Element(device.tag, device.attrib)
    made.extend(each for each in device if each.tag != part.tag)
    made.append(part)
    return made


def _consoles(live: Element, definition: Element, now: Settings, goal: Settings) -> Iterator[Change | str]:
    if now["graphics"] != goal["graphics"] and not _chosen_port(now["graphics"], goal["graphics"]):
        yield "graphics"
    else:
        yield from _password(live, definition)
    if now["guest_agent"] and not goal["guest_agent"]:
        yield _detach("channel", AGENT, _elements(live, "channel", "target", "name")[AGENT])
    elif goal["guest_agent"] and not now["guest_agent"]:
        yield _attach("channel", AGENT, _elements(definition, "channel", "target", "name")[AGENT])


def _password(live: Element, definition: Element) -> Iterator[Change | str]:
    has, wanted = read_password(live), read_password(definition)
    running = live.find("devices/graphics")
    if running is None or has == wanted:
        return
    if has is None or wanted is None:
        yield "graphics.password"
    else:
        what = "the password of the graphical console"
        yield Change("update", what, to_text(_with_password(running, wanted)))


def _chosen_port(now: Settings, goal: Settings) -> bool:
    return {**now, "port": None} == goal


def _with_password(running: Element, password: str) -> Element:
    made = Element(running.tag, {**running.attrib, "passwd": password})
    made.extend(running)
    return made


def _attach(kind: str, key: str, device: Element) -> Change:
    """Without the address in its definition: in the running machine that place may be taken."""
    made = Element(device.tag, device.attrib)
    made.extend(each for each in device if each.tag not in ("address", "boot"))
    return Change("attach", f"the {kind} {key}", to_text(made), f"{kind} {key}")


def _detach(kind: str, key: str, device: Element) -> Change:
    return Change("detach", f"the {kind} {key}", to_text(device), f"{kind} {key}")


def is_there(live: Element, key: str) -> bool:
    """Whether a running domain has the device that a change names."""
    kind, _, name = key.partition(" ")
    child, attribute_name = {"disk": ("target", "dev"), "interface": ("mac", "address")}.get(kind, ("target", "name"))
    return name in _elements(live, kind, child, attribute_name)


def _plugs_in(disk: Settings) -> bool:
    return disk["bus"] in _PLUGGED and disk["device"] == "disk"


def _by(items: list[dict[str, Any]], key: str) -> dict[str, Settings]:
    return {each[key]: each for each in items}


def _disk_elements(domain: Element) -> dict[str, Element]:
    return {**_elements(domain, "disk", "target", "dev"), **_elements(domain, "filesystem", "target", "dir")}


def _elements(domain: Element, kind: str, child: str, name: str) -> dict[str, Element]:
    found = {}
    for each in domain.iterfind(f"devices/{kind}"):
        if (value := attribute(each, child, name)) is not None:
            found[value.lower() if name == "address" else value] = each
    return found

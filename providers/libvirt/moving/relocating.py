"""A machine's definition as it is to be on another host. Pure."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.pairing import pair_disks, pair_networks
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.refusal import listed
from virtwright.schemas.machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class Relocation:
    """What becomes of the names that a machine has for things of its host."""

    disks: Mapping[str, Source]
    """Where the content of a disk lies there, by its target."""
    own: tuple[str, ...]
    """Paths there of the machine's own files, as in its record."""
    networks: Mapping[str, str]
    """By the name here."""
    volumes: Mapping[str, str]
    """Likewise, of what the inputs call a disk's volume or image."""


def renamed_networks(now: VirtualMachine, goal: VirtualMachine) -> dict[str, str]:
    """By the network's name here, what the same interface is joined to there. Of ``goal``, what is not known yet is passed over."""
    joins = [join for _, join in listed(goal.networks)]
    pairs = pair_networks(now.networks, joins)
    return {now.networks[old].network: joins[new].network for new, old in enumerate(pairs) if old is not None}


def renamed_volumes(now: VirtualMachine, goal: VirtualMachine) -> dict[str, str]:
    """Likewise, of the volumes behind its disks and the images in its drives."""
    pairs = [
        (now.disks[old], goal.disks[new])
        for new, old in enumerate(pair_disks(now.disks, goal.disks))
        if old is not None
    ]
    names = {}
    for old, new in pairs:
        if old.volume is not None and new.volume is not None:
            names[old.volume] = new.volume
        if old.image is not None and new.image is not None:
            names[old.image] = new.image
    if now.image is not None and goal.image is not None:
        names[now.image] = goal.image
    return names


def relocated(root: Element, now: Definition, relocation: Relocation, stamp: Stamp, *, arriving: bool) -> Element:
    """``root`` is what is defined, or what runs."""
    made = deepcopy(root)
    made.attrib.pop("id", None)
    for disk in made.iterfind("devices/disk"):
        _place(disk, relocation.disks)
    for source in made.iterfind("devices/interface[@type='network']/source[@network]"):
        _join(source, relocation.networks)
    for emulator in made.findall("devices/emulator"):
        made.find("devices").remove(emulator)  # type: ignore[union-attr]
    record = _record(now.record, relocation, arriving=arriving)
    mark = mark_element(Mark(stamp, now.mark.labels, record.to_notes()), now.uuid, made.findtext("name") or "")
    metadata = made.find("metadata")
    if metadata is not None:
        metadata[:] = [mark, *(each for each in metadata if each.tag != mark.tag)]
    return made


def _place(disk: Element, places: Mapping[str, Source]) -> None:
    source = disk.find("source")
    names = [each.attrib["dev"] for each in disk.iterfind("target[@dev]")]
    place = next((places[name] for name in names if name in places), None)
    if place is None or source is None:
        return
    for name in ("backingStore", "mirror"):
        for each in disk.findall(name):
            disk.remove(each)
    for attribute in ("file", "dev", "index", "startupPolicy"):
        source.attrib.pop(attribute, None)
    for child in list(source):
        source.remove(child)
    disk.set("type", "block" if place.block else "file")
    source.set("dev" if place.block else "file", place.path)


def _join(source: Element, networks: Mapping[str, str]) -> None:
    name = source.attrib["network"]
    for attribute in ("portid", "bridge"):
        source.attrib.pop(attribute, None)
    source.set("network", networks.get(name, name))


def _record(record: MachineRecord, relocation: Relocation, *, arriving: bool) -> MachineRecord:
    inputs = dict(record.inputs)
    inputs["networks"] = [_told(each, {"network": relocation.networks}) for each in _listed(inputs.get("networks"))]
    names = {"volume": relocation.volumes, "image": relocation.volumes}
    inputs["disks"] = [_told(each, names) for each in _listed(inputs.get("disks"))]
    if inputs.get("image") in relocation.volumes:
        inputs["image"] = relocation.volumes[inputs["image"]]
    return replace(record, inputs=inputs, said=None, digest="", own=relocation.own, arriving=arriving)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _told(item: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    if not isinstance(item, dict):
        return item
    return {
        key: names.get(key, {}).get(value, value) if isinstance(value, str) else value for key, value in item.items()
    }

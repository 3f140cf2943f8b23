"""A machine that was taken over stays as it was where the inputs have no word for it. Pure."""

import copy
from collections.abc import Collection, Iterable
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import attribute

_NOT_OURS: Final = frozenset({"rng", "memballoon", "input"})
"""Devices that virtwright gives to machines of its own."""
_DISKS: Final = ("disk", "filesystem")
_ONCE: Final = ("serial", "graphics", "video")
"""Of which the inputs know the first."""
_CHANNELS: Final = "controller[@type='virtio-serial']"
_FEATURES: Final = ("acpi", "apic", "privnet")
_OFFSETS: Final = frozenset({None, "utc", "localtime"})


def keep(
    made: Element, base: Element, disks: Collection[str], macs: Collection[str], *, cpu: bool, boot_order: bool
) -> None:
    """Put into ``made``, a new definition, what ``base``, the one before, has besides. The inputs spoke of ``disks``, by their
    targets, and of the interfaces ``macs``. ``cpu`` and ``boot_order``: whether these are the same as before."""
    for tag in ("vcpu", "memory"):
        _keep_attributes(made.find(tag), base.find(tag))
    _keep_features(made, base)
    if cpu:
        _replace(made, base, "cpu")
    if boot_order:
        _keep_boot_order(made, base)
    if attribute(base, "clock", "offset") not in _OFFSETS and attribute(made, "clock", "offset") == "utc":
        _replace(made, base, "clock")
    new, old = made.find("devices"), base.find("devices")
    if new is not None and old is not None:
        _keep_devices(new, old, disks, macs)


def _keep_attributes(new: Element | None, old: Element | None) -> None:
    if new is not None and old is not None:
        new.attrib.update({name: value for name, value in old.items() if name not in {*new.attrib, "current", "unit"}})


def _keep_features(made: Element, base: Element) -> None:
    found = made.find("features")
    if found is None:
        return
    for tag in _FEATURES:
        own = found.find(tag)
        if own is not None and base.find(f"features/{tag}") is None:
            found.remove(own)
    if not len(found):
        made.remove(found)


def _keep_boot_order(made: Element, base: Element) -> None:
    """By the sort of device where it was said so; the two ways exclude each other."""
    system = made.find("os")
    if system is None or base.find("os/boot") is None:
        return
    for device in made.iterfind("devices/*"):
        for each in device.findall("boot"):
            device.remove(each)
    for each in system.findall("boot"):
        system.remove(each)
    _add(system, base.findall("os/boot"))


def _replace(made: Element, base: Element, tag: str) -> None:
    for each in made.findall(tag):
        made.remove(each)
    _add(made, base.findall(tag))


def _keep_devices(new: Element, old: Element, disks: Collection[str], macs: Collection[str]) -> None:
    for each in [each for each in new if each.tag in _NOT_OURS]:
        new.remove(each)
    _add(new, [each for each in old if each.tag in _NOT_OURS])
    _without_additions(new, old)
    for tag in _DISKS:
        there = {_name(each) for each in new.iterfind(tag)}
        _add(new, [each for each in old.iterfind(tag) if _name(each) not in disks and _name(each) not in there])
    joined = {_mac(each) for each in new.iterfind("interface")}
    _add(new, [each for each in old.iterfind("interface") if _mac(each) not in macs and _mac(each) not in joined])
    for tag in _ONCE:
        if len(new.findall(tag)) == 1:
            _add(new, old.findall(tag)[1:])


def _without_additions(new: Element, old: Element) -> None:
    """No log of a console that was not logged, and no word about a screen where none was said."""
    for tag in ("serial", "console"):
        for each in new.findall(tag):
            log = each.find("log")
            if log is not None and old.find(f"{tag}/log") is None:
                each.remove(log)
    if old.find(_CHANNELS) is None:
        for each in new.findall(_CHANNELS):
            new.remove(each)  # libvirt adds it where a device needs it
    for each in new.findall("video"):
        if old.find("video") is None and attribute(each, "model", "type") == "none":
            new.remove(each)


def _name(disk: Element) -> str | None:
    return attribute(disk, "target", "dev") or attribute(disk, "target", "dir")


def _mac(interface: Element) -> str | None:
    mac = attribute(interface, "mac", "address")
    return mac.lower() if mac is not None else None


def _add(root: Element, children: Iterable[Element]) -> None:
    root.extend(copy.deepcopy(child) for child in children)

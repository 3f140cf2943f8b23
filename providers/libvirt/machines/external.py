"""What an external snapshot is asked for with: a layer over each disk that can be written, and a file for the memory. Pure.

https://libvirt.org/formatsnapshot.html
"""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.providers.libvirt.machines.layers import Bases
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.xml import attribute, element, text

_SUFFIXES: Final = (".qcow2", ".raw", ".img")


def external_snapshot(name: str, definition: Element, bases: Bases, folder: str, *, memory: bool) -> Element:
    """``folder`` is the default pool's: memory lies there, and layers over disks that are no files. Raises ``HostError`` where there
    is nothing to snapshot."""
    disks = [*_disks(name, definition, bases, folder)]
    if not any(each.get("snapshot") == "external" for each in disks):
        raise HostError("it has no disk that can be written, so there is nothing to keep")
    machine = text(definition, "name")
    saved = element("memory", snapshot="external", file=f"{folder}/{machine}.{name}.memory")
    return element(
        "domainsnapshot",
        element("name", name),
        saved if memory else element("memory", snapshot="no"),
        element("disks", *disks),
    )


def _disks(name: str, definition: Element, bases: Bases, folder: str) -> Iterator[Element]:
    machine = text(definition, "name")
    for disk in definition.iterfind("devices/disk"):
        target, path = attribute(disk, "target", "dev") or "", source_path(disk)
        if disk.get("device", "disk") != "disk" or disk.find("readonly") is not None or path is None:
            yield element("disk", name=target, snapshot="no")
            continue
        base = bases.get(target)
        block, lowest = (base.block, base.path) if base is not None else (disk.get("type") == "block", path)
        file = f"{folder}/{machine}-{target}" if block else _stem(lowest)
        driver = element("driver", type="qcow2")
        yield element(
            "disk",
            driver,
            element("source", file=f"{file}.{name}.qcow2"),
            name=target,
            snapshot="external",
            type="file",
        )


def _stem(path: str) -> str:
    return next((path.removesuffix(each) for each in _SUFFIXES if path.endswith(each)), path)

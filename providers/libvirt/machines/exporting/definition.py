"""A domain's definition on its way into a file, and out of it on another host. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.xml import OURS, attribute, element, text

_OF_THE_HOST: Final = ("backingStore", "mirror", "privateData")
ARRIVAL_NAMESPACE: Final = "urn:virtwright:arrival"
"""Of the note on a machine that is made of a file."""
ARRIVAL_KEY: Final = "virtwright-arrival"


@dataclass(frozen=True, slots=True)
class Located:
    """A disk of the definition that lies in a file or on a device of the host."""

    target: str
    path: str
    format: str


def located_disks(domain: Element) -> list[Located]:
    """Those whose content goes with the machine. Raises ``HostError`` where one can't be read through libvirt."""
    found = []
    for disk in domain.iterfind("devices/disk"):
        target, path = attribute(disk, "target", "dev") or "?", source_path(disk)
        device = disk.get("device", "disk")
        if device in ("cdrom", "floppy"):
            continue
        if device != "disk" or disk.get("type") not in ("file", "block") or not path:
            raise HostError(
                f"the disk {target} lies on no file and no device of the host",
                hint="unplug it first: what is on it can't be read through libvirt",
            )
        found.append(Located(target, path, attribute(disk, "driver", "type") or "raw"))
    return found


def seed_disk(domain: Element, target: str) -> Located | None:
    """cloud-init's seed, whatever drive it is in."""
    for disk in domain.iterfind("devices/disk"):
        path = source_path(disk)
        if attribute(disk, "target", "dev") == target and path:
            return Located(target, path, "raw")
    return None


def left_out(domain: Element, kept: frozenset[str]) -> Iterator[str]:
    """What can't be saved, in words. ``kept`` are the targets of the disks that are."""
    for disk in domain.iterfind("devices/disk"):
        target, path = attribute(disk, "target", "dev") or "?", source_path(disk)
        if path and target not in kept:
            yield f"the disk {target}: {path}"
    if kernel := text(domain, "os/kernel"):
        yield f"the kernel that it boots, a file of the host: {kernel}"
    if initrd := text(domain, "os/initrd"):
        yield f"the initial file system that it boots: {initrd}"
    if domain.find("devices/tpm") is not None:
        yield "the state of its TPM"
    for device in domain.iterfind("devices/hostdev"):
        yield f"a device of the host: {device.get('type', 'hostdev')}"
    for folder in domain.iterfind("devices/filesystem"):
        yield f"a folder of the host: {attribute(folder, 'source', 'dir') or '?'}"


def for_file(domain: Element, kept: frozenset[str]) -> list[str]:
    """Take out of the definition what is of its host: stamps, passwords, layers, media that are not ``kept``. Returns the
    passwords of its graphics, in order."""
    if (metadata := domain.find("metadata")) is not None:
        for each in [one for one in metadata if one.tag.startswith(OURS)]:
            metadata.remove(each)
    for disk in domain.iterfind("devices/disk"):
        for name in _OF_THE_HOST:
            for each in disk.findall(name):
                disk.remove(each)
        source = disk.find("source")
        if source is not None and attribute(disk, "target", "dev") not in kept:
            disk.remove(source)
    return [graphics.attrib.pop("passwd", "") for graphics in domain.iterfind("devices/graphics")]


@dataclass(frozen=True)
class Arrival:
    """What a machine is to be on the host that it comes to."""

    name: str
    uuid: str
    digest: str
    """Of its file."""
    stack: str
    disks: Mapping[str, tuple[str, str]]
    """By target: path and format. Other drives are empty."""
    networks: Mapping[str, str]
    """By the name that the other host had for them."""
    macs: Mapping[str, str] = field(default_factory=dict)
    """New addresses, by the old ones."""
    passwords: tuple[str, ...] = ()
    former_log: str | None = None
    log: str | None = None
    firmware: str | None = None
    """Path of its firmware's variables."""

    def note(self, *, complete: bool) -> Element:
        """Written beside the definition: whose it is, and which disks are its own, until the stack has it. Its firmware's variables go
        with the definition."""
        return element(
            f"{{{ARRIVAL_NAMESPACE}}}machine",
            *(element(f"{{{ARRIVAL_NAMESPACE}}}disk", path=path) for path, _ in self.disks.values()),
            uuid=self.uuid, file=self.digest, stack=self.stack, complete="yes" if complete else "no",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """Such a note, read."""

    file: str
    stack: str
    complete: bool
    paths: tuple[str, ...]


def note_of(domain: Element) -> Note | None:
    """None where there is none, or it was copied from another machine."""
    found = domain.find(f"metadata/{{{ARRIVAL_NAMESPACE}}}machine")
    if found is None or found.get("uuid") != text(domain, "uuid"):
        return None
    paths = tuple(each.attrib["path"] for each in found.iterfind(f"{{{ARRIVAL_NAMESPACE}}}disk[@path]"))
    return Note(found.get("file", ""), found.get("stack", ""), found.get("complete") == "yes", paths)


def of_file(domain: Element, arrival: Arrival) -> None:
    """Make the definition that of the new host. Raises ``HostError`` where a network has no counterpart."""
    _set(domain, "name", arrival.name)
    _set(domain, "uuid", arrival.uuid)
    domain.attrib.pop("id", None)
    metadata = domain.find("metadata")
    if metadata is None:
        domain.insert(2, metadata := Element("metadata"))
    metadata.append(arrival.note(complete=False))
    for disk in [*domain.iterfind("devices/disk")]:
        _place(domain, disk, arrival)
    for join in domain.iterfind("devices/interface"):
        _join(join, arrival)
    for graphics, password in zip(domain.iterfind("devices/graphics"), arrival.passwords, strict=False):
        if password:
            graphics.set("passwd", password)
    for log in domain.iterfind("devices/*/log"):
        if log.get("file") == arrival.former_log and arrival.log:
            log.set("file", arrival.log)
    if (nvram := domain.find("os/nvram")) is not None and arrival.firmware:
        nvram.text = arrival.firmware


def _place(domain: Element, disk: Element, arrival: Arrival) -> None:
    target = attribute(disk, "target", "dev")
    found = next((place for name, place in arrival.disks.items() if name == target), None)
    source = disk.find("source")
    if source is not None:
        disk.remove(source)
    if found is None:
        if disk.get("device", "disk") == "disk" and (devices := domain.find("devices")) is not None:
            devices.remove(disk)  # a disk can't be empty: it was left out
        return
    path, format = found
    disk.set("type", "file")
    disk.insert(0, element("source", file=path))
    driver = disk.find("driver")
    if driver is None:
        disk.insert(0, driver := element("driver", name="qemu"))
    driver.set("type", format)


def _join(join: Element, arrival: Arrival) -> None:
    for mac in join.iterfind("mac[@address]"):
        mac.set("address", arrival.macs.get(mac.attrib["address"].lower(), mac.attrib["address"]))
    source = join.find("source")
    if join.get("type") == "network" and source is not None:
        source.set("network", arrival.networks[source.attrib["network"]])
        for name in ("portid", "bridge"):
            source.attrib.pop(name, None)
    if (target := join.find("target")) is not None:
        join.remove(target)


def _set(domain: Element, tag: str, value: str) -> None:
    found = domain.find(tag)
    if found is None:
        domain.insert(0, found := Element(tag))
    found.text = value

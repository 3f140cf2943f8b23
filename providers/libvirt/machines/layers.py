"""Layers that external snapshots have laid over a machine's disks: its definition names the layer, its stack the disk below.

https://libvirt.org/formatsnapshot.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.machines.reading.settings import Settings
from virtwright.providers.libvirt.storage.marks import Owner
from virtwright.providers.libvirt.xml import attribute, from_text, text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain

_DEFINITIONS: Final = ("inactiveDomain", "domain")
"""Of the moment of the snapshot: what was defined, where that was not the same as what ran."""
_BOTH: Final = (0, 2)
"""What runs, and what is defined (VIR_DOMAIN_XML_INACTIVE)."""


@dataclass(frozen=True, slots=True)
class Base:
    """The disk at the bottom."""

    path: str
    format: str
    block: bool = False
    """A block device, not a file."""


Bases = Mapping[str, Base]
"""By target: of the disks that have layers over them."""


def bases_of(domain: "virDomain") -> dict[str, Base]:
    """As the oldest snapshot that has a disk in it found it. One call, and one for each snapshot."""
    found: dict[str, Base] = {}
    for snapshot in in_order(snapshots_of(domain)):
        for target in external_targets(snapshot):
            if target not in found and (base := _disk_then(snapshot, target)) is not None:
                found[target] = base
    return found


def refuse_below_layers(libvirt: "virConnect", volume: Owner, verb: str) -> None:
    """Raises ``HostError`` where a snapshot has laid a layer over the volume: the guest sees that, and a snapshot must stay what it
    is. ``verb`` is what it can't do then."""
    for domain in libvirt.listAllDomains():
        if any(base.path == volume.path for base in bases_of(domain).values()):
            raise HostError(
                f"an external snapshot of the machine {domain.name()} lies over the volume {volume.name}: it can't {verb}",
                hint="delete the machine's external snapshots first:\n    virtwright snapshot list",
            )


def snapshots_of(domain: "virDomain") -> list[Element]:
    """None where the driver knows none."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        return [from_text(each.getXMLDesc(0)) for each in domain.listAllSnapshots()]
    except lib.libvirtError as error:
        if error.get_error_code() == lib.VIR_ERR_NO_SUPPORT:
            return []
        raise


def in_order(snapshots: Iterable[Element]) -> list[Element]:
    """The oldest first, each after the one that it was made on."""
    by_name = {text(each, "name"): each for each in snapshots}

    def place(snapshot: Element) -> tuple[int, int]:
        above, depth = text(snapshot, "parent/name"), 0
        while above in by_name and depth < len(by_name):
            above, depth = text(by_name[above], "parent/name"), depth + 1
        return int(text(snapshot, "creationTime", "0")), depth

    return sorted(by_name.values(), key=place)


def external_targets(snapshot: Element) -> list[str]:
    """The disks that got a layer by it."""
    return [each.get("name", "") for each in snapshot.iterfind("disks/disk[@snapshot='external']")]


def is_external(snapshot: Element) -> bool:
    return bool(external_targets(snapshot)) or attribute(snapshot, "memory", "snapshot") == "external"


def _disk_then(snapshot: Element, target: str) -> Base | None:
    for disk in _disks_then(snapshot):
        if attribute(disk, "target", "dev") == target and (path := source_path(disk)):
            return Base(path, attribute(disk, "driver", "type") or "raw", disk.get("type") == "block")
    return None


def _disks_then(snapshot: Element) -> Iterator[Element]:
    for name in _DEFINITIONS:
        yield from snapshot.iterfind(f"{name}/devices/disk")


def have_moved(settings: Settings, said: Settings | None) -> bool:
    """Whether a disk lies elsewhere than it was noted."""
    if said is None:
        return True
    known = {disk["target"]: disk["path"] for disk in said["disks"]}
    return any(disk["path"] != known.get(disk["target"], disk["path"]) for disk in settings["disks"])


def settled(settings: Settings, bases: Bases, said: Settings | None) -> Settings:
    """With the disks in the place of the layers over them. Where a disk was noted elsewhere (``said``), somebody changed it."""
    known = {disk["target"]: disk["path"] for disk in said["disks"]} if said is not None else {}
    disks = []
    for disk in settings["disks"]:
        base = bases.get(disk["target"])
        if base is not None and known.get(disk["target"], base.path) == base.path:
            disk = {**disk, "path": base.path, "format": base.format}
        disks.append(disk)
    return {**settings, "disks": disks}


def layer_files(snapshots: Iterable[Element], definition: Element, bases: Bases) -> set[str]:
    """All files that snapshots have made: layers that are in use or not, and memory."""
    found = {path for disk in definition.iterfind("devices/disk") if (path := _layer(disk, bases))}
    for snapshot in snapshots:
        found |= {path for disk in _disks_then(snapshot) if (path := _layer(disk, bases))} | _made_by(snapshot)
    return found - {base.path for base in bases.values()}


def _made_by(snapshot: Element) -> set[str]:
    """Layers, also those of going back to it, and its memory."""
    disks = [
        disk for name in ("disks", "revertdisks") for disk in snapshot.iterfind(f"{name}/disk[@snapshot='external']")
    ]
    found = {path for disk in disks if (path := source_path(disk))}
    memory = attribute(snapshot, "memory", "file")
    return found | {memory} if memory else found


def unused_files(libvirt: "virConnect", id: str, name: str) -> list[str]:
    """What the external snapshot of that name has made, where the machine needs none of it, nor any other snapshot or machine: it went
    back to an internal snapshot from there, and libvirt leaves the layers where this one is deleted. Empty where any is needed."""
    from virtwright.providers.libvirt.storage.lookup import fresh, users_of

    domain = libvirt.lookupByUUIDString(id)
    snapshots = snapshots_of(domain)
    made = {path for each in snapshots if text(each, "name") == name for path in _made_by(each)}
    others = [each for each in snapshots if text(each, "name") != name]
    bases = bases_of(domain)
    if any(made & layer_files(others, from_text(domain.XMLDesc(flags)), bases) for flags in _BOTH):
        return []
    for path in made:
        fresh(libvirt, path)  # so that libvirt sees what somebody has laid over it
    return [] if any(users_of(libvirt, path) for path in made) else sorted(made)


def _layer(disk: Element, bases: Bases) -> str | None:
    return source_path(disk) if attribute(disk, "target", "dev") in bases else None


def without_layers(definition: Element, bases: Bases) -> Element:
    """A copy of the definition with the disks in the place of the layers over them."""
    from copy import deepcopy

    copy = deepcopy(definition)
    for disk in copy.iterfind("devices/disk"):
        base = bases.get(attribute(disk, "target", "dev") or "")
        source, driver = disk.find("source"), disk.find("driver")
        if base is None or source is None:
            continue
        disk.set("type", "block" if base.block else "file")
        for name in ("file", "dev"):
            source.attrib.pop(name, None)
        source.set("dev" if base.block else "file", base.path)
        if driver is not None:
            driver.set("type", base.format)
    return copy

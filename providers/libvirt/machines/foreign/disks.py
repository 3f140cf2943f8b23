"""What a foreign domain's disks and CD-ROMs are in the terms of the inputs. Pure."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.foreign.usual import described
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.xml import attribute, number, text

Reference = Callable[[str], str | None]
"""How a machine names the volume at a path: ``pool/name``. None where it lies in no pool."""
_CACHES: Final = frozenset({"none", "writeback", "writethrough", "directsync", "unsafe"})
_TOLD: Final = frozenset(
    {"driver", "source", "target", "serial", "boot", "readonly", "alias", "address", "backingStore"}
)
_DRIVER: Final = frozenset({"type", "discard"})


def tell_disks(domain: Element, reference: Reference) -> tuple[list[str], list[dict[str, Any]], list[str]]:
    """The disks that can be said, with their targets before them, and what can't."""
    targets: list[str] = []
    told: list[dict[str, Any]] = []
    unsaid: list[str] = []
    in_folders = domain.get("type") == "lxc"
    for each in sorted(domain.iterfind("devices/filesystem"), key=lambda each: attribute(each, "target", "dir") != "/"):
        mounted = _mounted(each, reference) if in_folders else None
        if mounted is None:
            unsaid.append(described(each, "devices/filesystem"))
            continue
        targets.append(attribute(each, "target", "dir") or "")
        told.append(mounted)
    for disk in domain.iterfind("devices/disk"):
        place = _place(disk, reference)
        if place is None:
            unsaid.append(f"disk {_target(disk)}: {_description(disk)}")
            continue
        targets.append(_target(disk))
        told.append({**place, **_details(disk)})
        unsaid += [f"disk {_target(disk)}: {each}" for each in _unsaid(disk)]
    return targets, told, unsaid


def _mounted(file_system: Element, reference: Reference) -> dict[str, Any] | None:
    """A file system of LXC in a volume; the root has no other folder."""
    path = source_path(file_system)
    name = reference(path) if path else None
    if name is None:
        return None
    folder = attribute(file_system, "target", "dir")
    told = {"volume": name, "device": "disk", "read_only": file_system.find("readonly") is not None}
    return told if folder == "/" else {**told, "mount": folder}


def _place(disk: Element, reference: Reference) -> dict[str, Any] | None:
    device, kind = disk.get("device", "disk"), disk.get("type", "file")
    if device not in ("disk", "cdrom"):
        return None
    if kind == "volume":
        pool, volume = attribute(disk, "source", "pool"), attribute(disk, "source", "volume")
        return {"volume": f"{pool}/{volume}"} if pool and volume else None
    path = source_path(disk) if kind in ("file", "block") else None
    if not path:
        return None
    if device == "cdrom":
        return {"image": path}
    name = reference(path)
    return None if name is None else {"volume": name}


def _details(disk: Element) -> dict[str, Any]:
    discard, cache = attribute(disk, "driver", "discard"), attribute(disk, "driver", "cache")
    told = {
        "bus": attribute(disk, "target", "bus") or _usual_bus(_target(disk)),
        "device": disk.get("device", "disk"),
        "read_only": disk.find("readonly") is not None,
        "cache": cache if cache in _CACHES else None,
        "discard": None if discard is None else discard == "unmap",
        "serial": text(disk, "serial") or None,
        "boot_order": number(attribute(disk, "boot", "order")),
    }
    return {name: value for name, value in told.items() if value is not None}


def _usual_bus(target: str) -> str | None:
    """What libvirt takes where nothing is said."""
    return {"vd": "virtio", "hd": "ide", "sd": "scsi", "ub": "usb"}.get(target[:2])


def _unsaid(disk: Element) -> Iterator[str]:
    for child in disk:
        if child.tag not in _TOLD:
            yield _short(child)
    driver = disk.find("driver")
    if driver is not None:
        yield from (f"driver {name}={value}" for name, value in driver.items() if not _is_plain(name, value))
    for name in ("snapshot", "sgio", "rawio", "model"):
        if (value := disk.get(name)) is not None:
            yield f"{name}={value}"
    yield from (f"source {_short(each)}" for each in disk.iterfind("source/*") if each.tag != "seclabel")


def _is_plain(name: str, value: str) -> bool:
    if name == "cache":
        return value in _CACHES or value == "default"
    if name == "name":
        return value in ("qemu", "tap2", "file", "phy")
    return name in _DRIVER


def _short(element: Element) -> str:
    return " ".join([element.tag, *(f"{name}={value}" for name, value in element.items())])


def _target(disk: Element) -> str:
    return attribute(disk, "target", "dev") or "?"


def _description(disk: Element) -> str:
    device, kind = disk.get("device", "disk"), disk.get("type", "file")
    source = disk.find("source")
    if source is None:
        return f"{device} of type {kind}, empty"
    path = source_path(disk)
    if kind in ("file", "block") and device == "disk" and path:
        return f"{path}, which lies in no storage pool"
    return f"{device} of type {kind}, {_short(source).removeprefix('source ') or kind}"

"""Disks and network interfaces of a domain, in the order of its XML."""

from typing import Any
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import attribute, number, text

_KNOWN_DEVICES = ("disk", "cdrom")
_KNOWN_TYPES = ("file", "block")


def read_disks(domain: Element) -> list[dict[str, Any]]:
    """Every disk and CD-ROM, and on LXC what is mounted instead; ``path`` is None where the drive is empty, or its content lies on
    no file or device. Folders of the host are none."""
    disks = [each for each in domain.iterfind("devices/disk") if each.get("device", "disk") in _KNOWN_DEVICES]
    mounted = [each for each in domain.iterfind("devices/filesystem") if each.get("type") in _KNOWN_TYPES]
    return [*map(_disk, disks), *map(_mounted, mounted)]


def _mounted(file_system: Element) -> dict[str, Any]:
    """In the place of the target: the folder."""
    return {
        "target": attribute(file_system, "target", "dir") or "",
        "path": source_path(file_system),
        "format": attribute(file_system, "driver", "format") or "raw",
        "bus": None,
        "device": "disk",
        "read_only": file_system.find("readonly") is not None,
        "cache": None,
        "discard": None,
        "serial": None,
        "boot_order": None,
    }


def _disk(disk: Element) -> dict[str, Any]:
    discard = attribute(disk, "driver", "discard")
    return {
        "target": attribute(disk, "target", "dev") or "",
        "path": source_path(disk),
        "format": attribute(disk, "driver", "type") or "raw",
        "bus": attribute(disk, "target", "bus"),
        "device": disk.get("device", "disk"),
        "read_only": disk.find("readonly") is not None,
        "cache": attribute(disk, "driver", "cache"),
        "discard": None if discard is None else discard == "unmap",
        "serial": text(disk, "serial") or None,
        "boot_order": number(attribute(disk, "boot", "order")),
    }


def source_path(disk: Element) -> str | None:
    return attribute(disk, "source", "file") or attribute(disk, "source", "dev")


def read_networks(domain: Element) -> list[dict[str, Any]]:
    """Every interface on a network of libvirt's. While it runs, one on a network that is a bridge of the host has that type."""
    return [
        _interface(each, network)
        for each in domain.iterfind("devices/interface")
        if (network := attribute(each, "source", "network"))
    ]


def _interface(interface: Element, network: str) -> dict[str, Any]:
    return {
        "network": network,
        "mac": (attribute(interface, "mac", "address") or "").lower(),
        "model": attribute(interface, "model", "type"),
        "boot_order": number(attribute(interface, "boot", "order")),
    }

"""Disks that a guest mounts: found by their serial numbers, given a file system where they have none."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from virtwright.schemas.storage import Disk

_LONGEST: Final = 20
"""What virtio has room for."""
_BY_ID: Final = {
    "virtio": "virtio-{serial}",
    "scsi": "scsi-0QEMU_QEMU_HARDDISK_{serial}",
    "sata": "ata-QEMU_HARDDISK_{serial}",
    "ide": "ata-QEMU_HARDDISK_{serial}",
    "usb": "usb-QEMU_QEMU_HARDDISK_{serial}-0:0",
}
"""How udev names a disk of QEMU, by its bus."""
_FILE_SYSTEM: Final = "ext4"


def serial_for(disk: Disk) -> str | None:
    """The disk's own serial number, or the one that a disk with a mount point gets."""
    if disk.serial is not None or disk.mount is None:
        return disk.serial
    return f"vw-{hashlib.sha256(disk.mount.encode()).hexdigest()[: _LONGEST - 3]}"


def mounts(disks: Sequence[tuple[Disk, str]]) -> dict[str, Any]:
    """For ``#cloud-config``: of disks with their buses."""
    wanted = [(disk, _device(disk, bus)) for disk, bus in disks if disk.mount is not None]
    if not wanted:
        return {}
    return {
        "fs_setup": [
            {"device": device, "filesystem": _FILE_SYSTEM, "partition": "none", "overwrite": False}
            for disk, device in wanted
            if not disk.read_only
        ],
        "mounts": [[device, disk.mount, "auto", _options(disk), "0", "2"] for disk, device in wanted],
    }


def _options(disk: Disk) -> str:
    return "defaults,nofail,ro" if disk.read_only else "defaults,nofail"


def _device(disk: Disk, bus: str) -> str:
    serial = serial_for(disk) or ""
    if bus == "virtio":
        serial = serial[:_LONGEST]
    return f"/dev/disk/by-id/{_BY_ID[bus].format(serial=serial)}"

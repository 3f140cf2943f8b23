"""The file system in a file that a container's own layer lies on, where its size is limited."""

import time
from pathlib import Path
from typing import Final

from virtwright.failpoints import reach
from virtwright.providers.diff import Impact
from virtwright.providers.namespace.files import reported
from virtwright.providers.namespace.kernel.capabilities import numbers, permitted
from virtwright.providers.namespace.mounts import unmount
from virtwright.providers.namespace.sandbox.rootfs import LAYER
from virtwright.providers.namespace.volumes import filesystem

DISK: Final = "layer.ext4"
STEP: Final = "namespace.layer"
"""The failpoint between the steps by which it is made."""
_SCRATCH: Final = f".{DISK}"
_LET_GO: Final = 2.0
"""Seconds."""


def grows_live() -> bool:
    """Whether the kernel lets a file system grow here while it is in use."""
    return numbers(["CAP_SYS_RESOURCE"]) <= permitted()


def growth() -> Impact:
    """What it costs to make it larger."""
    return Impact.LIVE if grows_live() else Impact.REBOOT


def prepare(folder: Path, limit: int) -> None:
    """Make it, where it is not there yet, let it be as large as ``limit``, and mount it. Nothing may run on it. Raises ``HostError``."""
    disk, scratch = folder / DISK, folder / _SCRATCH
    if not disk.exists():
        with reported(f"make the layer in {folder}"):
            scratch.unlink(missing_ok=True)  # of a start that was killed
            filesystem.make(scratch, limit, full=False)
            reach(STEP)
            scratch.rename(disk)
    reach(STEP)
    fit(folder, limit)


def fit(folder: Path, limit: int) -> None:
    """Mount it, where it has been made, and let it grow to ``limit``. Raises ``HostError``."""
    if not (folder / DISK).exists():
        return
    filesystem.mount(folder / DISK, folder / LAYER)
    if is_smaller(folder, limit):
        filesystem.grow(folder / DISK, folder / LAYER, limit, full=False)


def is_smaller(folder: Path, limit: int) -> bool:
    found = size(folder, limit)
    return found is not None and found < limit


def size(folder: Path, wanted: int) -> int | None:
    """Bytes that it has for files and their descriptions: ``wanted`` where it is that large. None where it is not there, or damaged."""
    disk = folder / DISK
    return filesystem.size_of(disk, wanted) if disk.exists() and filesystem.holds_ext4(disk) else None


def remove(folder: Path) -> None:
    """Unmount and delete it. A stranger's copy of the mount keeps the space, until it goes. Raises ``HostError``."""
    (folder / _SCRATCH).unlink(missing_ok=True)
    disk = folder / DISK
    if not disk.exists():
        return
    while filesystem.is_mounted(folder / LAYER):
        unmount(folder / LAYER)
    deadline = time.monotonic() + _LET_GO
    while filesystem.loop_device(disk) and time.monotonic() < deadline:
        time.sleep(0.02)  # the kernel lets go of the device a moment after the file system
    disk.unlink()

"""What a machine that is a host itself sees of devices and control groups: its own, as far as the kernel keeps them apart."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.cgroups import delegation
from virtwright.providers.namespace.cgroups.layout import Layout
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount

_CGROUPS: Final = Path("/sys/fs/cgroup")
_QUIET: Final = k.MS_NOSUID | k.MS_NODEV | k.MS_NOEXEC
_SHARED: Final = {"kvm": 0o666, "fuse": 0o666, "net/tun": 0o666, "vhost-net": 0o660, "loop-control": 0o660}
"""Devices of hypervisors and container engines, with the modes that udev gives them. Disks are not among them."""
_LOOPS: Final = 64
"""Loop devices get their nodes beforehand, because no udev makes them when they appear."""
_LOOP_MAJOR: Final = 7


@dataclass(frozen=True, slots=True)
class Device:
    """A device node, named relative to /dev."""

    name: str
    mode: int
    number: int


def found() -> tuple[Device, ...]:
    """Those that this machine has; ask while its /dev can be seen."""
    return tuple(_found())


def _found() -> Iterator[Device]:
    for name, mode in _SHARED.items():
        with suppress(OSError):
            facts = os.stat(f"/dev/{name}")  # noqa: PTH116  (called in a fork)
            yield Device(name, mode | stat.S_IFMT(facts.st_mode), facts.st_rdev)
    with suppress(OSError):
        step = os.minor(os.stat("/dev/loop1").st_rdev)  # noqa: PTH116  each has as many numbers as it can have partitions
        for index in range(_LOOPS):
            yield Device(f"loop{index}", 0o660 | stat.S_IFBLK, os.makedev(_LOOP_MAJOR, index * step))


def make(devices: tuple[Device, ...]) -> None:
    """Make the nodes in the new /dev."""
    umask = os.umask(0)
    for device in devices:
        path = Path("/dev", device.name)
        path.parent.mkdir(mode=0o755, exist_ok=True)
        os.mknod(path, device.mode, device.number)
    os.umask(umask)


def mount_cgroups(layout: Layout) -> None:
    """Every hierarchy, with this process's own group as its root: call it in a new control-group namespace.

    On v2 it then moves this process out of the root, so that controllers can be given to groups beside it."""
    if all(hierarchy.place != _CGROUPS for hierarchy in layout.hierarchies):
        mount("tmpfs", str(_CGROUPS), "tmpfs", _QUIET, "mode=755,size=64k")
    for hierarchy in layout.hierarchies:
        if not hierarchy.place.is_relative_to(_CGROUPS):
            continue
        hierarchy.place.mkdir(exist_ok=True)
        mount("cgroup", str(hierarchy.place), hierarchy.kind, _QUIET, hierarchy.options)
        if hierarchy.kind == "cgroup2":
            leaf = hierarchy.place / delegation.LEAF
            leaf.mkdir(exist_ok=True)
            (leaf / "cgroup.procs").write_text("0")
    for hierarchy in layout.hierarchies:
        for controller in hierarchy.options.split(",") if "," in hierarchy.options else ():
            with suppress(FileExistsError):
                (_CGROUPS / controller).symlink_to(hierarchy.place.name)

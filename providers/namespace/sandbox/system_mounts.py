"""The file systems that every root has: /proc, /sys, /dev, and what of them is hidden or read-only."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.idmap import acting_as

_QUIET: Final = k.MS_NOSUID | k.MS_NODEV | k.MS_NOEXEC
MASKED: Final = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
)
"""What tells of the host or reaches into it: the list that OCI runtimes use."""
ROOTS_ALONE: Final = (
    "/proc/kpagecgroup",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/pagetypeinfo",
    "/proc/slabinfo",
    "/proc/vmallocinfo",
    "/sys/class/zram-control",
    "/sys/kernel/slab",
)
"""What only the host's root may read: of the kernel's memory, and what makes a device when it is read. No container with an id map
can open it; hidden where there is none."""
READ_ONLY: Final = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_NODES: Final = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}
"""Minor numbers under major 1; see the kernel's admin-guide/devices.txt."""
_LINKS: Final = {
    "fd": "/proc/self/fd",
    "ptmx": "pts/ptmx",
    "stderr": "/proc/self/fd/2",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
}
_TTY_GROUP: Final = 5
_RUN: Final = "size=256m,nr_inodes=64k"
"""Of /run, whose default is half of the host's memory."""


def mount_all(owner: int, *, run: bool, privileged: bool) -> None:
    """``owner`` is the host id of the container's root; ``run``: an empty /run as well."""
    for folder in ("/proc", "/sys", "/dev", *(("/run",) if run else ())):
        _real_folder(folder, owner)
    mount("proc", "/proc", "proc", _QUIET)
    mount("sysfs", "/sys", "sysfs", _QUIET | (0 if privileged else k.MS_RDONLY))
    _devices(owner)
    if run:
        mount("tmpfs", "/run", "tmpfs", k.MS_NOSUID | k.MS_NODEV, f"mode=755,uid={owner},gid={owner},{_RUN}")
    if not privileged:
        _restrict([*MASKED, *_thermal(), *(() if owner else ROOTS_ALONE)])


def _real_folder(path: str, owner: int) -> None:
    """An image must not lead these elsewhere by a link: what is mounted there would then lie open under the link."""
    with acting_as(owner):
        if not os.path.lexists(path):
            Path(path).mkdir()
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise SandboxError(f"{path} is not a folder in the image's root file system")


def _devices(owner: int) -> None:
    ids = f"uid={owner},gid={owner}"
    mount("tmpfs", "/dev", "tmpfs", k.MS_NOSUID | k.MS_NOEXEC, f"mode=755,size=64k,{ids}")
    umask = os.umask(0)
    for name, minor in _NODES.items():
        _node(name, os.makedev(1, minor), owner)
    _node("tty", os.makedev(5, 0), owner)
    os.umask(umask)
    for name, target in _LINKS.items():
        Path(f"/dev/{name}").symlink_to(target)
    for name in ("pts", "shm", "mqueue"):
        Path(f"/dev/{name}").mkdir()
    group = owner + _TTY_GROUP
    pts = f"newinstance,ptmxmode=0666,mode=0620,uid={owner},gid={group}"
    mount("devpts", "/dev/pts", "devpts", k.MS_NOSUID | k.MS_NOEXEC, pts)
    mount("shm", "/dev/shm", "tmpfs", _QUIET, f"mode=1777,size=64m,{ids}")
    mount("mqueue", "/dev/mqueue", "mqueue", _QUIET)


def _node(name: str, device: int, owner: int) -> None:
    os.mknod(f"/dev/{name}", stat.S_IFCHR | 0o666, device)
    os.chown(f"/dev/{name}", owner, owner)


def _thermal() -> list[str]:
    """The heat of each processor tells of what else it does. Virtual machines have no such files."""
    if not Path("/sys/devices/system/cpu/cpu0/thermal_throttle").exists():
        return []
    return [str(path) for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/thermal_throttle")]


def _restrict(hidden: Iterable[str]) -> None:
    for path in READ_ONLY:
        if Path(path).exists():
            mount(path, path, "", k.MS_BIND | k.MS_REC)
            mount("none", path, "", k.MS_BIND | k.MS_REMOUNT | k.MS_RDONLY | _QUIET)
    for path in hidden:
        if Path(path).is_dir():
            mount("tmpfs", path, "tmpfs", _QUIET | k.MS_RDONLY, "size=0k,mode=755")
        elif Path(path).exists():
            mount("/dev/null", path, "", k.MS_BIND)

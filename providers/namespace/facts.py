"""What this machine offers to the runtime, for ``virtwright host check``."""

import os
import platform
import shutil
from pathlib import Path
from typing import Final

from virtwright.providers.base import HostFact
from virtwright.providers.namespace.cgroups.group import detect
from virtwright.providers.namespace.cgroups.layout import CONTROLLERS
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.quantities import format_size

_OLDEST: Final = (5, 12)
"""mount_setattr(2); openat2(2) is of 5.6."""
_LEAST_FREE: Final = 1024**3


def host_facts(root: Root) -> list[HostFact]:
    """Each thing with what to do where it is missing. Needs no root."""
    return [_user(), _kernel(), _cgroups(), _user_namespaces(), _overlay(), _nftables(), _seccomp(), _disk(root)]


def _user() -> HostFact:
    is_root = os.geteuid() == 0
    return HostFact(
        "user", "root" if is_root else f"user {os.geteuid()}", is_root, "run it as root:\n    sudo virtwright ..."
    )


def _kernel() -> HostFact:
    release = platform.release()
    numbers = tuple(int(part) for part in release.split("-")[0].split(".")[:2] if part.isdigit())
    least = ".".join(map(str, _OLDEST))
    return HostFact("kernel", release, numbers >= _OLDEST, f"install Linux {least} or later")


def _cgroups() -> HostFact:
    layout = detect()
    on_v1 = [name for name in CONTROLLERS if name in layout.v1]
    if layout.v2 is None and not on_v1:
        return HostFact("cgroups", "none", False, "mount them:\n    mount -t cgroup2 none /sys/fs/cgroup")
    mode = "v2" if not on_v1 else "v1" if layout.v2 is None else "hybrid"
    return HostFact("cgroups", mode)


def _user_namespaces() -> HostFact:
    most = _read("/proc/sys/user/max_user_namespaces")
    allowed = Path("/proc/self/ns/user").exists() and most != "0"
    hint = "allow them, or root inside is root outside:\n    sysctl user.max_user_namespaces=15000"
    return HostFact("user namespaces", "allowed" if allowed else "off", allowed, hint)


def _overlay() -> HostFact:
    known = "overlay" in _read("/proc/filesystems").split()
    return HostFact("overlay", "available" if known else "not loaded", known, "load it:\n    modprobe overlay")


def _nftables() -> HostFact:
    program = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return HostFact(
        "nftables", program or "not installed", program is not None, "install it:\n    apt-get install nftables"
    )


def _seccomp() -> HostFact:
    actions = _read("/proc/sys/kernel/seccomp/actions_avail")
    return HostFact(
        "seccomp", "available" if actions else "not in the kernel", bool(actions), "containers run without a filter"
    )


def _disk(root: Root) -> HostFact:
    folder = next(path for path in (root.path, *root.path.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    value = f"{format_size(free // 1024**2 * 1024**2)} free in {folder}"
    return HostFact(
        "disk", value, free >= _LEAST_FREE, "free some space, or use another folder: namespace:///some/folder"
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""

"""A root of a test's own, for what is done to "the host": the machine's /etc and /usr stay as they are.

The calling thread is in it until the end. The program under test runs there as on a machine: its interpreter, the libraries and the
folders that it works in are mounted into the root, and so are no part of the root's own file system.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount, pivot_root, setns, umount, unshare
from virtwright.providers.namespace.mounts import mount_entries, unmount

OWN: Final = Path("/own")
"""Where the root's own file system is seen in the root, without what is mounted on it."""
_BUSYBOX: Final = Path("/bin/busybox")
_APPLETS: Final = ("cat", "find", "grep", "ls", "readlink", "rm", "sh", "sleep", "stat", "touch", "true")
_MOUNTED: Final = ("dev", "proc", "run", "sys")
_PROJECT: Final = Path(__file__).resolve().parents[1]


def make_host(folder: Path) -> None:
    """The file system of a small machine, merged as Debian's, with busybox for its programs."""
    for name in (
        "etc",
        "opt",
        "root",
        "usr/bin",
        "usr/lib",
        "usr/lib64",
        "usr/sbin",
        "usr/share",
        "var/lib",
        "var/cache",
    ):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (folder / name).symlink_to(f"usr/{name}")
    shutil.copy2(_BUSYBOX, folder / "usr/bin/busybox")
    for applet in _APPLETS:
        (folder / "usr/bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\nshadow:x:42:ann\nann:x:1000:\n")


@contextmanager
def private_root(*, stacked: bool = False) -> Iterator[Path]:
    """``OWN``, in a new root that ``make_host`` has filled; ``stacked``: which is an overlay itself."""
    with ExitStack() as closing:
        home = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        closing.callback(os.close, home)
        place = Path(tempfile.mkdtemp(prefix="vw-root-"))
        closing.callback(place.rmdir)
        where = Path.cwd()
        closing.callback(os.chdir, where)
        unshare(k.CLONE_NEWNS)
        closing.callback(setns, home, k.CLONE_NEWNS)
        mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)
        _let_go_of_volumes()
        _build(place, stacked)
        os.chdir(place)
        pivot_root(".", ".")
        umount(".", k.MNT_DETACH)
        os.chdir("/")
        yield OWN


def _let_go_of_volumes() -> None:
    """Volumes of other tests could not be deleted while a copy of their mount is held here."""
    for entry in mount_entries():
        if entry.device.startswith("7:"):
            unmount(entry.path, lazily=True)


def _build(place: Path, stacked: bool) -> None:
    mount("tmpfs", str(place), "tmpfs", 0, "mode=755")
    root = place
    if stacked:
        for name in ("lower", "upper", "work", "all"):
            (place / name).mkdir()
        make_host(place / "lower")
        options = f"lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work"
        mount("overlay", str(place), "overlay", 0, options)
    else:
        make_host(root)
    own = root / OWN.relative_to("/")
    own.mkdir()
    mount(str(root), str(own), "", k.MS_BIND)
    for name in _MOUNTED:
        _bind(Path("/", name), root, k.MS_BIND | k.MS_REC)
    folders = {Path("/tmp"), Path(tempfile.gettempdir()), Path("/usr/lib"), Path("/usr/lib64"), _PROJECT}
    for folder in sorted(folders | ({Path(sys.prefix), Path(sys.base_prefix)} - {Path("/usr")})):
        _bind(folder, root)
    if Path(sys.base_prefix) == Path("/usr"):
        _bind(Path(sys.executable).resolve(), root)


def _bind(source: Path, root: Path, flags: int = k.MS_BIND) -> None:
    target = root / source.relative_to("/")
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.touch()
    mount(str(source), str(target), "", flags)

"""The files that a confined program sees: a root file system in memory, with what it may read mounted in it. Standard library only."""

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.confining.order import ROOM, Order
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import mount, pivot_root, umount
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.mounts import move_mount, open_tree, restrict

_STAGE: Final = "/tmp"
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_RESTRICTED: Final = k.MOUNT_ATTR_RDONLY | k.MOUNT_ATTR_NODEV | k.MOUNT_ATTR_NOSUID
_MOST_LEVELS: Final = 256
_SKIPPED: Final = frozenset({".git"})


def enter(order: Order) -> None:
    """Make it the root of this mount namespace; nothing of the machine's tree remains."""
    mount("none", "/", "", k.MS_REC | k.MS_PRIVATE)
    views = [(path, _taken(path)) for path in order.views if not Path(path).is_symlink()]
    links = [(path, str(Path(path).readlink())) for path in order.views if Path(path).is_symlink()]
    devices = [(path, _device(path)) for path in _DEVICES]
    source = os.open(order.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    mount("tmpfs", _STAGE, "tmpfs", k.MS_NODEV | k.MS_NOSUID, f"size={ROOM},mode=755")
    for name in ("proc", "tmp"):
        Path(_STAGE, name).mkdir()
    options = f"size={ROOM // 4},mode=1777"
    mount("tmpfs", f"{_STAGE}/tmp", "tmpfs", k.MS_NODEV | k.MS_NOSUID, options)
    for path, (fd, is_folder) in views:
        _attach(fd, path, folder=is_folder)
    for path, fd in devices:
        _attach(fd, path, folder=False)
    for path, target in links:
        place = Path(_STAGE + path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
    copied = Path(_STAGE + order.folder)
    copied.mkdir(parents=True, exist_ok=True)
    _copy(source, str(copied), _Room(ROOM // 2))
    os.close(source)
    mount("proc", f"{_STAGE}/proc", "proc", k.MS_NODEV | k.MS_NOSUID | k.MS_NOEXEC, "subset=pid")
    os.chdir(_STAGE)
    pivot_root(".", ".")
    umount(".", k.MNT_DETACH)
    os.chdir("/")
    mount("none", "/", "", k.MS_BIND | k.MS_REMOUNT | k.MS_RDONLY | k.MS_NODEV | k.MS_NOSUID)
    os.chdir(order.folder)


def _taken(path: str) -> tuple[int, bool]:
    """A detached mount of what is at ``path``, and whether that is a folder."""
    is_folder = Path(path).is_dir()
    fd = open_tree(path, recursive=is_folder)
    restrict(fd, _RESTRICTED, recursive=is_folder, what=path)
    return fd, is_folder


def _device(path: str) -> int:
    fd = open_tree(path)
    restrict(fd, k.MOUNT_ATTR_RDONLY | k.MOUNT_ATTR_NOSUID, what=path)
    return fd


def _attach(fd: int, path: str, *, folder: bool) -> None:
    place = Path(_STAGE + path)
    if folder:
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    move_mount(fd, str(place))
    os.close(fd)


class _Room:
    """How much may still be copied."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, size: int) -> None:
        self._left -= size + 4096
        if self._left < 0:
            raise SandboxError("the stack's folder is too large to be copied for a program that is not trusted")


def _copy(source: int, target: str, room: _Room, levels: int = _MOST_LEVELS) -> None:
    """Folders, regular files and links as they are, by descriptors, so that no link is followed."""
    if not levels:
        raise SandboxError(f"the stack's folder has more than {_MOST_LEVELS} levels")
    with os.scandir(source) as found:
        entries = [(entry.name, entry.stat(follow_symlinks=False)) for entry in found if entry.name not in _SKIPPED]
    for name, status in entries:
        place = Path(target, name)
        room.take(status.st_size if stat.S_ISREG(status.st_mode) else 0)
        if stat.S_ISLNK(status.st_mode):
            place.symlink_to(os.readlink(name, dir_fd=source))
        elif stat.S_ISDIR(status.st_mode):
            place.mkdir(exist_ok=True)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
            try:
                _copy(inner, str(place), room, levels - 1)
            finally:
                os.close(inner)
        elif stat.S_ISREG(status.st_mode):
            _copy_file(source, name, place, executable=bool(status.st_mode & 0o100))


def _copy_file(source: int, name: str, place: Path, *, executable: bool) -> None:
    inner = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=source)
    with os.fdopen(inner, "rb") as read, place.open("wb") as written:
        shutil.copyfileobj(read, written)
    place.chmod(0o755 if executable else 0o644)

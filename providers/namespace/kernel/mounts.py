"""The newer mount calls: detached copies of mounts, recursive attributes, id maps."""

import ctypes
import os

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import check, libc, setns


class _MountAttr(ctypes.Structure):
    _fields_ = [
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    ]


def open_tree(path: str, *, recursive: bool = False) -> int:
    """A detached copy of the mount at ``path``, as a file descriptor."""
    flags = k.OPEN_TREE_CLONE | k.OPEN_TREE_CLOEXEC | (k.AT_RECURSIVE if recursive else 0)
    return check(
        libc.syscall(k.SYS_OPEN_TREE, k.AT_FDCWD, path.encode(), ctypes.c_uint(flags)), f"copy the mount of {path}"
    )


def move_mount(fd: int, target: str, place: int | None = None) -> None:
    """Attach the detached mount ``fd`` at ``target``, which is the open ``place`` where that is given."""
    if place is None:
        flags = k.MOVE_MOUNT_F_EMPTY_PATH
        result = libc.syscall(k.SYS_MOVE_MOUNT, fd, b"", k.AT_FDCWD, target.encode(), ctypes.c_uint(flags))
    else:
        flags = k.MOVE_MOUNT_F_EMPTY_PATH | k.MOVE_MOUNT_T_EMPTY_PATH
        result = libc.syscall(k.SYS_MOVE_MOUNT, fd, b"", place, b"", ctypes.c_uint(flags))
    check(result, f"mount on {target}")


def memory_file_system(name: str) -> int:
    """A new tmpfs that is mounted nowhere, as the file descriptor of its root; it goes with the last user."""
    context = check(
        libc.syscall(k.SYS_FSOPEN, b"tmpfs", ctypes.c_uint(k.FSOPEN_CLOEXEC)), f"make the file system {name}"
    )
    try:
        for command, key, value in ((k.FSCONFIG_SET_STRING, b"mode", b"755"), (k.FSCONFIG_CMD_CREATE, None, None)):
            check(libc.syscall(k.SYS_FSCONFIG, context, command, key, value, 0), f"make the file system {name}")
        flags = ctypes.c_uint(k.FSMOUNT_CLOEXEC), ctypes.c_uint(k.MOUNT_ATTR_NODEV | k.MOUNT_ATTR_NOSUID)
        return check(libc.syscall(k.SYS_FSMOUNT, context, *flags), f"mount the file system {name}")
    finally:
        os.close(context)


def make_all_read_only() -> None:
    """Make every mount of this mount namespace private and read-only."""
    attr = _MountAttr(attr_set=k.MOUNT_ATTR_RDONLY, propagation=k.MS_PRIVATE)
    fd = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        _setattr(fd, attr, True, "make the mounts of a process read-only")
    finally:
        os.close(fd)


def return_to(namespace: int, root: int) -> None:
    """Enter a mount namespace, with the folder ``root`` as the root; both file descriptors are closed. What was mapped
    until now stays on the mounts by which it was opened, and the rest of these goes with its last process."""
    setns(namespace, k.CLONE_NEWNS)
    os.fchdir(root)
    os.chroot(".")
    os.close(namespace)
    os.close(root)


def is_stacked(path: str) -> bool:
    """Whether the file system at ``path`` lies on another one; the kernel lets no more than two lie on one another."""
    facts = (ctypes.c_long * 64)()  # larger than any struct statfs, whose first field is the type
    check(libc.statfs(path.encode(), facts), f"look at the file system of {path}")
    return facts[0] & 0xFFFFFFFF in (k.OVERLAYFS_SUPER_MAGIC, k.ECRYPTFS_SUPER_MAGIC)


def restrict(fd: int, attributes: int, *, recursive: bool = False, what: str = "a mount") -> None:
    """Set ``MOUNT_ATTR_*`` on the detached mount ``fd``, and part it from what it was copied from: as a copy of a shared
    mount it would take over what is mounted below that later, and give it what is mounted below itself."""
    _setattr(fd, _MountAttr(attr_set=attributes, propagation=k.MS_PRIVATE), recursive, f"restrict {what}")


def map_ids(fd: int, userns: int, *, recursive: bool = False, what: str = "a mount") -> None:
    """Shift the owners of the detached mount ``fd`` by the id map of the user namespace ``userns``."""
    _setattr(fd, _MountAttr(attr_set=k.MOUNT_ATTR_IDMAP, userns_fd=userns), recursive, f"map the owners of {what}")


def _setattr(fd: int, attr: _MountAttr, recursive: bool, what: str) -> None:
    flags = k.AT_EMPTY_PATH | (k.AT_RECURSIVE if recursive else 0)
    size = ctypes.c_size_t(ctypes.sizeof(attr))
    check(libc.syscall(k.SYS_MOUNT_SETATTR, fd, b"", ctypes.c_uint(flags), ctypes.byref(attr), size), what)

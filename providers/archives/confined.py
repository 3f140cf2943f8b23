"""Paths that can't lead out of a folder, as the kernel resolves them. See openat2(2)."""

import ctypes
import errno
import os
import stat
from typing import Final

_SYS_OPENAT2: Final = 437
_RESOLVE_NO_XDEV: Final = 0x01
_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_NO_SYMLINKS: Final = 0x04
_RESOLVE_BENEATH: Final = 0x08
_RESOLVE_IN_ROOT: Final = 0x10
_TRIES: Final = 1000
"""A bound, as a lease that a program holds on its own file is reported in the same way (fcntl(2), F_SETLEASE)."""
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_in_root(root: int, path: str, flags: int, mode: int = 0) -> int:
    """Open ``path`` as a process would whose root directory is ``root``: no link leads out. Raises ``OSError``."""
    return _openat2(root, path, flags, mode, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)


def open_below(folder: int, path: str, flags: int) -> int:
    """Open ``path`` below ``folder``: no link is followed, and nothing that is mounted there entered. Raises ``OSError``."""
    return _openat2(folder, path, flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_XDEV)


def open_unlinked(root: int, path: str, flags: int, *, one_mount: bool = False) -> int:
    """Open ``path`` below ``root`` where no part of it is a link, but for the last one with ``O_PATH | O_NOFOLLOW``. ``one_mount``: nothing that is mounted
    on the way is entered either. Raises ``OSError``."""
    return _openat2(
        root, path, flags, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_SYMLINKS | (_RESOLVE_NO_XDEV if one_mount else 0)
    )


def open_file(root: int, path: str, flags: int = os.O_RDONLY, mode: int = 0) -> int:
    """Open the regular file that is ``path`` to a process whose root directory is ``root``.

    Raises ``OSError``, also for whatever is no regular file; a pipe is not waited for."""
    descriptor = open_in_root(root, path, flags | os.O_NONBLOCK | os.O_NOCTTY, mode)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file", path)


def _openat2(folder: int, path: str, flags: int, mode: int, resolve: int) -> int:
    """Where something is renamed or mounted anywhere on the host meanwhile, the kernel can't tell that ``..`` stays inside, and asks to be called again."""
    how = _OpenHow(flags | os.O_CLOEXEC, mode, resolve)
    for _ in range(_TRIES):
        result = _libc.syscall(
            _SYS_OPENAT2, folder, os.fsencode(path), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how))
        )
        number = ctypes.get_errno()
        if result >= 0 or number != errno.EAGAIN:
            break
    if result < 0:
        raise OSError(number, os.strerror(number), path)
    return int(result)

"""openat2(2): open a path so that no symbolic link and no ``..`` leads out of a folder."""

import ctypes
import os
from typing import Final

_NUMBER: Final = 437  # the same on every architecture
_NO_XDEV: Final = 0x01
_NO_MAGICLINKS: Final = 0x02
_IN_ROOT: Final = 0x10

_libc = ctypes.CDLL(None, use_errno=True)


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_in_root(root: int, path: bytes, flags: int) -> int:
    """Open ``path`` as a process would whose root is the folder ``root``; it never leaves that folder or its file
    system. Needs Linux 5.6. Raises ``OSError``."""
    how = _OpenHow(flags | os.O_CLOEXEC, 0, _IN_ROOT | _NO_MAGICLINKS | _NO_XDEV)
    descriptor = _libc.syscall(
        ctypes.c_long(_NUMBER),
        ctypes.c_int(root),
        ctypes.c_char_p(path),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(path))
    return int(descriptor)

"""The file descriptors of this process."""

import ctypes
import os
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import check, libc

_FIRST: Final = 3
"""After the standard streams."""
_LAST: Final = 0x7FFFFFFF


def keep_only(*kept: int | None) -> None:
    """Close every file descriptor but the standard streams and ``kept``, which are closed when a program is executed.

    What is open when a path inside a container is followed can be reached by it: a link may lead to ``/proc/self/fd/N``.
    """
    start = _FIRST
    for fd in sorted({fd for fd in kept if fd is not None and fd >= _FIRST}):
        os.set_inheritable(fd, False)
        _close(start, fd - 1)
        start = fd + 1
    _close(start, _LAST)


def _close(first: int, last: int) -> None:
    if first <= last:
        result = libc.syscall(k.SYS_CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(last), 0)
        check(result, "close file descriptors")

"""Installing a compiled seccomp filter."""

import ctypes

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import check, libc
from virtwright.providers.namespace.kernel.errors import SandboxError

_INSTRUCTION_SIZE = 8


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(program: bytes) -> None:
    """Filter all further system calls of this process and its children by ``program`` (BPF, as libseccomp exports it)."""
    if not program or len(program) % _INSTRUCTION_SIZE:
        raise SandboxError("the seccomp filter's file is damaged; delete it, and it is made again")
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = _Program(len(program) // _INSTRUCTION_SIZE, ctypes.addressof(buffer))
    check(libc.prctl(k.PR_SET_SECCOMP, k.SECCOMP_MODE_FILTER, ctypes.byref(fprog), 0, 0), "install the seccomp filter")

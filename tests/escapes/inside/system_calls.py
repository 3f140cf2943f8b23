"""System calls that Python has no function for."""

import ctypes
import errno
import os
import platform
from pathlib import Path
from typing import Any, Final

libc: Final = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
_X86: Final = platform.machine() == "x86_64"
_NUMBERS: Final = {  # x86-64, and the common table of newer architectures
    "add_key": (248, 217), "bpf": (321, 280), "clone": (56, 220), "clone3": (435, 435), "delete_module": (176, 106),
    "fanotify_init": (300, 262), "finit_module": (313, 273), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fsopen": (430, 430), "init_module": (175, 105), "io_uring_setup": (425, 425), "ioperm": (173, 0), "iopl": (172, 0),
    "kcmp": (312, 272), "kexec_file_load": (320, 294), "kexec_load": (246, 104), "keyctl": (250, 219),
    "migrate_pages": (256, 238), "mount_setattr": (442, 442), "move_mount": (429, 429), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "open_tree": (428, 428), "perf_event_open": (298, 241), "pivot_root": (155, 41),
    "quotactl": (179, 60), "reboot": (169, 142), "request_key": (249, 218), "settimeofday": (164, 170), "swapon": (167, 224),
    "syslog": (103, 116), "uselib": (134, 0), "userfaultfd": (323, 282), "acct": (163, 89), "setns": (308, 268),
}  # fmt: skip


class Refused(Exception):
    """The probe did not get through, for this reason."""


def call(name: str, *arguments: Any) -> int:
    """The result of the system call. Raises ``OSError``."""
    number = _NUMBERS[name][0 if _X86 else 1]
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *words))
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def reached(name: str, *arguments: Any) -> str:
    """Whether the kernel's own code answers the call: what it says of ``arguments`` that mean nothing counts as well.

    Raises ``OSError`` where the call is not permitted."""
    try:
        return f"{name} returned {call(name, *arguments)}"
    except PermissionError:
        raise
    except OSError as error:
        return f"{name} was carried out: {errno.errorcode[error.errno or 0]}"


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Raises ``OSError``."""
    result = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode() or None)
    _check(result, f"mount {kind or source}")


def umount(target: str) -> None:
    """Lets go of it, used or not. Raises ``OSError``."""
    _check(libc.umount2(target.encode(), 2), f"unmount {target}")


def unshare(flags: int) -> None:
    """Raises ``OSError``."""
    _check(libc.unshare(flags), "unshare")


def chroot_escape() -> list[str]:
    """What lies at the top that a process reaches which leaves its root by a second one."""
    inner = Path("/tmp/inner")
    inner.mkdir(exist_ok=True)
    top = os.open("/", os.O_RDONLY)
    os.chroot(inner)
    os.fchdir(top)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return [path.name for path in Path("/").iterdir()]


def _check(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")

"""Thin wrappers over system calls. All raise ``SandboxError``."""

import ctypes
import os

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.errors import explain

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def check(result: int, what: str) -> int:
    """``result``, or an error made from errno where it is negative."""
    if result < 0:
        raise explain(ctypes.get_errno(), what)
    return result


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    result = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode() or None)
    check(result, f"mount {kind or source} on {target}")


def umount(target: str, flags: int = 0) -> None:
    check(libc.umount2(target.encode(), flags), f"unmount {target}")


def unshare(flags: int) -> None:
    check(libc.unshare(flags), f"make new namespaces (flags {flags:#x})")


def setns(fd: int, kind: int) -> None:
    check(libc.setns(fd, kind), f"enter a namespace (kind {kind:#x})")


def pivot_root(new: str, old: str) -> None:
    check(libc.pivot_root(new.encode(), old.encode()), f"make {new} the root")


_prctl = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, *[ctypes.c_ulong] * 4, use_errno=True)(("prctl", libc))


def prctl(option: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    if (result := _prctl(option, a, b, c, d)) < 0:
        raise explain(ctypes.get_errno(), f"change a process attribute (prctl {option})")
    return int(result)


def hide_memory() -> None:
    """Let nobody but root look into this process, and have no core written of it: it may hold secrets. It lasts until a program is executed, and
    a change of the user or of the file system user undoes it."""
    prctl(k.PR_SET_DUMPABLE, 0)


def become_subreaper() -> None:
    """Be the parent of what descendants of this process leave behind when they end."""
    prctl(k.PR_SET_CHILD_SUBREAPER, 1)


def set_name(name: str) -> None:
    """What ps shows as the command's name; at most 15 bytes."""
    buffer = ctypes.create_string_buffer(name.encode()[:15])
    check(libc.prctl(k.PR_SET_NAME, buffer, 0, 0, 0), "name the process")


def new_session_keyring() -> None:
    """Leave the host's session keyring. A kernel without keyrings has nothing to leave."""
    libc.syscall(ctypes.c_long(_SYS_KEYCTL), k.KEYCTL_JOIN_SESSION_KEYRING, None)


_SYS_KEYCTL = 250 if os.uname().machine == "x86_64" else 219
_SYS_GETCWD = 79 if os.uname().machine == "x86_64" else 17
_SYS_SETGROUPS = 116 if os.uname().machine == "x86_64" else 159


def set_thread_groups(groups: tuple[int, ...]) -> None:
    """The supplementary groups of the calling thread alone, unlike ``os.setgroups``."""
    array = (ctypes.c_uint32 * len(groups))(*groups)
    check(libc.syscall(ctypes.c_long(_SYS_SETGROUPS), ctypes.c_size_t(len(groups)), array), "set the groups")


def sethostname(name: str) -> None:
    raw = name.encode()
    check(libc.sethostname(raw, len(raw)), f"set the host name to {name}")


def getcwd() -> str:
    """The current folder as the kernel has it: libc's own call hides that it lies outside of the root."""
    buffer = ctypes.create_string_buffer(os.pathconf("/", "PC_PATH_MAX"))
    check(libc.syscall(ctypes.c_long(_SYS_GETCWD), buffer, ctypes.c_size_t(len(buffer))), "find out the current folder")
    return os.fsdecode(buffer.value)

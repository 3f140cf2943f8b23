"""Capabilities: names, and what a process gives up."""

import ctypes
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import check, libc, prctl
from virtwright.providers.namespace.kernel.errors import SandboxError

NAMES: Final = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
]
"""By number, from 0."""
_NUMBERS: Final = {name: number for number, name in enumerate(NAMES)}

DEFAULT: Final = frozenset(
    [
        "CAP_AUDIT_WRITE",
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_RAW",
        "CAP_SETFCAP",
        "CAP_SETGID",
        "CAP_SETPCAP",
        "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ]
)
"""Docker's default set without CAP_MKNOD: nothing here limits which devices a node may lead to."""

FILES: Final = frozenset(["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER"])
"""What opens files whatever their modes are."""


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Data(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def numbers(names: Collection[str]) -> frozenset[int]:
    """Raises ``SandboxError`` for a name that Linux does not have."""
    for name in names:
        if name not in _NUMBERS:
            raise SandboxError(f"there is no capability {name}")
    return frozenset(_NUMBERS[name] for name in names)


@cache
def last() -> int:
    """The highest capability that the running kernel knows."""
    return int(Path("/proc/sys/kernel/cap_last_cap").read_text())


def bound(keep: Collection[int], highest: int) -> None:
    """Drop all but ``keep`` from the bounding set, for good."""
    for number in range(highest + 1):
        if number not in keep:
            prctl(k.PR_CAPBSET_DROP, number)


def hold(keep: Collection[int], inheritable: Collection[int] = ()) -> None:
    """Make ``keep`` the effective and permitted sets. What is not inheritable adds nothing to a program that has file
    capabilities."""
    pairs = zip(_words(keep), _words(inheritable), strict=True)
    data = (_Data * 2)(*(_Data(word, word, passed) for word, passed in pairs))
    header = _Header(k.CAPABILITY_VERSION_3, 0)
    check(libc.capset(ctypes.byref(header), ctypes.byref(data)), "set capabilities")


def permitted() -> frozenset[int]:
    """What this process may have at all."""
    _, data = _get()
    return frozenset(base + bit for base, word in zip((0, 32), data, strict=True) for bit in _bits(word.permitted))


def _bits(word: int) -> list[int]:
    return [bit for bit in range(32) if word >> bit & 1]


def _get() -> tuple[_Header, Any]:
    header = _Header(k.CAPABILITY_VERSION_3, 0)
    data = (_Data * 2)()
    check(libc.capget(ctypes.byref(header), ctypes.byref(data)), "read capabilities")
    return header, data


def wake() -> None:
    """Make effective again all that is permitted (a change of the file system user puts some to sleep)."""
    header, data = _get()
    for word in data:
        word.effective = word.permitted
    check(libc.capset(ctypes.byref(header), ctypes.byref(data)), "set capabilities")


def rest(names: Collection[str]) -> None:
    """Make ``names`` ineffective for the calling thread, until ``wake``."""
    header, data = _get()
    for word, off in zip(data, _words(numbers(names)), strict=True):
        word.effective &= ~off
    check(libc.capset(ctypes.byref(header), ctypes.byref(data)), "set capabilities")


def _words(numbers: Collection[int]) -> list[int]:
    return [sum(1 << (number - base) for number in numbers if base <= number < base + 32) for base in (0, 32)]


def ambient(raised: Collection[int]) -> None:
    """Let ``raised`` survive the exec of a program by a user who is not root."""
    prctl(k.PR_CAP_AMBIENT, k.PR_CAP_AMBIENT_CLEAR_ALL)
    for number in sorted(raised):
        prctl(k.PR_CAP_AMBIENT, k.PR_CAP_AMBIENT_RAISE, number)

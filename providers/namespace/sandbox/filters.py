"""The default seccomp filter, compiled by libseccomp once and kept as a file, so that a shim needs no library."""

import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

_VERSION: Final = 1
"""Grows when what is built from the same list changes."""
_ALWAYS: Final = [
    "add_key",
    "keyctl",
    "request_key",
    "kexec_file_load",
    "kexec_load",
    "nfsservctl",
    "uselib",
    "userfaultfd",
    "ustat",
    "vm86",
    "vm86old",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
]
_UNLESS: Final = {
    "CAP_BPF": "bpf",
    "CAP_DAC_READ_SEARCH": "open_by_handle_at",
    "CAP_PERFMON": "perf_event_open",
    "CAP_SYS_ADMIN": (
        "bpf fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree "
        "perf_event_open pivot_root quotactl quotactl_fd setns swapoff swapon syslog umount umount2 unshare"
    ),
    "CAP_SYS_BOOT": "reboot",
    "CAP_SYS_MODULE": "create_module delete_module finit_module get_kernel_syms init_module query_module",
    "CAP_SYS_NICE": "get_mempolicy mbind migrate_pages move_pages set_mempolicy",
    "CAP_SYS_PACCT": "acct",
    "CAP_SYS_PTRACE": "kcmp",
    "CAP_SYS_RAWIO": "ioperm iopl",
    "CAP_SYS_TIME": "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime",
}
"""Denied unless the container has the capability. After the default profile of OCI runtimes."""
_CLONE_NEW: Final = 0x7E020000
_AF_ALG: Final = 38
_AF_VSOCK: Final = 40
_TIOCSTI: Final = 0x5412
_PR_SET_PDEATHSIG: Final = 1
_OTHER_ARCHITECTURES: Final = {"x86_64": ("X86", "X32"), "aarch64": ("ARM",)}


class FilterUnavailableError(Exception):
    """libseccomp is not on this machine. The message says what that means."""


def denied(capabilities: Collection[str]) -> list[str]:
    """The system calls that a container with ``capabilities`` may not make. Pure.

    What any one of its capabilities allows is allowed."""
    allowed = {call for name in capabilities for call in _UNLESS.get(name, "").split()}
    listed = {*_ALWAYS, *(call for calls in _UNLESS.values() for call in calls.split())}
    return sorted(listed - allowed)


def compiled(folder: Path, capabilities: Collection[str], *, bound: bool = False) -> Path:
    """The file with the filter for ``capabilities``, made in ``folder`` if it is not there yet. What is ``bound`` can neither
    trace nor be traced, nor undo that it ends with its parent.

    Raises ``FilterUnavailableError``."""
    calls = denied(capabilities) + (["ptrace"] if bound else [])
    confined = "CAP_SYS_ADMIN" not in capabilities
    key = f"{_VERSION} {os.uname().machine} {confined} {bound} {' '.join(calls)}"
    path = folder / f"seccomp-{hashlib.sha256(key.encode()).hexdigest()[:16]}.bpf"
    if not path.exists():
        made = _build(calls, confined=confined, bound=bound)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".seccomp-", delete=False) as scratch:
            made.export_bpf(scratch)
        Path(scratch.name).rename(path)
    return path


def _build(calls: Collection[str], *, confined: bool, bound: bool) -> Any:
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise FilterUnavailableError(
            "no seccomp filter: libseccomp is not installed on this machine (Debian: libseccomp2)"
        ) from error
    refuse = pyseccomp.ERRNO(1)
    result = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
    for name in _OTHER_ARCHITECTURES.get(os.uname().machine, ()):
        result.add_arch(getattr(pyseccomp.Arch, name))
    for call in calls:
        _add(result, refuse, call)
    _add(result, refuse, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, _TIOCSTI))
    for family in (_AF_ALG, _AF_VSOCK):
        _add(result, refuse, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
    if bound:
        _add(result, refuse, "prctl", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 0xFFFFFFFF, _PR_SET_PDEATHSIG))
    if confined:
        _add(result, pyseccomp.ERRNO(38), "clone3")  # its flags can't be seen; libc falls back to clone
        for bit in range(32):
            if _CLONE_NEW >> bit & 1:
                _add(result, refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 1 << bit, 1 << bit))
    return result


def _add(result: Any, action: int, call: str, *conditions: Any) -> None:
    try:
        result.add_rule(action, call, *conditions)
    except (ValueError, OSError):
        return  # this architecture or library has no such call

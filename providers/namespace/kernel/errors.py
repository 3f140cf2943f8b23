"""Readable errors for refused system calls."""

import errno
import os
from typing import NoReturn

_MEANINGS = {
    errno.EBUSY: "it is in use",
    errno.EINVAL: "the kernel does not support this here",
    errno.ENODEV: "the kernel lacks this file system",
    errno.ENOSPC: "a limit of the machine is reached (space, or /proc/sys/user/max_*_namespaces)",
    errno.ENOSYS: "the kernel is too old for this call",
    errno.EPERM: "this needs root and the matching capabilities",
}


class SandboxError(Exception):
    """Something refused while a sandbox was made or entered: what, and why. Wrapped before it reaches the user."""

    def __init__(self, message: str, *, number: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.number = number
        """The errno, where a system call failed."""


def explain(number: int, what: str) -> SandboxError:
    """An error for the failed action ``what`` (``mount proc on /proc``)."""
    meaning = _MEANINGS.get(number)
    reason = os.strerror(number) + (f": {meaning}" if meaning else "")
    return SandboxError(f"can't {what}: {reason}", number=number)


def fail(error: OSError, what: str) -> NoReturn:
    """Raise ``error`` again in readable form."""
    raise explain(error.errno or 0, what) from error

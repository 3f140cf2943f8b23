"""Entering a container that runs."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import hide_memory, mount, setns, unshare
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import Process

_ALL: Final = k.CLONE_NEWNS | k.CLONE_NEWUTS | k.CLONE_NEWIPC | k.CLONE_NEWNET | k.CLONE_NEWPID | k.CLONE_NEWCGROUP


def enter(process: Process, *, writable: bool = False) -> None:
    """Enter all namespaces of ``process``; children of this process are then in its pid namespace.

    ``writable``: instead of its mounts, enter a copy of them in which the root file system can be written even where it
    is read-only for everybody inside. Raises ``SandboxError`` where it has ended.
    """
    pidfd = _open(process)
    userns = _own_user_namespace(process)
    hide_memory()  # nobody inside may look at this process before it has become a program of theirs
    setns(pidfd, _ALL)
    if writable:
        unshare(k.CLONE_NEWNS)
        mount("none", "/", "", k.MS_BIND | k.MS_REMOUNT | k.MS_NODEV)
    os.chdir("/")
    if userns is not None:  # last: the mounts belong to the host's user namespace
        setns(userns, k.CLONE_NEWUSER)
        hide_memory()
        os.close(userns)
    os.close(pidfd)


def enter_network(process: Process) -> None:
    """Enter the network namespace alone."""
    pidfd = _open(process)
    setns(pidfd, k.CLONE_NEWNET)
    os.close(pidfd)


def _open(process: Process) -> int:
    pidfd = process.open()
    if pidfd is None:
        raise SandboxError("the container is not running")
    return pidfd


def _own_user_namespace(process: Process) -> int | None:
    """The user namespace of ``process``; None where it is this process's own."""
    with suppress(FileNotFoundError):
        fd = os.open(f"/proc/{process.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        if not os.path.samestat(os.fstat(fd), Path("/proc/self/ns/user").stat()):
            return fd
        os.close(fd)
    return None

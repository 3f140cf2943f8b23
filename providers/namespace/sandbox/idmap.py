"""User namespaces: the id map of a container."""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import capabilities
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import check, hide_memory, libc, set_thread_groups
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

SIZE: Final = 65536
FIRST: Final = 1 << 30
"""The lowest id of the host that an id inside may become: far above what people and services use. The 2^30 ids from there on are dealt out in ranges
(``id_ranges``)."""
_STACK: Final = 16384

NOBODY: Final = 0xFFFFFFFD
"""A user and group of the host that owns nothing, in no range of a container and not the one that NFS calls nobody."""


def wanted(spec: SandboxSpec) -> bool:
    """Capabilities beyond the usual ones reach into namespaces that belong to the host's root: an id map voids them."""
    if spec.user_namespace is not None:
        return spec.user_namespace
    return not spec.privileged and capabilities.DEFAULT.issuperset(spec.capabilities)


def create(first: int) -> int:
    """A user namespace in which the id 0 is the host's ``first``, as a file descriptor. It is owned by that id too: what is counted for its owner is
    counted for nobody else. Raises ``SandboxError``.

    It is born with a process, which shares this one's memory, since a fork would copy pages, and ends at once: nobody needs more of it than what the
    kernel keeps until it is waited for."""
    stack = ctypes.create_string_buffer(_STACK)
    pid = _born(first, stack)
    try:
        _write_map(pid, first)
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        fail(error, "map the ids of a user namespace")
    finally:
        os.waitpid(pid, 0)
        del stack  # not sooner


def _born(first: int, stack: "ctypes.Array[ctypes.c_char]") -> int:
    top, function = ctypes.addressof(stack) + _STACK - 64, ctypes.cast(libc.getpid, ctypes.c_void_p)
    flags = k.CLONE_NEWUSER | k.CLONE_VM | signal.SIGCHLD
    try:
        os.seteuid(first)
    except OSError as error:
        fail(error, f"act as the user {first}")
    try:
        what = "make a user namespace (see /proc/sys/user/max_user_namespaces)"
        return check(libc.clone(function, ctypes.c_void_p(top), flags, None), what)
    finally:
        os.seteuid(0)
        hide_memory()


def _write_map(pid: int, first: int) -> None:
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{pid}/{name}").write_text(f"0 {first} {SIZE}")


def first_of(pid: int) -> int:
    """The host's id that the id 0 is for the process. Raises ``OSError`` where there is none."""
    return int(Path(f"/proc/{pid}/uid_map").read_text().split()[1])


@contextmanager
def acting_as(host_id: int) -> Iterator[None]:
    """Make files that belong to ``host_id``: what lies on an id-mapped mount can't belong to the host's root."""
    _become(host_id)
    capabilities.wake()
    try:
        yield
    finally:
        _become(0)


@contextmanager
def acting_as_nobody() -> Iterator[None]:
    """Reach only the files that everybody on the host may reach. Only the calling thread changes; it loses its groups for good.

    Raises ``SandboxError``."""
    set_thread_groups(())
    _become(NOBODY)
    capabilities.rest(capabilities.FILES)
    try:
        if libc.setfsuid(NOBODY) & 0xFFFFFFFF != NOBODY:
            raise SandboxError("can't act as a user without rights: virtwright runs in a user namespace itself")
        yield
    finally:
        _become(0)
        capabilities.wake()


def _become(host_id: int) -> None:
    libc.setfsgid(host_id)
    libc.setfsuid(host_id)
    hide_memory()

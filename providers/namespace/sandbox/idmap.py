"""User namespaces: the id map of a container."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import capabilities
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import libc, unshare
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

SIZE: Final = 65536
FIRST: Final = 1 << 30
"""The host's id that the id 0 inside becomes: far above what people and services use. One range serves all containers
of the machine (as with other engines); each has a user namespace of its own."""


def wanted(spec: SandboxSpec) -> bool:
    """Capabilities beyond the usual ones reach into namespaces that belong to the host's root: an id map voids them."""
    if spec.user_namespace is not None:
        return spec.user_namespace
    return not spec.privileged and capabilities.DEFAULT.issuperset(spec.capabilities)


def create() -> int:
    """A user namespace with the map of all containers, as a file descriptor; id-mapped mounts are made by it."""
    ready, tell = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _hold_open(tell)
    os.close(tell)
    try:
        if os.read(ready, 1) != b"1":
            raise SandboxError("can't make a user namespace (see /proc/sys/user/max_user_namespaces)")
        write_map(pid)
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        fail(error, "open a user namespace")
    finally:
        os.close(ready)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def write_map(pid: int) -> None:
    """Give the new user namespace of process ``pid`` its map. Raises ``SandboxError``."""
    try:
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{name}").write_text(f"0 {FIRST} {SIZE}")
    except OSError as error:
        fail(error, "map the ids of a user namespace")


def _hold_open(tell: int) -> None:
    """In a fork: keep a new namespace alive until killed."""
    try:
        unshare(k.CLONE_NEWUSER)
        os.write(tell, b"1")
        while True:
            signal.pause()
    finally:
        os._exit(1)


@contextmanager
def acting_as(host_id: int) -> Iterator[None]:
    """Make files that belong to ``host_id``: what lies on an id-mapped mount can't belong to the host's root."""
    libc.setfsgid(host_id)
    libc.setfsuid(host_id)
    capabilities.wake()
    try:
        yield
    finally:
        libc.setfsuid(0)
        libc.setfsgid(0)

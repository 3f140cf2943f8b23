"""User namespaces: the id map of a container."""

import os
import signal
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel import capabilities
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import libc, unshare
from virtwright.providers.namespace.kernel.errors import SandboxError, fail

SIZE: Final = 65536
_FIRST: Final = 1 << 30
_RANGES: Final = 8192


def base(id: str) -> int:
    """The host id that the container's id 0 becomes: the first of ``SIZE``, out of ranges from 2^30 to below 2^31.

    Chosen by hash, so that no table is needed; should two containers ever share a range, each still has namespaces of
    its own."""
    return _FIRST + zlib.crc32(id.encode()) % _RANGES * SIZE


def create(first: int) -> int:
    """A new user namespace whose ids from 0 are the host's from ``first``, as a file descriptor."""
    ready, tell = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _hold_open(tell)
    os.close(tell)
    try:
        if os.read(ready, 1) != b"1":
            raise SandboxError("can't make a user namespace (see /proc/sys/user/max_user_namespaces)")
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{name}").write_text(f"0 {first} {SIZE}")
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        fail(error, "map the ids of a user namespace")
    finally:
        os.close(ready)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


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

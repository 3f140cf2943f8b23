"""Network namespaces that last: each is held by a bind mount of its file, so that it needs no process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.kernel import calls, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.errors import SandboxError

OWN: Final = Path("/proc/thread-self/ns/net")
_SYSCTLS: Final = {
    "net/ipv4/ip_unprivileged_port_start": "0",
    "net/ipv4/ping_group_range": "0 2147483647",
    "net/ipv4/conf/all/arp_notify": "1",
    "net/ipv6/conf/all/ndisc_notify": "1",
    "net/ipv6/conf/all/accept_ra": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """The namespace as a file descriptor."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise HostError(f"could not open the network namespace {path}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def inside(descriptor: int) -> Iterator[None]:
    """Move the calling thread into a network namespace, and back at the end."""
    with opened(OWN) as home:
        try:
            calls.setns(descriptor, k.CLONE_NEWNET)
        except SandboxError as error:
            raise HostError(error.message) from error
        try:
            yield
        finally:
            calls.setns(home, k.CLONE_NEWNET)


def exists(path: Path) -> bool:
    """Whether a network namespace is held there."""
    try:
        return path.stat().st_dev == OWN.stat().st_dev
    except FileNotFoundError:
        return False


def make(path: Path) -> bool:
    """Make a namespace with its loopback up, held at ``path``; False where one is there already.

    Raises ``HostError``.
    """
    if exists(path):
        return False
    path.touch(mode=0o600)
    with opened(OWN) as home:
        try:
            calls.unshare(k.CLONE_NEWNET)
            try:
                calls.mount(str(OWN), str(path), "", k.MS_BIND)
                loopback.bring_up()
                for name, value in _SYSCTLS.items():
                    write_sysctl(name, value)
            finally:
                calls.setns(home, k.CLONE_NEWNET)
        except (SandboxError, HostError) as error:
            remove(path)
            raise HostError(f"could not make a network namespace: {error}") from error
    return True


def remove(path: Path) -> None:
    """Let go of the namespace; it ends with its last process. Fine where there is none. Raises ``HostError``."""
    try:
        while exists(path):
            calls.umount(str(path), k.MNT_DETACH)
        path.unlink(missing_ok=True)
    except SandboxError as error:
        raise HostError(error.message) from error
    except OSError as error:
        raise HostError(f"could not remove the network namespace {path}: {error.strerror}") from error


def write_sysctl(name: str, value: str) -> None:
    """Set a kernel parameter of the calling thread's namespace, where the kernel has it. Raises ``HostError``."""
    path = Path("/proc/sys") / name
    try:
        path.write_text(value)
    except FileNotFoundError:
        return
    except OSError as error:
        raise HostError(f"could not set {name.replace('/', '.')} to {value}: {error.strerror}") from error


def read_sysctl(name: str) -> str | None:
    """None where the kernel has no such parameter."""
    try:
        return (Path("/proc/sys") / name).read_text().strip()
    except FileNotFoundError:
        return None

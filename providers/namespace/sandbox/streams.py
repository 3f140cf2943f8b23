"""Standard streams for a program that is run inside from outside: pipes or a terminal of the container's own, whose other ends
go to whoever relays. Nothing that the operator holds is ever handed in."""

import fcntl
import os
import stat
import struct
import termios
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.kernel.errors import SandboxError

_NULL: Final = ("/dev/null", os.makedev(1, 3))
_MULTIPLEXER: Final = ("/dev/pts/ptmx", os.makedev(5, 2))
"""Devices and their numbers; see the kernel's admin-guide/devices.txt."""
_TIOCSPTLCK: Final = 0x40045431
_TIOCGPTPEER: Final = 0x5441
"""Unlock a terminal; open its other end without a path, which could lead elsewhere. See ioctl_tty(2)."""


@dataclass(frozen=True, slots=True)
class Streams:
    """File descriptors."""

    inner: tuple[int, int, int]
    """Standard input, output and error of the program."""
    outer: tuple[int, ...]
    """The relay's ends: of a terminal one, else of standard output, of standard error, and of standard input where it is passed on."""
    controlling: bool
    """``inner`` is to be the controlling terminal of the program's session."""

    def install(self) -> None:
        """Make them the standard streams of this process, which leads its session."""
        for target, fd in enumerate(self.inner):
            os.dup2(fd, target)
        if self.controlling:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def pipes(uid: int, gid: int, *, interactive: bool) -> Streams:
    """Pipes that belong to the user, who may so open /dev/stdout anew."""
    pairs = [os.pipe2(os.O_CLOEXEC) for _ in range(3 if interactive else 2)]
    for read, _ in pairs:
        os.fchown(read, uid, gid)  # a pipe has one owner for both of its ends
    (out, out_write), (err, err_write), *typed = pairs
    if not typed:
        return Streams((null(), out_write, err_write), (out, err), controlling=False)
    return Streams((typed[0][0], out_write, err_write), (out, err, typed[0][1]), controlling=False)


def terminal(uid: int, rows: int, columns: int) -> Streams:
    """A terminal of the container's own, as large as that."""
    master = _open(*_MULTIPLEXER)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    slave = fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    os.fchown(slave, uid, -1)
    return Streams((slave, slave, slave), (master,), controlling=True)


def null() -> int:
    """/dev/null inside. Raises ``SandboxError``."""
    return _open(*_NULL)


def _open(path: str, device: int) -> int:
    """A device inside, where root may have put something else in its place: a pipe that would hang, say."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SandboxError(f"can't open {path} inside: {error.strerror}", number=error.errno) from error
    facts = os.fstat(fd)
    if stat.S_ISCHR(facts.st_mode) and facts.st_rdev == device:
        return fd
    os.close(fd)
    raise SandboxError(f"{path} inside is no longer the device of that name")

"""A file system in a file: how a volume's size limit is made to hold."""

import errno
import fcntl
import os
import struct
import time
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.process import operand, run
from virtwright.providers.namespace.files import reported
from virtwright.providers.namespace.kernel import loop_devices
from virtwright.providers.namespace.mounts import holders, mounts_below, unmount
from virtwright.schemas.quantities import format_size

DISK: Final = "disk.ext4"
DATA: Final = "data"
SMALLEST: Final = 4 * 1024**2
"""Bytes; ext4 with a journal needs about this much."""
_BLOCK: Final = 4096
_ROUNDING: Final = 8 * 1024**2
"""ext4 leaves out a last block group that is too small to be of use."""
_SUPERBLOCK: Final = 1024
_OPTIONS: Final = "loop,nodev,noinit_itable"
"""The file is all zeros where nothing was written: the kernel's own zeroing of inode tables, seconds after the mount, would
only punch holes into a file whose space was taken in advance."""
_LET_GO: Final = 2.0
"""Seconds."""
_MAGIC: Final = 0xEF53
_LOOP_SET_CAPACITY: Final = 0x4C07  # from linux/loop.h


def make(disk: Path, size: int, *, full: bool) -> None:
    """Make the file, ``size`` bytes large, with an empty ext4 in it. ``full`` takes all the space at once.

    Raises ``HostError``; then there is no file.
    """
    try:
        with disk.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            _resize_file(file.fileno(), size, full=full)
        options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0"
        run(
            ["mkfs.ext4", "-q", "-F", "-b", str(_BLOCK), "-m", "0", "-E", options, operand(str(disk))],
            timeout=600,
            package="e2fsprogs",
        )
        if full:
            _take_all(disk, size)
    except OSError as error:
        disk.unlink(missing_ok=True)
        raise HostError(f"could not make {disk}: {error.strerror}") from error
    except HostError:
        disk.unlink(missing_ok=True)
        raise


def mount(disk: Path, target: Path) -> None:
    """Mount the file at ``target``, once. Raises ``HostError``."""
    if is_mounted(target):
        return
    target.mkdir(mode=0o755, exist_ok=True)
    run(["mount", "-t", "ext4", "-o", _OPTIONS, operand(str(disk)), operand(str(target))], package="mount")


def is_mounted(target: Path) -> bool:
    return target in mounts_below(target)


def detach(disk: Path, target: Path) -> None:
    """Unmount, and see that nobody else holds the file system. Raises ``HostError`` where somebody does."""
    while is_mounted(target):
        unmount(target)
    deadline = time.monotonic() + _LET_GO
    while (device := loop_device(disk)) and time.monotonic() < deadline:
        time.sleep(0.02)  # the kernel lets go of the device a moment after the file system
    if device:
        others = holders(device)
        mount(disk, target)
        by = f", mounted by process {', '.join(others)}" if others else ""
        raise HostError(
            f"{disk} is still in use on {device}{by}",
            hint="stop the containers and machines that use the volume, and programs that made a mount namespace of "
            "their own while it was mounted, then apply again",
        )


def release(target: Path) -> None:
    """Let go of what machines made loop devices of and left behind."""
    if is_mounted(target):
        loop_devices.release({target.stat().st_dev})


def loop_device(disk: Path) -> str | None:
    """The device that shows the file, such as ``/dev/loop0``."""
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().rstrip("\n") == str(disk):
                return f"/dev/{backing.parent.parent.name}"
        except OSError:
            continue
    return None


def grow(disk: Path, target: Path, size: int, *, full: bool) -> None:
    """Make the file system larger: while it is in use, or unmounted for a moment where the kernel refuses that.

    Safe to repeat after an interruption. Raises ``HostError``.
    """
    try:
        descriptor = os.open(disk, os.O_RDWR | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_size < size or full:
                _resize_file(descriptor, size, full=full)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(f"could not make {disk} {format_size(size)} large: {error.strerror}") from error
    if not (is_mounted(target) and _grow_mounted(disk)):
        _detach_to_grow(disk, target)
        run(["e2fsck", "-f", "-p", operand(str(disk))], timeout=600, check=False, package="e2fsprogs")
        run(["resize2fs", operand(str(disk))], timeout=600, package="e2fsprogs")
        mount(disk, target)
    if full:
        with reported(f"take all the space of {disk}"):
            _take_all(disk, size)


def _detach_to_grow(disk: Path, target: Path) -> None:
    try:
        detach(disk, target)
    except HostError as error:
        raise HostError(
            f"it could not grow while it is in use (the kernel wants CAP_SYS_RESOURCE for that), and {error.message}",
            hint=error.hint,
        ) from error


def _grow_mounted(disk: Path) -> bool:
    """False where this is not allowed: the kernel wants CAP_SYS_RESOURCE for it."""
    device = loop_device(disk)
    if device is None:
        return False
    descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _LOOP_SET_CAPACITY, 0)
    finally:
        os.close(descriptor)
    done = run(["resize2fs", device], timeout=600, check=False, package="e2fsprogs")
    if done.status == 0:
        os.sync()
    return done.status == 0


def trim(target: Path) -> None:
    """Give back to the host what the file system does not use."""
    run(["fstrim", operand(str(target))], timeout=600, package="util-linux")


def holds_ext4(disk: Path) -> bool:
    block = _superblock(disk)
    return len(block) == 1024 and struct.unpack_from("<H", block, 0x38)[0] == _MAGIC


def size_of(disk: Path, wanted: int) -> int:
    """Bytes that the file system spans: exactly ``wanted`` where it is that large but for rounding."""
    block = _superblock(disk)
    blocks = struct.unpack_from("<I", block, 4)[0] | (struct.unpack_from("<I", block, 0x150)[0] << 32)
    spans = int(blocks) * (1024 << int(struct.unpack_from("<I", block, 0x18)[0]))
    return wanted if 0 <= wanted - spans < _ROUNDING and disk.stat().st_size == wanted else spans


def _superblock(disk: Path) -> bytes:
    """As ext4(5) and the kernel's documentation of its disk layout have it."""
    try:
        with disk.open("rb") as file:
            file.seek(_SUPERBLOCK)
            return file.read(1024)
    except OSError as error:
        raise HostError(f"could not read {disk}: {error.strerror}") from error


def _take_all(disk: Path, size: int) -> None:
    """Once more: what makes or grows a file system zeroes parts of it by giving them back. Raises ``OSError``."""
    descriptor = os.open(disk, os.O_RDWR | os.O_CLOEXEC)
    try:
        _resize_file(descriptor, max(size, os.fstat(descriptor).st_size), full=True)
    finally:
        os.close(descriptor)


def _resize_file(descriptor: int, size: int, *, full: bool) -> None:
    os.ftruncate(descriptor, size)
    if full:
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise

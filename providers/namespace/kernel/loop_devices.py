"""Block devices made of files, loop(4). They belong to the whole machine, whoever made them, and outlive their maker."""

import fcntl
import os
import struct
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOOP_CLR_FD: Final = 0x4C01
_LOOP_GET_STATUS64: Final = 0x4C05
_STATUS_SIZE: Final = 232
"""Of struct loop_info64 (linux/loop.h), which begins with the number of the device that the file lies on."""


def release(devices: Collection[int]) -> None:
    """Let go of the files that lie on one of ``devices`` (``st_dev``); a device that is still mounted follows when it
    is unmounted."""
    for entry in Path("/sys/block").glob("loop*/loop") if devices else ():
        with suppress(OSError):  # it may be let go of at any moment
            fd = os.open(f"/dev/{entry.parent.name}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _file_system(fd) in devices:
                    fcntl.ioctl(fd, _LOOP_CLR_FD)
            finally:
                os.close(fd)


def _file_system(fd: int) -> int:
    status = fcntl.ioctl(fd, _LOOP_GET_STATUS64, bytes(_STATUS_SIZE))
    return int(struct.unpack_from("Q", status)[0])

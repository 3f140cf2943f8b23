"""The lock of a container: held while a shim lives, so that a container has no second one."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox import status

LOCK: Final = "lock"
_LAST_MOMENTS: Final = 5.0
"""Seconds within which a shim that has told of its end has ended."""
_PAUSE: Final = 0.002


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """The lock as a file descriptor: whoever gets a copy of it holds the lock for as long as it lives.

    An earlier shim may be about to end: it is waited for. Raises ``HostError`` where the container runs."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, folder)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    end = time.monotonic() + _LAST_MOMENTS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if status.read(folder).alive or time.monotonic() > end:
                raise HostError(f"could not start the container in {folder}: it is running already") from error
            time.sleep(_PAUSE)

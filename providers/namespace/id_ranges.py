"""Which ids of the host a container has: a range that no other container of the machine has while it lives."""

import fcntl
import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.paths import VOLATILE
from virtwright.providers.namespace.sandbox.idmap import FIRST, SIZE

_RANGES: Final = 16382
"""From ``FIRST`` on; what systemd keeps for file systems of other machines, and what does not fit into 31 bits, lies beyond."""
_LOCK: Final = struct.Struct("hhqqi")
"""As ``struct flock``."""


@contextmanager
def claimed() -> Iterator[tuple[int, int]]:
    """The first id of a free range, and the claim to it as a file descriptor: the range is taken for as long as anybody has that open.

    The first range of all is left alone: containers of earlier versions share it. Raises ``HostError`` where none is free."""
    claim = _opened()
    try:
        start = random.randrange(_RANGES)
        for number in range(1, _RANGES):
            if _take(claim, chosen := 1 + (start + number) % (_RANGES - 1)):
                break
        else:
            raise HostError("every range of ids for containers is taken on this machine")
        yield FIRST + chosen * SIZE, claim
    finally:
        os.close(claim)


def _opened() -> int:
    try:
        VOLATILE.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(VOLATILE / "ids", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HostError(f"could not open {VOLATILE / 'ids'}: {error.strerror}") from error


def _take(claim: int, number: int) -> bool:
    """Lock one byte of the file, for the open file and not for this process (fcntl(2), "Open file description locks")."""
    try:
        fcntl.fcntl(claim, fcntl.F_OFD_SETLK, _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0))
    except BlockingIOError:
        return False
    return True

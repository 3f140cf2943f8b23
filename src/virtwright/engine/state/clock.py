"""The clock of leases: one that nobody can set, so that a wall clock set back or forward changes nothing."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from virtwright.lazy_dataclasses import dataclass

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Instant:
    """Seconds since the beginning of an epoch. Times of different epochs can't be compared."""

    epoch: str
    seconds: float


Clock = Callable[[], Instant]


@cache
def boot_id() -> str:
    """Changes with every start of the machine; empty where the system has none."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def boot_clock() -> Instant:
    """Seconds since the machine started, sleep included (``CLOCK_BOOTTIME``). The epoch is the kernel's boot id."""
    epoch = boot_id()
    return Instant(epoch, time.clock_gettime(time.CLOCK_BOOTTIME) if epoch else time.monotonic())

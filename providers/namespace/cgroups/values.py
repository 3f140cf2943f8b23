"""Limits as the lines that are written to a group's files. Pure."""

from collections.abc import Iterator
from typing import Final

from virtwright.providers.namespace.sandbox.spec import Limits

PERIOD: Final = 100_000
"""Microseconds over which the share of CPU time is measured."""
_LEAST_QUOTA: Final = 1000
USUAL_WEIGHT: Final = 100


def v1(controller: str, limits: Limits) -> Iterator[tuple[str, str]]:
    """(file, value) for one v1 controller, in the order of writing."""
    if controller == "cpu":
        yield "cpu.cfs_period_us", str(PERIOD)
        yield "cpu.cfs_quota_us", str(quota(limits.cpus)) if limits.cpus else "-1"
        yield "cpu.shares", str(limits.cpu_shares or 1024)
    elif controller == "memory":
        yield "memory.limit_in_bytes", str(limits.memory or -1)
        yield "memory.memsw.limit_in_bytes", str(limits.memory or -1)
    elif controller == "pids":
        yield "pids.max", str(limits.pids or "max")


def v2(controller: str, limits: Limits) -> Iterator[tuple[str, str]]:
    """(file, value) for one v2 controller, in the order of writing."""
    if controller == "cpu":
        yield "cpu.max", f"{quota(limits.cpus) if limits.cpus else 'max'} {PERIOD}"
        yield "cpu.weight", str(weight(limits.cpu_shares) if limits.cpu_shares else USUAL_WEIGHT)
    elif controller == "memory":
        yield "memory.max", str(limits.memory or "max")
        yield "memory.swap.max", "0" if limits.memory else "max"
    elif controller == "pids":
        yield "pids.max", str(limits.pids or "max")


def weight(shares: int) -> int:
    """v1 shares (2 to 262144) as a v2 weight (1 to 10000), by the formula that OCI runtimes use."""
    return 1 + (max(2, min(shares, 262_144)) - 2) * 9999 // 262_142


def shares(cpu_weight: int) -> int:
    """About the v1 shares that ``weight`` makes ``cpu_weight`` of."""
    return 2 + (max(1, cpu_weight) - 1) * 262_142 // 9999


def quota(cpus: float) -> int:
    """Microseconds in each ``PERIOD``."""
    return max(_LEAST_QUOTA, round(cpus * PERIOD))


def field(text: str, name: str) -> int:
    """A number from a file of ``name number`` lines, such as ``memory.events``; 0 where there is none."""
    for line in text.split("\n"):
        key, _, value = line.partition(" ")
        if key == name and value.isascii() and value.isdigit():
            return int(value)
    return 0

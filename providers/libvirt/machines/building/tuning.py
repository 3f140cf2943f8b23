"""Shares and limits."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.shares import to_host
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import MachineResources

PERIOD: Final = 100_000
"""Microseconds over which a limit of CPU time is kept."""


def tuning_elements(resources: MachineResources, *, unified: bool = False) -> Iterator[Element]:
    if resources.io_weight is not None:
        yield element("blkiotune", element("weight", str(resources.io_weight)))
    if resources.memory_limit is not None:
        yield element("memtune", element("hard_limit", str(resources.memory_limit // 1024), unit="KiB"))
    if resources.cpu_shares is not None or resources.cpu_limit is not None:
        yield element("cputune", *_cpu(resources, unified=unified))


def _cpu(resources: MachineResources, *, unified: bool) -> Iterator[Element]:
    if resources.cpu_shares is not None:
        yield element("shares", str(to_host(resources.cpu_shares, unified=unified)))
    if resources.cpu_limit is not None:
        yield element("global_period", str(PERIOD))
        yield element("global_quota", str(quota(resources.cpu_limit)))


def quota(cpus: float) -> int:
    """Microseconds of CPU time in each period."""
    return max(1000, round(cpus * PERIOD))

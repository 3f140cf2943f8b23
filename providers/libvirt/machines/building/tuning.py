"""Shares and limits."""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.shares import to_host
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import MachineResources, VirtualMachine

PERIOD: Final = 100_000
"""Microseconds over which a limit of CPU time is kept."""


def tuning_elements(resources: MachineResources, cpu: Iterable[Element]) -> Iterator[Element]:
    """``cpu``: what there is to say of CPU time."""
    if resources.io_weight is not None:
        yield element("blkiotune", element("weight", str(resources.io_weight)))
    if resources.memory_limit is not None:
        yield element("memtune", element("hard_limit", str(resources.memory_limit // 1024), unit="KiB"))
    if told := [*cpu]:
        yield element("cputune", *told)


def shares(resources: MachineResources, *, unified: bool) -> Iterator[Element]:
    if resources.cpu_shares is not None:
        yield element("shares", str(to_host(resources.cpu_shares, unified=unified)))


def limit(resources: MachineResources) -> Iterator[Element]:
    """Of all threads of a hypervisor together."""
    if resources.cpu_limit is not None:
        yield element("global_period", str(PERIOD))
        yield element("global_quota", str(quota(resources.cpu_limit)))


def share_of_time(inputs: VirtualMachine) -> float:
    """What a machine without processors of its own may use, in CPUs."""
    most = inputs.resources.cpu_limit
    return inputs.cpus if most is None else min(inputs.cpus, most)


def quota(cpus: float) -> int:
    """Microseconds of CPU time in each period."""
    return max(1000, round(cpus * PERIOD))

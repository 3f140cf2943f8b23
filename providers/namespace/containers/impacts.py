"""What each change of a container or machine costs here. What is not named means a new one."""

from typing import Final

from virtwright.providers.diff import Diff, Impact, compare
from virtwright.schemas.container import Container
from virtwright.schemas.machine import VirtualMachine

CONTAINER: Final = {
    "resources": Impact.LIVE,
    "restart": Impact.LIVE,
    "networks": Impact.LIVE,
    "ports": Impact.LIVE,
    "files": Impact.REBOOT,
    "healthcheck": Impact.LIVE,
    "stop_signal": Impact.LIVE,
    "stop_timeout": Impact.LIVE,
    "labels": Impact.LIVE,
    "description": Impact.LIVE,
    "wait_for": Impact.LIVE,
    "docker": Impact.NONE,
}
MACHINE: Final = {
    "cpus": Impact.LIVE,
    "memory": Impact.LIVE,
    "max_cpus": Impact.LIVE,
    "max_memory": Impact.LIVE,
    "resources": Impact.LIVE,
    "networks": Impact.LIVE,
    "ports": Impact.LIVE,
    "power": Impact.LIVE,
    "shutdown_timeout": Impact.LIVE,
    "labels": Impact.LIVE,
    "description": Impact.LIVE,
    "wait_for": Impact.LIVE,
    "disks": Impact.REBOOT,
    "namespace": Impact.REBOOT,
    "libvirt": Impact.NONE,
}
_ADDRESSES: Final = frozenset({"address", "addresses"})


def container_diff(prior: Container, goal: Container) -> Diff:
    return _diff(compare(prior, goal, CONTAINER, delete_before_create=True))


def machine_diff(prior: VirtualMachine, goal: VirtualMachine) -> Diff:
    return _diff(compare(prior, goal, MACHINE, delete_before_create=True))


def _diff(found: Diff) -> Diff:
    """The name on the host, addresses and ports are taken until the old one is gone."""
    joins = any(change.path[:1] == ("networks",) for change in found.changes)
    power = any(change.path[:1] == ("power",) for change in found.changes)
    unsettled = (_ADDRESSES if joins else frozenset()) | (frozenset({"state"}) if power else frozenset())
    return Diff(found.changes, found.delete_before_create, unsettled)

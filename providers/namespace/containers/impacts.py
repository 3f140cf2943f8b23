"""What each change of a container or machine costs here. What is not named means a new one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.namespace import layer_disk
from virtwright.schemas.container import Container
from virtwright.schemas.values import Value

if TYPE_CHECKING:
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
_BLOCK: Final = "namespace"
_LIMIT: Final = "disk_limit"
_ADDRESSES: Final = frozenset({"address", "addresses"})


def container_diff(prior: Container, goal: Container) -> Diff:
    return _diff(compare(prior, goal, CONTAINER, delete_before_create=True))


def machine_diff(prior: "VirtualMachine", goal: "VirtualMachine") -> Diff:
    return _diff(compare(prior, goal, MACHINE, delete_before_create=True))


def _honest(change: Change) -> Change:
    """A layer can get more room. One that gets less, or a limit that comes or goes, means a new layer."""
    if change.path == (_BLOCK, _LIMIT):
        prior, goal = change.prior, change.goal
        grows = isinstance(prior, int) and isinstance(goal, int) and goal > prior
        return replace(change, impact=layer_disk.growth() if grows else Impact.RECREATE)
    if change.path == (_BLOCK,) and _limit(change.prior) != _limit(change.goal):
        return replace(change, impact=Impact.RECREATE)
    return change


def _limit(block: Value) -> Value:
    return block.get(_LIMIT) if isinstance(block, Mapping) else None


def _diff(found: Diff) -> Diff:
    """The name on the host, addresses and ports are taken until the old one is gone."""
    joins = any(change.path[:1] == ("networks",) for change in found.changes)
    power = any(change.path[:1] == ("power",) for change in found.changes)
    unsettled = (_ADDRESSES if joins else frozenset()) | (frozenset({"state"}) if power else frozenset())
    return Diff(tuple(map(_honest, found.changes)), found.delete_before_create, unsettled)

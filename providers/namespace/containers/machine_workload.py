"""Machines: system containers with an init, which can be stopped and paused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from virtwright.providers.diff import Change, Impact
from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.cgroups.reading import read_limits
from virtwright.providers.namespace.containers.boot import typed
from virtwright.providers.namespace.containers.machine_spec import machine_limits, machine_spec
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.containers.workload import Power, Workload
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import Properties


class MachineWorkload(Workload[VirtualMachine]):
    """The traits of the kind VirtualMachine."""

    kind = "VirtualMachine"

    def parse(self, properties: Properties) -> VirtualMachine:
        return VirtualMachine.model_validate(properties)

    def spec(self, inputs: VirtualMachine, setting: Setting) -> SandboxSpec:
        return machine_spec(inputs, setting)

    def volumes(self, inputs: VirtualMachine) -> Sequence[str]:
        return [disk.volume for disk in inputs.disks if disk.volume is not None]

    def hostname(self, inputs: VirtualMachine) -> str | None:
        return typed(inputs.cloud_init).hostname

    def power(self, inputs: VirtualMachine) -> Power:
        return inputs.power

    def observed(
        self, inputs: VirtualMachine, folder: Path, status: Status, group: Group, frozen: bool
    ) -> tuple[VirtualMachine, Sequence[Change]]:
        changes: dict[str, Any] = {}
        if (power := ("running" if status.alive and not frozen else power_of(status, frozen))) != inputs.power:
            changes["power"] = power
        if status.alive:
            changes |= _limits_that_differ(inputs, group)
        return inputs.model_copy(update=changes) if changes else inputs, ()

    def drift(self, inputs: VirtualMachine, status: Status, frozen: bool) -> Sequence[Change]:
        if status.state == "restarting":
            return (Change(("state",), "restarting", "running", Impact.LIVE),)
        return ()

    def finished(self, inputs: VirtualMachine, status: Status) -> bool:
        return False


def power_of(status: Status, frozen: bool) -> Power:
    """What a machine is doing, in the terms of its inputs."""
    if not status.alive:
        return "stopped"
    return "paused" if frozen or status.state == "paused" else "running"


def _limits_that_differ(inputs: VirtualMachine, group: Group) -> dict[str, Any]:
    wanted = machine_limits(inputs)
    found = read_limits(group, wanted)
    resources: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name in ("pids", "cpu_shares"):
        if getattr(found, name) != getattr(wanted, name):
            resources[name] = getattr(found, name)
    if found.cpus != wanted.cpus:
        resources["cpu_limit"] = found.cpus
    if found.memory != wanted.memory and inputs.resources.memory_limit is None:
        changes["memory"] = found.memory
    elif found.memory != wanted.memory:
        resources["memory_limit"] = found.memory
    if resources:
        changes["resources"] = inputs.resources.model_copy(update=resources)
    return changes

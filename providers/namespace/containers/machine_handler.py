"""The handler of the kind VirtualMachine: system containers."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from virtwright.errors import Problem
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.namespace.containers import hidden_paths
from virtwright.providers.namespace.containers.impacts import machine_diff
from virtwright.providers.namespace.containers.machine_check import check_machine
from virtwright.providers.namespace.containers.machine_workload import MachineWorkload, power_of
from virtwright.providers.namespace.containers.observation import Found, find_one, look
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs
from virtwright.schemas.values import Properties

if TYPE_CHECKING:
    from virtwright.providers.namespace.containers.lifecycle import Lifecycle, Start


class MachineHandler:
    """Machines of one root."""

    def __init__(self, root: Root, start: "Start") -> None:
        self._root = root
        self._workload = MachineWorkload()
        self._start = start

    @cached_property
    def _life(self) -> "Lifecycle[VirtualMachine]":
        from virtwright.providers.namespace.containers.lifecycle import Lifecycle

        return Lifecycle(self._root, self._workload, self._start)

    def check(self, inputs: VirtualMachine) -> VirtualMachine:
        return check_machine(inputs)

    def standing_warnings(self, inputs: Properties) -> Iterable[Problem]:
        return hidden_paths.warnings(inputs, "restarts the machine")

    def diff(self, prior: VirtualMachine, goal: VirtualMachine) -> Diff:
        return machine_diff(prior, goal)

    def create(self, stamp: Stamp, inputs: VirtualMachine, context: Context) -> VirtualMachineOutputs:
        record = self._life.create(stamp, inputs, context)
        return _outputs(find_one(self._root, self._workload, record))

    def update(
        self, id: str, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> VirtualMachineOutputs:
        record = self._life.update(id, stamp, goal, context)
        return _outputs(find_one(self._root, self._workload, record))

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)

    def stop(self, id: str, context: Context) -> None:
        self._life.stop(id, context)

    def observe(self, stack: str) -> Iterable[Observed[VirtualMachine, VirtualMachineOutputs]]:
        for found in look(self._root, self._workload, stack):
            yield found.observed(_outputs(found))


def _outputs(found: Found[VirtualMachine]) -> VirtualMachineOutputs:
    attached = found.attached
    return VirtualMachineOutputs(
        id=found.record.id,
        name=found.record.name,
        address=attached.address if attached else None,
        addresses=dict(attached.addresses) if attached else {},
        state=power_of(found.status, frozen=False),
    )

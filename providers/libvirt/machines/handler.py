"""The handler of the kind VirtualMachine on libvirt hosts."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from virtwright.errors import UnsupportedError
from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.addresses import look_up
from virtwright.providers.libvirt.machines.capabilities import Capabilities
from virtwright.providers.libvirt.machines.check import check_machine
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.host_check import is_settled, lacks
from virtwright.providers.libvirt.machines.impacts import machine_diff
from virtwright.providers.libvirt.machines.observation import observe, outputs_of
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.machines.shares import from_host
from virtwright.providers.moves import Journey, Passage
from virtwright.providers.refusal import known
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs

if TYPE_CHECKING:
    from virtwright.providers.libvirt.machines.definition import Definition
    from virtwright.providers.libvirt.machines.lifecycle import Lifecycle
    from virtwright.providers.libvirt.moving.machines import MachineMover


class MachineHandler:
    """Machines of one host."""

    linger: float = 3.0
    """libvirt goes on with a disk that it makes when who asked for it is gone."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._abilities = ABILITIES[connection.address.driver]
        self._capabilities = Capabilities(connection)
        self._switch = Switch(connection)

    @cached_property
    def _life(self) -> "Lifecycle":
        """Imported with the first machine that changes: a plan of many that do not gets by without."""
        from virtwright.providers.libvirt.machines.lifecycle import Lifecycle

        return Lifecycle(self._libvirt, self._capabilities)

    def check(self, inputs: VirtualMachine) -> VirtualMachine:
        return check_machine(inputs, self._libvirt.address.driver)

    def check_host(self, inputs: VirtualMachine) -> None:
        hosting = self._capabilities.hosting()
        problems = hosting.lacks(inputs)
        if not problems and is_settled(inputs):
            architecture, kind = hosting.settle(inputs)
            offer = self._capabilities.offer(architecture, kind, known(inputs.machine_type))
            problems = lacks(inputs, kind, offer) if offer is not None else []
        if problems:
            raise UnsupportedError.of(problems)

    def diff(self, prior: VirtualMachine, goal: VirtualMachine) -> Diff:
        return machine_diff(prior, goal, self._abilities)

    def create(self, stamp: Stamp, inputs: VirtualMachine, context: Context) -> VirtualMachineOutputs:
        return self._outputs(self._life.create(stamp, inputs, context), context)

    def update(
        self, id: str, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> VirtualMachineOutputs:
        return self._outputs(self._life.update(id, stamp, prior, goal, context), context)

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)

    def stop(self, id: str, context: Context) -> None:
        self._life.stop(id, context)

    def passage(self, journey: Journey, prior: VirtualMachine, goal: VirtualMachine) -> Passage | None:
        there = journey.there
        if not isinstance(there, MachineHandler) or there._libvirt.address.driver != self._libvirt.address.driver:
            return None
        if not self._abilities.carries:
            return None
        return self._mover(journey).passage(journey, goal)

    def move(
        self, journey: Journey, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> VirtualMachineOutputs:
        found = self._mover(journey).move(journey, stamp, prior, goal, context)
        return _peer(journey)._outputs(found, context)

    def arrived(self, journey: Journey, operation: str) -> bool:
        return self._mover(journey).arrived(journey.id)

    def end_move(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        self._mover(journey).end(journey, operation, context, arrived=arrived)

    def observe(self, stack: str) -> Iterator[Observed[VirtualMachine, VirtualMachineOutputs]]:
        return observe(self._libvirt, stack)

    def find(self, names: Collection[str] | None) -> Iterator[Found[VirtualMachine, VirtualMachineOutputs]]:
        from virtwright.providers.libvirt.machines.foreign.finding import find_machines

        return map(self._counted, find_machines(self._libvirt, names))

    def _counted(
        self, found: Found[VirtualMachine, VirtualMachineOutputs]
    ) -> Found[VirtualMachine, VirtualMachineOutputs]:
        """With shares as stacks count them."""
        resources = found.inputs.resources
        if resources.cpu_shares is None:
            return found
        shares = from_host(resources.cpu_shares, unified=self._capabilities.unified())
        counted = resources.model_copy(update={"cpu_shares": shares})
        return replace(found, inputs=found.inputs.model_copy(update={"resources": counted}))

    def _mover(self, journey: Journey) -> "MachineMover":
        from virtwright.providers.libvirt.moving.machines import MachineMover

        there = _peer(journey)
        return MachineMover(self._libvirt, there._libvirt, self._life, there._life)

    def _outputs(self, found: "Definition", context: Context) -> VirtualMachineOutputs:
        return outputs_of(found, self._switch.state(found.uuid, context), look_up(self._libvirt, [found]))


def _peer(journey: Journey) -> MachineHandler:
    """The handler of the other host."""
    there = journey.there
    assert isinstance(there, MachineHandler), "passage has said so"
    return there

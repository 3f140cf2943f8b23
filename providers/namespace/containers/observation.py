"""What the host says of the containers and machines of one stack."""

from collections.abc import Iterator
from pathlib import Path
from typing import Generic, cast

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed, OutputsT
from virtwright.providers.diff import Change
from virtwright.providers.namespace import layer_disk, supervisor
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.cgroups.layout import Layout
from virtwright.providers.namespace.containers.workload import InputsT, Workload
from virtwright.providers.namespace.network import attach as network
from virtwright.providers.namespace.network.inspection import Inspection
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records
from virtwright.providers.namespace.sandbox.status import Status


@dataclass(frozen=True, slots=True)
class Found(Generic[InputsT]):
    """One object as it is now."""

    record: Record
    inputs: InputsT
    status: Status
    attached: network.Attached | None
    drift: tuple[Change, ...]

    def observed(self, outputs: OutputsT) -> Observed[InputsT, OutputsT]:
        """As the engine is given it."""
        record = self.record
        return Observed(record.stamp, record.id, self.inputs, outputs, self.drift, record.complete, made=record.created)


def look(root: Root, workload: Workload[InputsT], stack: str) -> Iterator[Found[InputsT]]:
    """One listing: the records, each shim's status, and one look at the machine's networks."""
    networks, layout = Inspection(root), detect()
    for record in Records(root).list(workload.kind, stack):
        yield _found(root, workload, record, networks, layout)


def _found(
    root: Root, workload: Workload[InputsT], record: Record, networks: Inspection, layout: Layout
) -> Found[InputsT]:
    inputs = workload.parse(record.inputs)
    folder = root.folder(record.kind, record.id)
    status = supervisor.status(folder)
    attached = network.attached(root, record.kind, record.id)
    if not record.complete:
        return Found(record, inputs, status, attached, ())
    group = Group(status.cgroup, layout)
    frozen = status.alive and group.frozen
    drift = (*networks.member_drift(record.kind, record.id), *workload.drift(inputs, status, frozen))
    inputs, further = workload.observed(inputs, folder, status, group, frozen)
    return Found(record, _with_layer(inputs, folder, status), status, attached, (*drift, *further))


def _with_layer(inputs: InputsT, folder: Path, status: Status) -> InputsT:
    """``inputs`` with the size that the layer has."""
    own = inputs.namespace
    if own is None or own.disk_limit is None or status.state == "absent":
        return inputs
    size = layer_disk.size(folder, own.disk_limit)
    if size == own.disk_limit:
        return inputs
    block = own.model_copy(update={"disk_limit": size})
    return cast("InputsT", inputs.model_copy(update={"namespace": block}))


def find_one(root: Root, workload: Workload[InputsT], record: Record) -> Found[InputsT]:
    """An object that was just made or changed, as it should be: its state is looked up, drift is not looked for."""
    inputs = workload.parse(record.inputs)
    status = supervisor.status(root.folder(record.kind, record.id))
    return Found(record, inputs, status, network.attached(root, record.kind, record.id), ())

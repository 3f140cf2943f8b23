"""The handler of the kind Container."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from virtwright.errors import Problem
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.namespace.containers import hidden_paths
from virtwright.providers.namespace.containers.container_check import check_container
from virtwright.providers.namespace.containers.container_workload import ContainerWorkload, describe
from virtwright.providers.namespace.containers.impacts import container_diff
from virtwright.providers.namespace.containers.observation import Found, find_one, look
from virtwright.providers.namespace.images.reference import digest_of
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.values import Properties

if TYPE_CHECKING:
    from virtwright.providers.namespace.containers.lifecycle import Lifecycle, Start


class ContainerHandler:
    """Containers of one root."""

    def __init__(self, root: Root, start: "Start") -> None:
        self._root = root
        self._workload = ContainerWorkload()
        self._start = start

    @cached_property
    def _life(self) -> "Lifecycle[Container]":
        from virtwright.providers.namespace.containers.lifecycle import Lifecycle

        return Lifecycle(self._root, self._workload, self._start)

    def check(self, inputs: Container) -> Container:
        return check_container(inputs)

    def standing_warnings(self, inputs: Properties) -> Iterable[Problem]:
        return hidden_paths.warnings(inputs)

    def diff(self, prior: Container, goal: Container) -> Diff:
        return container_diff(prior, goal)

    def create(self, stamp: Stamp, inputs: Container, context: Context) -> ContainerOutputs:
        record = self._life.create(stamp, inputs, context)
        return _outputs(find_one(self._root, self._workload, record))

    def update(self, id: str, stamp: Stamp, prior: Container, goal: Container, context: Context) -> ContainerOutputs:
        record = self._life.update(id, stamp, goal, context)
        return _outputs(find_one(self._root, self._workload, record))

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)

    def stop(self, id: str, context: Context) -> None:
        self._life.stop(id, context)

    def observe(self, stack: str) -> Iterable[Observed[Container, ContainerOutputs]]:
        for found in look(self._root, self._workload, stack):
            yield found.observed(_outputs(found))


def _outputs(found: Found[Container]) -> ContainerOutputs:
    attached, image = found.attached, found.inputs.image
    return ContainerOutputs(
        id=found.record.id,
        name=found.record.name,
        address=attached.address if attached else None,
        addresses=dict(attached.addresses) if attached else {},
        image_digest=image if digest_of(image) else None,
        state=describe(found.status),
        health=None if found.status.health == "none" else found.status.health,
    )

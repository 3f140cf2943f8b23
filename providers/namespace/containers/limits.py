"""A container's limits as those of its sandbox. Pure."""

from virtwright.providers.namespace.sandbox.spec import Limits
from virtwright.schemas.container import ContainerResources


def limits(resources: ContainerResources) -> Limits:
    return Limits(cpus=resources.cpus, memory=resources.memory, pids=resources.pids)

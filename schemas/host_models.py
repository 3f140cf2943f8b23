"""Which model a host has."""

from virtwright.schemas.host import Host
from virtwright.schemas.values import Properties


def host_model(inputs: Properties) -> type[Host]:
    """The model of a host with these inputs."""
    if "interpreter" not in inputs:
        return Host
    from virtwright.schemas.dynamic import DynamicHost  # few stacks have one

    return DynamicHost

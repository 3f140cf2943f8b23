"""Services: a container in several copies, placed and updated together."""

from typing import Annotated, Literal

from pydantic import Field

from virtwright.schemas.container import Container
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import Line, Name


class Placement(Model):
    """Where the copies run."""

    hosts: list[Name] = []
    """Hosts to spread over. Default: the service's own host."""
    constraints: list[Line] = []
    """Swarm constraints, as ``node.labels.disk == ssd``."""
    spread: list[Line] = []
    """Swarm spread preferences, as ``node.labels.zone``."""
    max_per_host: Annotated[int, Field(ge=1)] | None = None


class UpdatePolicy(Model):
    """How a new version replaces the old one."""

    order: Literal["start-first", "stop-first"] = "start-first"
    parallelism: Annotated[int, Field(ge=1)] = 1
    delay: Duration = 0.0
    """Time between two batches."""
    monitor: Duration = 5.0
    """How long a new copy is watched before it counts as good."""
    failure_action: Literal["rollback", "pause", "continue"] = "rollback"


class Service(Container):
    """A container in ``replicas`` copies, updated without an outage."""

    mode: Literal["replicated", "global"] = "replicated"
    replicas: Annotated[int, Field(ge=0, le=10_000)] = 1
    placement: Placement = Placement()
    update: UpdatePolicy = UpdatePolicy()


class ServiceOutputs(Model):
    """What the host reports of a service."""

    id: str
    name: str
    replicas: int = 0
    """Copies that run."""
    addresses: list[str] = []

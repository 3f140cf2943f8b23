"""Services: a container in several copies, placed and updated together."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.faults import fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Count
from virtwright.schemas.options import Options
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import Name, Operand


class Placement(Model):
    """Where the copies run."""

    hosts: list[Name] = []
    """Hosts to spread over. Default: the service's own host."""
    constraints: list[Operand] = []
    """Swarm constraints, as ``node.labels.disk == ssd``. Default: none."""
    spread: list[Operand] = []
    """Swarm spread preferences, as ``node.labels.zone``. Default: none."""
    max_per_host: Count | None = None
    """Most copies on one host. Default: no limit."""


class UpdatePolicy(Model):
    """How a new version replaces the old one."""

    order: Literal["start-first", "stop-first"] = "start-first"
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: Count = 1
    """How many copies are changed at once. Default: 1."""
    delay: Duration = 0.0
    """Time between two batches in seconds. Default: 0s."""
    monitor: Duration = 5.0
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: Literal["rollback", "pause", "continue"] = "rollback"
    """What happens when the new version is not good. Default: rollback."""
    max_failure_ratio: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""


class RollbackPolicy(UpdatePolicy):
    """How the old version comes back."""

    failure_action: Literal["pause", "continue"] = "pause"
    """What happens when the old version is not good either: a rollback can't be rolled back. Default: pause."""


class Service(Container):
    """A container in ``replicas`` copies, updated without an outage."""

    mode: Literal["replicated", "global"] = "replicated"
    """``replicated``: as many copies as ``replicas`` says. ``global``: one on each host. Default: replicated."""
    replicas: Annotated[int, Field(ge=0, le=10_000)] = 1
    """How many copies. Default: 1."""
    placement: Placement = Placement()
    """Where the copies run. Default: on the service's own host."""
    update: UpdatePolicy = UpdatePolicy()
    """How a new version replaces the old one. Default: one copy at a time, started before the old is stopped."""
    rollback: RollbackPolicy | None = None
    """How the old version comes back. Default: as ``update``."""
    docker: DockerService | None = None
    """Settings for Docker hosts and Swarms only."""

    @model_validator(mode="after")
    def _copies_fit(self) -> Self:
        if self.mode == "global" and "replicas" in self.model_fields_set and self.replicas != 1:
            raise fault("a global service has one copy on each host, so replicas can't be said", at=("replicas",))
        for index, attachment in enumerate(self.networks if isinstance(self.networks, list) else ()):
            for field in ("address", "address6", "mac"):
                if getattr(attachment, field, None) is not None:
                    raise fault("the copies of a service can't share one", at=("networks", index, field))
        return self


class ServiceOutputs(Model):
    """What the host reports of a service."""

    id: str
    """The host's own identity of it."""
    name: str
    """Its name on the host."""
    replicas: int = 0
    """Copies that run."""
    addresses: list[str] = []
    """The addresses of the copies that run, or the one address of all."""


class ServiceEntry(Service, Options):
    """A container in several copies, placed and updated together."""

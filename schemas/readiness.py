"""When something that was started counts as ready, and how it is seen to be healthy."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import Line, Port


def _words(value: Any) -> Any:
    return ["/bin/sh", "-c", value] if isinstance(value, str) else value


Command = Annotated[
    list[Annotated[str, Field(pattern=r"^[^\x00]*$")]],
    BeforeValidator(_words, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
"""A program and its arguments. A single string is run by ``/bin/sh -c``."""


class WaitFor(Model):
    """What must be seen before a resource counts as created. All that is set must hold."""

    address: bool = False
    """It has an address."""
    tcp: Port | None = None
    """This port accepts a connection."""
    ssh: bool = False
    """Its SSH server answers with its banner."""
    guest_agent: bool = False
    cloud_init: bool = False
    """cloud-init has finished, without an error."""
    healthy: bool = False
    """The health check has passed."""
    timeout: Duration = 120.0


class Healthcheck(Model):
    """How to see that it works. Exactly one of ``command``, ``tcp`` and ``http`` is set."""

    command: Command | None = None
    """Run inside; healthy when it exits with 0."""
    tcp: Port | None = None
    http: Annotated[Line, Field(pattern=r"^(http://[^/]*)?(:[0-9]+)?/.*$|^[0-9]+(/.*)?$")] | None = None
    """A port and path, as ``8080/health``; healthy on an answer from 200 to 399."""
    interval: Duration = 10.0
    timeout: Duration = 5.0
    retries: Annotated[int, Field(ge=1)] = 3
    """This many failures in a row mean unhealthy."""
    start_period: Duration = 0.0
    """Failures this soon after the start don't count."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(field is not None for field in (self.command, self.tcp, self.http)) != 1:
            raise ValueError("give exactly one of command, tcp and http")
        return self

"""When something that was started counts as ready, and how it is seen to be healthy."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.checks import exactly_one
from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Count, Port
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import HOSTNAME_PATTERN, Content


def _words(value: Any) -> Any:
    return ["/bin/sh", "-c", value] if isinstance(value, str) else value


Command = Annotated[
    list[Content],
    BeforeValidator(_words, json_schema_input_type=str | list[str]),
    Field(min_length=1),
    Expected("a program with its arguments: a list of at least one text, or one text for /bin/sh -c"),
]
"""A program and its arguments. A single string is run by ``/bin/sh -c``."""


class WaitFor(Model):
    """What must be seen before a resource counts as created. All that is set must hold."""

    address: bool = False
    """It has an address. Default: false."""
    tcp: Port | None = None
    """This port accepts a connection. Default: not waited for."""
    ssh: bool = False
    """Its SSH server answers with its banner. Default: false."""
    guest_agent: bool = False
    """The guest agent of a virtual machine answers. Default: false."""
    cloud_init: bool = False
    """cloud-init has finished, without an error. Default: false."""
    healthy: bool = False
    """The health check has passed. Default: false."""
    completed: bool = False
    """A container's command has ended with exit status 0. Default: false."""
    timeout: Duration = 120.0
    """Longest wait in seconds, as ``2m``. Default: 2 minutes."""

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.completed is True and (self.healthy is True or isinstance(self.tcp, int)):
            raise fault("what has completed can't be healthy or accept connections: wait for one of them")
        return self


_HTTP = rf"^((http://({HOSTNAME_PATTERN})?)?(:[0-9]{{1,5}})?/[!-~]*|[0-9]{{1,5}}(/[!-~]*)?)$"


class Healthcheck(Model):
    """How to see that it works. Exactly one of ``command``, ``tcp`` and ``http`` is set, or it is ``disabled``."""

    command: Command | None = None
    """Run inside; healthy when it exits with 0."""
    tcp: Port | None = None
    """Healthy when this port accepts a connection."""
    http: Annotated[str, Field(max_length=2048, pattern=_HTTP), Expected("a port and path, as 8080/health")] | None = (
        None
    )
    """A port and path, as ``8080/health``; healthy on an answer from 200 to 399."""
    disabled: bool = False
    """Don't run the image's own health check. Default: false."""
    interval: Annotated[Duration, Field(gt=0)] = 10.0
    """Time between two checks in seconds. Default: 10s."""
    timeout: Annotated[Duration, Field(gt=0)] = 5.0
    """How long one check may take, in seconds. Default: 5s."""
    retries: Count = 3
    """This many failures in a row mean unhealthy. Default: 3."""
    start_period: Duration = 0.0
    """Failures this soon after the start don't count. In seconds. Default: 0s."""
    start_interval: Annotated[Duration, Field(gt=0)] | None = None
    """Time between two checks in the start period, in seconds. Default: as ``interval``."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.disabled is not True:
            exactly_one(command=self.command, tcp=self.tcp, http=self.http)
        elif any(each is not None for each in (self.command, self.tcp, self.http)):
            raise fault("a disabled health check has no command, tcp or http")
        return self


def _health(value: Any) -> Any:
    return {"disabled": True} if value == "none" else value


Health = Annotated[Healthcheck, BeforeValidator(_health, json_schema_input_type=Healthcheck | str)]
"""A health check; ``none`` turns the image's own off."""

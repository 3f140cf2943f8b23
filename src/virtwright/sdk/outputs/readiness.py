"""Outputs from ``schemas/readiness.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi


@pulumi.output_type
class Healthcheck(dict[str, Any]):
    """How to see that it works. Exactly one of ``command``, ``tcp`` and ``http`` is set, or it is ``disabled``."""

    command: Sequence[str] | None
    """Run inside; healthy when it exits with 0."""
    tcp: int | None
    """Healthy when this port accepts a connection."""
    http: str | None
    """A port and path, as ``8080/health``; healthy on an answer from 200 to 399."""
    disabled: bool
    """Don't run the image's own health check. Default: false."""
    interval: float
    """Time between two checks in seconds. Default: 10s."""
    timeout: float
    """How long one check may take, in seconds. Default: 5s."""
    retries: int
    """This many failures in a row mean unhealthy. Default: 3."""
    start_period: float
    """Failures this soon after the start don't count. In seconds. Default: 0s."""
    start_interval: float | None
    """Time between two checks in the start period, in seconds. Default: as ``interval``."""


@pulumi.output_type
class WaitFor(dict[str, Any]):
    """What must be seen before a resource counts as created. All that is set must hold."""

    address: bool
    """It has an address. Default: false."""
    tcp: int | None
    """This port accepts a connection. Default: not waited for."""
    ssh: bool
    """Its SSH server answers with its banner. Default: false."""
    guest_agent: bool
    """The guest agent of a virtual machine answers. Default: false."""
    cloud_init: bool
    """cloud-init has finished, without an error. Default: false."""
    healthy: bool
    """The health check has passed. Default: false."""
    completed: bool
    """A container's command has ended with exit status 0. Default: false."""
    timeout: float
    """Longest wait in seconds, as ``2m``. Default: 2 minutes."""

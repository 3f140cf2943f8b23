"""Inputs from ``schemas/readiness.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from virtwright.sdk.words import Words


@pulumi.input_type
@dataclass(kw_only=True)
class HealthcheckArgs:
    """How to see that it works. Exactly one of ``command``, ``tcp`` and ``http`` is set, or it is ``disabled``."""

    command: pulumi.Input[Words] | None = None
    """Run inside; healthy when it exits with 0."""
    tcp: pulumi.Input[int] | None = None
    """Healthy when this port accepts a connection."""
    http: pulumi.Input[str] | None = None
    """A port and path, as ``8080/health``; healthy on an answer from 200 to 399."""
    disabled: pulumi.Input[bool] | None = None
    """Don't run the image's own health check. Default: false."""
    interval: pulumi.Input[float | str] | None = None
    """Time between two checks in seconds. Default: 10s."""
    timeout: pulumi.Input[float | str] | None = None
    """How long one check may take, in seconds. Default: 5s."""
    retries: pulumi.Input[int] | None = None
    """This many failures in a row mean unhealthy. Default: 3."""
    start_period: pulumi.Input[float | str] | None = None
    """Failures this soon after the start don't count. In seconds. Default: 0s."""
    start_interval: pulumi.Input[float | str] | None = None
    """Time between two checks in the start period, in seconds. Default: as ``interval``."""


class HealthcheckArgsDict(TypedDict):
    """How to see that it works. Exactly one of ``command``, ``tcp`` and ``http`` is set, or it is ``disabled``."""

    command: NotRequired[pulumi.Input[Words] | None]
    """Run inside; healthy when it exits with 0."""
    tcp: NotRequired[pulumi.Input[int] | None]
    """Healthy when this port accepts a connection."""
    http: NotRequired[pulumi.Input[str] | None]
    """A port and path, as ``8080/health``; healthy on an answer from 200 to 399."""
    disabled: NotRequired[pulumi.Input[bool] | None]
    """Don't run the image's own health check. Default: false."""
    interval: NotRequired[pulumi.Input[float | str] | None]
    """Time between two checks in seconds. Default: 10s."""
    timeout: NotRequired[pulumi.Input[float | str] | None]
    """How long one check may take, in seconds. Default: 5s."""
    retries: NotRequired[pulumi.Input[int] | None]
    """This many failures in a row mean unhealthy. Default: 3."""
    start_period: NotRequired[pulumi.Input[float | str] | None]
    """Failures this soon after the start don't count. In seconds. Default: 0s."""
    start_interval: NotRequired[pulumi.Input[float | str] | None]
    """Time between two checks in the start period, in seconds. Default: as ``interval``."""


@pulumi.input_type
@dataclass(kw_only=True)
class WaitForArgs:
    """What must be seen before a resource counts as created. All that is set must hold."""

    address: pulumi.Input[bool] | None = None
    """It has an address. Default: false."""
    tcp: pulumi.Input[int] | None = None
    """This port accepts a connection. Default: not waited for."""
    ssh: pulumi.Input[bool] | None = None
    """Its SSH server answers with its banner. Default: false."""
    guest_agent: pulumi.Input[bool] | None = None
    """The guest agent of a virtual machine answers. Default: false."""
    cloud_init: pulumi.Input[bool] | None = None
    """cloud-init has finished, without an error. Default: false."""
    healthy: pulumi.Input[bool] | None = None
    """The health check has passed. Default: false."""
    completed: pulumi.Input[bool] | None = None
    """A container's command has ended with exit status 0. Default: false."""
    timeout: pulumi.Input[float | str] | None = None
    """Longest wait in seconds, as ``2m``. Default: 2 minutes."""


class WaitForArgsDict(TypedDict):
    """What must be seen before a resource counts as created. All that is set must hold."""

    address: NotRequired[pulumi.Input[bool] | None]
    """It has an address. Default: false."""
    tcp: NotRequired[pulumi.Input[int] | None]
    """This port accepts a connection. Default: not waited for."""
    ssh: NotRequired[pulumi.Input[bool] | None]
    """Its SSH server answers with its banner. Default: false."""
    guest_agent: NotRequired[pulumi.Input[bool] | None]
    """The guest agent of a virtual machine answers. Default: false."""
    cloud_init: NotRequired[pulumi.Input[bool] | None]
    """cloud-init has finished, without an error. Default: false."""
    healthy: NotRequired[pulumi.Input[bool] | None]
    """The health check has passed. Default: false."""
    completed: NotRequired[pulumi.Input[bool] | None]
    """A container's command has ended with exit status 0. Default: false."""
    timeout: NotRequired[pulumi.Input[float | str] | None]
    """Longest wait in seconds, as ``2m``. Default: 2 minutes."""

"""Inputs from ``schemas/service.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class PlacementArgs:
    """Where the copies run."""

    hosts: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Hosts to spread over. Default: the service's own host."""
    constraints: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Swarm constraints, as ``node.labels.disk == ssd``. Default: none."""
    spread: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Swarm spread preferences, as ``node.labels.zone``. Default: none."""
    max_per_host: pulumi.Input[int] | None = None
    """Most copies on one host. Default: no limit."""


class PlacementArgsDict(TypedDict):
    """Where the copies run."""

    hosts: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Hosts to spread over. Default: the service's own host."""
    constraints: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Swarm constraints, as ``node.labels.disk == ssd``. Default: none."""
    spread: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Swarm spread preferences, as ``node.labels.zone``. Default: none."""
    max_per_host: NotRequired[pulumi.Input[int] | None]
    """Most copies on one host. Default: no limit."""


@pulumi.input_type
@dataclass(kw_only=True)
class RollbackPolicyArgs:
    """How the old version comes back."""

    order: pulumi.Input[Literal["start-first", "stop-first"]] | None = None
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: pulumi.Input[int] | None = None
    """How many copies are changed at once. Default: 1."""
    delay: pulumi.Input[float | str] | None = None
    """Time between two batches in seconds. Default: 0s."""
    monitor: pulumi.Input[float | str] | None = None
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: pulumi.Input[Literal["pause", "continue"]] | None = None
    """What happens when the old version is not good either: a rollback can't be rolled back. Default: pause."""
    max_failure_ratio: pulumi.Input[float] | None = None
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""


class RollbackPolicyArgsDict(TypedDict):
    """How the old version comes back."""

    order: NotRequired[pulumi.Input[Literal["start-first", "stop-first"]] | None]
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: NotRequired[pulumi.Input[int] | None]
    """How many copies are changed at once. Default: 1."""
    delay: NotRequired[pulumi.Input[float | str] | None]
    """Time between two batches in seconds. Default: 0s."""
    monitor: NotRequired[pulumi.Input[float | str] | None]
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: NotRequired[pulumi.Input[Literal["pause", "continue"]] | None]
    """What happens when the old version is not good either: a rollback can't be rolled back. Default: pause."""
    max_failure_ratio: NotRequired[pulumi.Input[float] | None]
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""


@pulumi.input_type
@dataclass(kw_only=True)
class UpdatePolicyArgs:
    """How a new version replaces the old one."""

    order: pulumi.Input[Literal["start-first", "stop-first"]] | None = None
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: pulumi.Input[int] | None = None
    """How many copies are changed at once. Default: 1."""
    delay: pulumi.Input[float | str] | None = None
    """Time between two batches in seconds. Default: 0s."""
    monitor: pulumi.Input[float | str] | None = None
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: pulumi.Input[Literal["rollback", "pause", "continue"]] | None = None
    """What happens when the new version is not good. Default: rollback."""
    max_failure_ratio: pulumi.Input[float] | None = None
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""


class UpdatePolicyArgsDict(TypedDict):
    """How a new version replaces the old one."""

    order: NotRequired[pulumi.Input[Literal["start-first", "stop-first"]] | None]
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: NotRequired[pulumi.Input[int] | None]
    """How many copies are changed at once. Default: 1."""
    delay: NotRequired[pulumi.Input[float | str] | None]
    """Time between two batches in seconds. Default: 0s."""
    monitor: NotRequired[pulumi.Input[float | str] | None]
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: NotRequired[pulumi.Input[Literal["rollback", "pause", "continue"]] | None]
    """What happens when the new version is not good. Default: rollback."""
    max_failure_ratio: NotRequired[pulumi.Input[float] | None]
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""

"""Outputs from ``schemas/service.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi


@pulumi.output_type
class Placement(dict[str, Any]):
    """Where the copies run."""

    hosts: Sequence[str]
    """Hosts to spread over. Default: the service's own host."""
    constraints: Sequence[str]
    """Swarm constraints, as ``node.labels.disk == ssd``. Default: none."""
    spread: Sequence[str]
    """Swarm spread preferences, as ``node.labels.zone``. Default: none."""
    max_per_host: int | None
    """Most copies on one host. Default: no limit."""


@pulumi.output_type
class RollbackPolicy(dict[str, Any]):
    """How the old version comes back."""

    order: str
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: int
    """How many copies are changed at once. Default: 1."""
    delay: float
    """Time between two batches in seconds. Default: 0s."""
    monitor: float
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: str
    """What happens when the old version is not good either: a rollback can't be rolled back. Default: pause."""
    max_failure_ratio: float
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""


@pulumi.output_type
class UpdatePolicy(dict[str, Any]):
    """How a new version replaces the old one."""

    order: str
    """Whether a new copy is started before an old one is stopped. Default: start-first."""
    parallelism: int
    """How many copies are changed at once. Default: 1."""
    delay: float
    """Time between two batches in seconds. Default: 0s."""
    monitor: float
    """How long a new copy is watched before it counts as good, in seconds. Default: 5s."""
    failure_action: str
    """What happens when the new version is not good. Default: rollback."""
    max_failure_ratio: float
    """The part of the copies, from 0 to 1, that may fail before the update counts as failed. Default: 0."""

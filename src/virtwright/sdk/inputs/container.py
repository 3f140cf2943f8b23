"""Inputs from ``schemas/container.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class ContainerResourcesArgs:
    """Limits. What is left out is unlimited, but for ``pids``."""

    cpus: pulumi.Input[float] | None = None
    """CPUs' worth of time, as 0.5. Default: no limit."""
    memory: pulumi.Input[int | str] | None = None
    """Most memory in bytes, as ``64MiB``; at least 1MiB. Default: no limit."""
    pids: pulumi.Input[int] | None = None
    """Most processes and threads. Default: 2048 on namespace hosts, no limit elsewhere."""


class ContainerResourcesArgsDict(TypedDict):
    """Limits. What is left out is unlimited, but for ``pids``."""

    cpus: NotRequired[pulumi.Input[float] | None]
    """CPUs' worth of time, as 0.5. Default: no limit."""
    memory: NotRequired[pulumi.Input[int | str] | None]
    """Most memory in bytes, as ``64MiB``; at least 1MiB. Default: no limit."""
    pids: NotRequired[pulumi.Input[int] | None]
    """Most processes and threads. Default: 2048 on namespace hosts, no limit elsewhere."""


@pulumi.input_type
@dataclass(kw_only=True)
class NamespaceContainerArgs:
    """What only the namespace runtime knows."""

    user_namespace: pulumi.Input[bool] | None = None
    """Map the container's root to an unprivileged user of the host. Default: where the machine allows it."""
    disk_limit: pulumi.Input[int | str] | None = None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""


class NamespaceContainerArgsDict(TypedDict):
    """What only the namespace runtime knows."""

    user_namespace: NotRequired[pulumi.Input[bool] | None]
    """Map the container's root to an unprivileged user of the host. Default: where the machine allows it."""
    disk_limit: NotRequired[pulumi.Input[int | str] | None]
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""

"""Outputs from ``schemas/container.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi


@pulumi.output_type
class ContainerResources(dict[str, Any]):
    """Limits. What is left out is unlimited, but for ``pids``."""

    cpus: float | None
    """CPUs' worth of time, as 0.5. Default: no limit."""
    memory: int | None
    """Most memory in bytes, as ``64MiB``; at least 1MiB. Default: no limit."""
    pids: int | None
    """Most processes and threads. Default: 2048 on namespace hosts, no limit elsewhere."""


@pulumi.output_type
class NamespaceContainer(dict[str, Any]):
    """What only the namespace runtime knows."""

    user_namespace: bool | None
    """Map the container's root to an unprivileged user of the host. Default: where the machine allows it."""
    disk_limit: int | None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: Sequence[str]
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""

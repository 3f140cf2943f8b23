"""Outputs from ``schemas/machine.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class KernelBoot(dict[str, Any]):
    """Boot this kernel directly instead of a disk. Paths are the host's."""

    kernel: str
    """Path of the kernel on the host."""
    initrd: str | None
    """Path of the initial file system on the host. Default: none."""
    cmdline: str
    """The kernel's command line. Default: empty."""


@pulumi.output_type
class MachineResources(dict[str, Any]):
    """Shares and limits, relative to the other machines of the host."""

    cpu_shares: int | None
    """Weight when CPUs are short. Default: 1024."""
    cpu_limit: float | None
    """CPUs' worth of time it may use at most. Default: no limit beyond its own CPUs."""
    memory_limit: int | None
    """Hard limit of memory on the host in bytes. Default: none beyond the machine's own memory."""
    io_weight: int | None
    """Weight when the disks are busy, from 1 to 1000. Default: the host's."""
    pids: int | None
    """Most processes and threads, where the machine is a system container. Default: 2048; in a privileged one no
    limit."""

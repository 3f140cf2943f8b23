"""Inputs from ``schemas/machine.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class KernelBootArgs:
    """Boot this kernel directly instead of a disk. Paths are the host's."""

    kernel: pulumi.Input[str]
    """Path of the kernel on the host."""
    initrd: pulumi.Input[str] | None = None
    """Path of the initial file system on the host. Default: none."""
    cmdline: pulumi.Input[str] | None = None
    """The kernel's command line. Default: empty."""


class KernelBootArgsDict(TypedDict):
    """Boot this kernel directly instead of a disk. Paths are the host's."""

    kernel: pulumi.Input[str]
    """Path of the kernel on the host."""
    initrd: NotRequired[pulumi.Input[str] | None]
    """Path of the initial file system on the host. Default: none."""
    cmdline: NotRequired[pulumi.Input[str] | None]
    """The kernel's command line. Default: empty."""


@pulumi.input_type
@dataclass(kw_only=True)
class MachineResourcesArgs:
    """Shares and limits, relative to the other machines of the host."""

    cpu_shares: pulumi.Input[int] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_limit: pulumi.Input[float] | None = None
    """CPUs' worth of time it may use at most. Default: no limit beyond its own CPUs."""
    memory_limit: pulumi.Input[int | str] | None = None
    """Hard limit of memory on the host in bytes. Default: none beyond the machine's own memory."""
    io_weight: pulumi.Input[int] | None = None
    """Weight when the disks are busy, from 1 to 1000. Default: the host's."""
    pids: pulumi.Input[int] | None = None
    """Most processes and threads, where the machine is a system container. Default: 2048; in a privileged one no
    limit."""


class MachineResourcesArgsDict(TypedDict):
    """Shares and limits, relative to the other machines of the host."""

    cpu_shares: NotRequired[pulumi.Input[int] | None]
    """Weight when CPUs are short. Default: 1024."""
    cpu_limit: NotRequired[pulumi.Input[float] | None]
    """CPUs' worth of time it may use at most. Default: no limit beyond its own CPUs."""
    memory_limit: NotRequired[pulumi.Input[int | str] | None]
    """Hard limit of memory on the host in bytes. Default: none beyond the machine's own memory."""
    io_weight: NotRequired[pulumi.Input[int] | None]
    """Weight when the disks are busy, from 1 to 1000. Default: the host's."""
    pids: NotRequired[pulumi.Input[int] | None]
    """Most processes and threads, where the machine is a system container. Default: 2048; in a privileged one no
    limit."""

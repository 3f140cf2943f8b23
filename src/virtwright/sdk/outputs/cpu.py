"""Outputs from ``schemas/cpu.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from virtwright.sdk import outputs


@pulumi.output_type
class Cpu(dict[str, Any]):
    """The processor that the guest sees."""

    mode: str | None
    """How it is chosen. Default: custom where ``model`` is given, else the hypervisor's."""
    model: str | None
    """A named model, as ``Skylake-Server``. Default: by ``mode``."""
    topology: outputs.CpuTopology | None
    """How the CPUs are arranged. Default: one socket for each CPU."""
    features: Mapping[str, str]
    """What to do with single features, as ``{vmx: disable}``. Default: as the model has them."""


@pulumi.output_type
class CpuTopology(dict[str, Any]):
    """How the CPUs are arranged; the product of all must be the number of CPUs (``max_cpus`` where it is given)."""

    sockets: int
    """How many processors. Default: 1."""
    cores: int
    """Cores in each processor. Default: 1."""
    threads: int
    """Threads in each core. Default: 1."""

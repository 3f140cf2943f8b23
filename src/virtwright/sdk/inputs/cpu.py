"""Inputs from ``schemas/cpu.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class CpuArgs:
    """The processor that the guest sees."""

    mode: pulumi.Input[Literal["host-passthrough", "host-model", "custom", "maximum"]] | None = None
    """How it is chosen. Default: custom where ``model`` is given, else the hypervisor's."""
    model: pulumi.Input[str] | None = None
    """A named model, as ``Skylake-Server``. Default: by ``mode``."""
    topology: pulumi.Input[CpuTopologyArgs | CpuTopologyArgsDict] | None = None
    """How the CPUs are arranged. Default: one socket for each CPU."""
    features: (
        pulumi.Input[Mapping[str, pulumi.Input[Literal["require", "disable", "optional", "force", "forbid"]]]] | None
    ) = None
    """What to do with single features, as ``{vmx: disable}``. Default: as the model has them."""


class CpuArgsDict(TypedDict):
    """The processor that the guest sees."""

    mode: NotRequired[pulumi.Input[Literal["host-passthrough", "host-model", "custom", "maximum"]] | None]
    """How it is chosen. Default: custom where ``model`` is given, else the hypervisor's."""
    model: NotRequired[pulumi.Input[str] | None]
    """A named model, as ``Skylake-Server``. Default: by ``mode``."""
    topology: NotRequired[pulumi.Input[CpuTopologyArgs | CpuTopologyArgsDict] | None]
    """How the CPUs are arranged. Default: one socket for each CPU."""
    features: NotRequired[
        pulumi.Input[Mapping[str, pulumi.Input[Literal["require", "disable", "optional", "force", "forbid"]]]] | None
    ]
    """What to do with single features, as ``{vmx: disable}``. Default: as the model has them."""


@pulumi.input_type
@dataclass(kw_only=True)
class CpuTopologyArgs:
    """How the CPUs are arranged; the product of all must be the number of CPUs (``max_cpus`` where it is given)."""

    sockets: pulumi.Input[int] | None = None
    """How many processors. Default: 1."""
    cores: pulumi.Input[int] | None = None
    """Cores in each processor. Default: 1."""
    threads: pulumi.Input[int] | None = None
    """Threads in each core. Default: 1."""


class CpuTopologyArgsDict(TypedDict):
    """How the CPUs are arranged; the product of all must be the number of CPUs (``max_cpus`` where it is given)."""

    sockets: NotRequired[pulumi.Input[int] | None]
    """How many processors. Default: 1."""
    cores: NotRequired[pulumi.Input[int] | None]
    """Cores in each processor. Default: 1."""
    threads: NotRequired[pulumi.Input[int] | None]
    """Threads in each core. Default: 1."""

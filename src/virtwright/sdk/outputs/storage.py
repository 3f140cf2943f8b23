"""Outputs from ``schemas/storage.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class Disk(dict[str, Any]):
    """A disk of a virtual machine: a volume of the stack, or one of its own, which lives and dies with the machine."""

    volume: str | None
    """The volume: its name in the stack. Default: a disk of its own."""
    size: int | None
    """Capacity in bytes of a disk of its own, as ``10GiB``. Default: as large as its image."""
    image: str | None
    """What a disk of its own is made from, or what lies in a CD-ROM: an image of the stack, or a path of the host.
    Default: an empty disk."""
    format: str | None
    """Format of a disk of its own. Default: the provider's."""
    mount: str | None
    """Where the guest mounts it (through cloud-init, or directly where the machine is a system container). Default:
    it is not mounted."""
    bus: str | None
    """How the guest sees it. Default: virtio where devices are paravirtual, else sata or what the machine type has."""
    device: str
    """What the guest sees. Default: disk."""
    read_only: bool
    """It can't be written by the guest. Default: false."""
    cache: str | None
    """How the host caches it. Default: the hypervisor's."""
    discard: bool | None
    """Give space that the guest frees back to the host. Default: the hypervisor's."""
    serial: str | None
    """The serial number that the guest sees, at most 36 characters. Default: none."""
    boot_order: int | None
    """Its place in the boot order, from 1. Default: the first disk is booted."""


@pulumi.output_type
class Mount(dict[str, Any]):
    """A volume of the stack, or a path of the host, seen inside a container. Exactly one of the two."""

    volume: str | None
    """The volume: its name in the stack."""
    bind: str | None
    """A path of the host."""
    mount: str
    """Where it appears inside."""
    read_only: bool
    """It can't be written from inside. Default: false."""

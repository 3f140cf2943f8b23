"""Inputs from ``schemas/storage.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class DiskArgs:
    """A disk of a virtual machine: a volume of the stack, or one of its own, which lives and dies with the machine."""

    volume: pulumi.Input[str] | None = None
    """The volume: its name in the stack. Default: a disk of its own."""
    size: pulumi.Input[int | str] | None = None
    """Capacity in bytes of a disk of its own, as ``10GiB``. Default: as large as its image."""
    image: pulumi.Input[str] | None = None
    """What a disk of its own is made from, or what lies in a CD-ROM: an image of the stack, or a path of the host.
    Default: an empty disk."""
    format: pulumi.Input[Literal["raw", "qcow2"]] | None = None
    """Format of a disk of its own. Default: the provider's."""
    mount: pulumi.Input[str] | None = None
    """Where the guest mounts it (through cloud-init, or directly where the machine is a system container). Default:
    it is not mounted."""
    bus: pulumi.Input[Literal["virtio", "scsi", "sata", "ide", "usb"]] | None = None
    """How the guest sees it. Default: virtio where devices are paravirtual, else sata or what the machine type has."""
    device: pulumi.Input[Literal["disk", "cdrom"]] | None = None
    """What the guest sees. Default: disk."""
    read_only: pulumi.Input[bool] | None = None
    """It can't be written by the guest. Default: false."""
    cache: pulumi.Input[Literal["none", "writeback", "writethrough", "directsync", "unsafe"]] | None = None
    """How the host caches it. Default: the hypervisor's."""
    discard: pulumi.Input[bool] | None = None
    """Give space that the guest frees back to the host. Default: the hypervisor's."""
    serial: pulumi.Input[str] | None = None
    """The serial number that the guest sees, at most 36 characters. Default: none."""
    boot_order: pulumi.Input[int] | None = None
    """Its place in the boot order, from 1. Default: the first disk is booted."""


class DiskArgsDict(TypedDict):
    """A disk of a virtual machine: a volume of the stack, or one of its own, which lives and dies with the machine."""

    volume: NotRequired[pulumi.Input[str] | None]
    """The volume: its name in the stack. Default: a disk of its own."""
    size: NotRequired[pulumi.Input[int | str] | None]
    """Capacity in bytes of a disk of its own, as ``10GiB``. Default: as large as its image."""
    image: NotRequired[pulumi.Input[str] | None]
    """What a disk of its own is made from, or what lies in a CD-ROM: an image of the stack, or a path of the host.
    Default: an empty disk."""
    format: NotRequired[pulumi.Input[Literal["raw", "qcow2"]] | None]
    """Format of a disk of its own. Default: the provider's."""
    mount: NotRequired[pulumi.Input[str] | None]
    """Where the guest mounts it (through cloud-init, or directly where the machine is a system container). Default:
    it is not mounted."""
    bus: NotRequired[pulumi.Input[Literal["virtio", "scsi", "sata", "ide", "usb"]] | None]
    """How the guest sees it. Default: virtio where devices are paravirtual, else sata or what the machine type has."""
    device: NotRequired[pulumi.Input[Literal["disk", "cdrom"]] | None]
    """What the guest sees. Default: disk."""
    read_only: NotRequired[pulumi.Input[bool] | None]
    """It can't be written by the guest. Default: false."""
    cache: NotRequired[pulumi.Input[Literal["none", "writeback", "writethrough", "directsync", "unsafe"]] | None]
    """How the host caches it. Default: the hypervisor's."""
    discard: NotRequired[pulumi.Input[bool] | None]
    """Give space that the guest frees back to the host. Default: the hypervisor's."""
    serial: NotRequired[pulumi.Input[str] | None]
    """The serial number that the guest sees, at most 36 characters. Default: none."""
    boot_order: NotRequired[pulumi.Input[int] | None]
    """Its place in the boot order, from 1. Default: the first disk is booted."""


@pulumi.input_type
@dataclass(kw_only=True)
class MountArgs:
    """A volume of the stack, or a path of the host, seen inside a container. Exactly one of the two."""

    volume: pulumi.Input[str] | None = None
    """The volume: its name in the stack."""
    bind: pulumi.Input[str] | None = None
    """A path of the host."""
    mount: pulumi.Input[str]
    """Where it appears inside."""
    read_only: pulumi.Input[bool] | None = None
    """It can't be written from inside. Default: false."""


class MountArgsDict(TypedDict):
    """A volume of the stack, or a path of the host, seen inside a container. Exactly one of the two."""

    volume: NotRequired[pulumi.Input[str] | None]
    """The volume: its name in the stack."""
    bind: NotRequired[pulumi.Input[str] | None]
    """A path of the host."""
    mount: pulumi.Input[str]
    """Where it appears inside."""
    read_only: NotRequired[pulumi.Input[bool] | None]
    """It can't be written from inside. Default: false."""

"""Inputs from ``schemas/machine_hosts.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class LibvirtMachineArgs:
    """What only libvirt hosts know."""

    type: pulumi.Input[Literal["kvm", "qemu", "xen", "lxc", "test"]] | None = None
    """The domain type. Default: the best that the host's capabilities offer."""
    watchdog: pulumi.Input[Literal["reset", "poweroff", "pause", "none"]] | None = None
    """What a watchdog does when the guest stops feeding it. Default: there is no watchdog."""
    tpm: pulumi.Input[bool] | None = None
    """Give it an emulated TPM 2.0. Default: false."""
    secure_boot: pulumi.Input[bool] | None = None
    """With ``firmware: uefi``, start signed loaders only. Default: false."""
    clock: pulumi.Input[Literal["utc", "localtime"]] | None = None
    """What its clock shows; Windows expects ``localtime``. Default: utc."""
    video: pulumi.Input[Literal["virtio", "qxl", "vga", "cirrus", "bochs", "none"]] | None = None
    """Its graphics card. Default: what the graphical console needs."""
    move: pulumi.Input[Literal["live", "cold"]] | None = None
    """How it gets to another host: ``live``, running all the time, or not at all; ``cold``, shut down for it.
    Default: live where both hosts can, else cold."""
    on_crash: pulumi.Input[Literal["destroy", "restart", "preserve"]] | None = None
    """What happens when the guest crashes. Default: destroy."""
    init: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Process 1 of a machine on LXC: the path of a program inside, and its arguments. Default: ``[/sbin/init]``."""
    stop_signal: pulumi.Input[str] | None = None
    """What asks process 1 of a machine on LXC to shut down. Default: ``SIGRTMIN+3``, as systemd understands it."""
    xml: pulumi.Input[str] | None = None
    """A fragment laid over the generated domain XML. Default: none."""


class LibvirtMachineArgsDict(TypedDict):
    """What only libvirt hosts know."""

    type: NotRequired[pulumi.Input[Literal["kvm", "qemu", "xen", "lxc", "test"]] | None]
    """The domain type. Default: the best that the host's capabilities offer."""
    watchdog: NotRequired[pulumi.Input[Literal["reset", "poweroff", "pause", "none"]] | None]
    """What a watchdog does when the guest stops feeding it. Default: there is no watchdog."""
    tpm: NotRequired[pulumi.Input[bool] | None]
    """Give it an emulated TPM 2.0. Default: false."""
    secure_boot: NotRequired[pulumi.Input[bool] | None]
    """With ``firmware: uefi``, start signed loaders only. Default: false."""
    clock: NotRequired[pulumi.Input[Literal["utc", "localtime"]] | None]
    """What its clock shows; Windows expects ``localtime``. Default: utc."""
    video: NotRequired[pulumi.Input[Literal["virtio", "qxl", "vga", "cirrus", "bochs", "none"]] | None]
    """Its graphics card. Default: what the graphical console needs."""
    move: NotRequired[pulumi.Input[Literal["live", "cold"]] | None]
    """How it gets to another host: ``live``, running all the time, or not at all; ``cold``, shut down for it.
    Default: live where both hosts can, else cold."""
    on_crash: NotRequired[pulumi.Input[Literal["destroy", "restart", "preserve"]] | None]
    """What happens when the guest crashes. Default: destroy."""
    init: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Process 1 of a machine on LXC: the path of a program inside, and its arguments. Default: ``[/sbin/init]``."""
    stop_signal: NotRequired[pulumi.Input[str] | None]
    """What asks process 1 of a machine on LXC to shut down. Default: ``SIGRTMIN+3``, as systemd understands it."""
    xml: NotRequired[pulumi.Input[str] | None]
    """A fragment laid over the generated domain XML. Default: none."""


@pulumi.input_type
@dataclass(kw_only=True)
class NamespaceMachineArgs:
    """What only the namespace runtime knows."""

    capabilities: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Linux capabilities added to the default set. Default: none."""
    privileged: pulumi.Input[bool] | None = None
    """For machines that are hosts themselves (Docker, libvirt): all capabilities, no seccomp filter, cgroups of
    their own, this machine's devices. Its root can become this machine's root. Default: false."""
    disk_limit: pulumi.Input[int | str] | None = None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""


class NamespaceMachineArgsDict(TypedDict):
    """What only the namespace runtime knows."""

    capabilities: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Linux capabilities added to the default set. Default: none."""
    privileged: NotRequired[pulumi.Input[bool] | None]
    """For machines that are hosts themselves (Docker, libvirt): all capabilities, no seccomp filter, cgroups of
    their own, this machine's devices. Its root can become this machine's root. Default: false."""
    disk_limit: NotRequired[pulumi.Input[int | str] | None]
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""

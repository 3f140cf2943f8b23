"""The resource VirtualMachine.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.attachments import (
    NetworkAttachmentArgs,
    NetworkAttachmentArgsDict,
    PublishedPortArgs,
    PublishedPortArgsDict,
)
from virtwright.sdk.inputs.cloud_init import CloudInitArgs, CloudInitArgsDict
from virtwright.sdk.inputs.cpu import CpuArgs, CpuArgsDict
from virtwright.sdk.inputs.graphics import GraphicsArgs, GraphicsArgsDict
from virtwright.sdk.inputs.machine import (
    KernelBootArgs,
    KernelBootArgsDict,
    MachineResourcesArgs,
    MachineResourcesArgsDict,
)
from virtwright.sdk.inputs.machine_hosts import (
    LibvirtMachineArgs,
    LibvirtMachineArgsDict,
    NamespaceMachineArgs,
    NamespaceMachineArgsDict,
)
from virtwright.sdk.inputs.readiness import WaitForArgs, WaitForArgsDict
from virtwright.sdk.inputs.storage import DiskArgs, DiskArgsDict


class VirtualMachine(pulumi.CustomResource):
    """A virtual machine, or a system container where the host has no hypervisor."""

    cpus: pulumi.Output[int]
    """How many CPUs it has. Default: 1."""
    memory: pulumi.Output[int]
    """Memory in bytes, as ``2GiB``. Default: 1GiB."""
    max_cpus: pulumi.Output[int | None]
    """CPUs that it may have without a restart. Default: as ``cpus``."""
    max_memory: pulumi.Output[int | None]
    """Memory in bytes that it may have without a restart. Default: as ``memory``."""
    image: pulumi.Output[str | None]
    """What its first disk or root file system is made from: an image of the stack, a path, or ``host``. Default: it
    has only the disks in ``disks``."""
    architecture: pulumi.Output[str | None]
    """The processor's architecture. Default: the host's."""
    machine_type: pulumi.Output[str | None]
    """For example ``q35``. Default: the host's for the architecture."""
    firmware: pulumi.Output[str | None]
    """What starts the machine. Default: the host's for the machine type."""
    virtualization: pulumi.Output[str]
    """``paravirtual``: virtio devices. ``full``: emulated devices, for guests that know no others. Default:
    paravirtual."""
    cpu: pulumi.Output[outputs.Cpu]
    """The processor that the guest sees. Default: the host's choice."""
    boot: pulumi.Output[Any]
    """What is booted: ``disk``, or a kernel. Default: disk."""
    disks: pulumi.Output[Sequence[outputs.Disk]]
    """Disks besides the one made from ``image``. Default: none."""
    networks: pulumi.Output[Sequence[outputs.NetworkAttachment]]
    """The networks it joins. Default: none."""
    ports: pulumi.Output[Sequence[outputs.PublishedPort]]
    """Ports of the host that lead to the machine. Default: none."""
    cloud_init: pulumi.Output[outputs.CloudInit | None]
    """What is done at the first start. Default: nothing."""
    graphics: pulumi.Output[outputs.Graphics]
    """A graphical console. Default: none."""
    console: pulumi.Output[bool]
    """A serial console, with its log kept. Default: true."""
    guest_agent: pulumi.Output[bool]
    """Give the guest a channel for the QEMU guest agent. Default: false."""
    autostart: pulumi.Output[bool]
    """Start it when the host starts. Default: false."""
    power: pulumi.Output[str]
    """What it should be doing. Default: running."""
    resources: pulumi.Output[outputs.MachineResources]
    """Shares and limits. Default: none."""
    shutdown_timeout: pulumi.Output[float]
    """How long a graceful shutdown may take before the machine is switched off, in seconds. Default: 60s."""
    switch_off: pulumi.Output[bool]
    """Switch it off when a graceful shutdown took too long; without it, the step fails instead. Default: true."""
    wait_for: pulumi.Output[outputs.WaitFor | None]
    """What must be seen before it counts as created. Default: that it runs."""
    description: pulumi.Output[str]
    """What it is for. Default: empty."""
    labels: pulumi.Output[Mapping[str, str]]
    """Marks for people and tools. Default: none."""
    libvirt: pulumi.Output[outputs.LibvirtMachine | None]
    """Settings for libvirt hosts only."""
    namespace: pulumi.Output[outputs.NamespaceMachine | None]
    """Settings for the namespace runtime only."""
    name: pulumi.Output[str]
    """Its name on the host."""
    address: pulumi.Output[str | None]
    """Its first address."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Its address on each network, by the network's name on the host."""
    state: pulumi.Output[str]
    """What it does: ``running``, ``stopped`` or ``paused``."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        cpus: pulumi.Input[int] | None = None,
        memory: pulumi.Input[int | str] | None = None,
        max_cpus: pulumi.Input[int] | None = None,
        max_memory: pulumi.Input[int | str] | None = None,
        image: pulumi.Input[str] | None = None,
        architecture: pulumi.Input[Literal["x86_64", "aarch64", "riscv64", "s390x", "ppc64le"]] | None = None,
        machine_type: pulumi.Input[str] | None = None,
        firmware: pulumi.Input[Literal["bios", "uefi"]] | None = None,
        virtualization: pulumi.Input[Literal["full", "paravirtual"]] | None = None,
        cpu: pulumi.Input[CpuArgs | CpuArgsDict] | None = None,
        boot: pulumi.Input[Literal["disk"] | KernelBootArgs | KernelBootArgsDict] | None = None,
        disks: pulumi.Input[Sequence[pulumi.Input[DiskArgs | DiskArgsDict]]] | None = None,
        networks: pulumi.Input[Sequence[pulumi.Input[str | NetworkAttachmentArgs | NetworkAttachmentArgsDict]]]
        | None = None,
        ports: pulumi.Input[Sequence[pulumi.Input[str | int | PublishedPortArgs | PublishedPortArgsDict]]]
        | None = None,
        cloud_init: pulumi.Input[CloudInitArgs | CloudInitArgsDict] | None = None,
        graphics: pulumi.Input[Literal["none", "vnc", "spice"] | GraphicsArgs | GraphicsArgsDict] | None = None,
        console: pulumi.Input[bool] | None = None,
        guest_agent: pulumi.Input[bool] | None = None,
        autostart: pulumi.Input[bool] | None = None,
        power: pulumi.Input[Literal["running", "stopped", "paused"]] | None = None,
        resources: pulumi.Input[MachineResourcesArgs | MachineResourcesArgsDict] | None = None,
        shutdown_timeout: pulumi.Input[float | str] | None = None,
        switch_off: pulumi.Input[bool] | None = None,
        wait_for: pulumi.Input[WaitForArgs | WaitForArgsDict] | None = None,
        description: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        libvirt: pulumi.Input[LibvirtMachineArgs | LibvirtMachineArgsDict] | None = None,
        namespace: pulumi.Input[NamespaceMachineArgs | NamespaceMachineArgsDict] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param cpus: How many CPUs it has. Default: 1.
        :param memory: Memory in bytes, as ``2GiB``. Default: 1GiB.
        :param max_cpus: CPUs that it may have without a restart. Default: as ``cpus``.
        :param max_memory: Memory in bytes that it may have without a restart. Default: as ``memory``.
        :param image: What its first disk or root file system is made from: an image of the stack, a path, or
            ``host``. Default: it has only the disks in ``disks``.
        :param architecture: The processor's architecture. Default: the host's.
        :param machine_type: For example ``q35``. Default: the host's for the architecture.
        :param firmware: What starts the machine. Default: the host's for the machine type.
        :param virtualization: ``paravirtual``: virtio devices. ``full``: emulated devices, for guests that
            know no others. Default: paravirtual.
        :param cpu: The processor that the guest sees. Default: the host's choice.
        :param boot: What is booted: ``disk``, or a kernel. Default: disk.
        :param disks: Disks besides the one made from ``image``. Default: none.
        :param networks: The networks it joins. Default: none.
        :param ports: Ports of the host that lead to the machine. Default: none.
        :param cloud_init: What is done at the first start. Default: nothing.
        :param graphics: A graphical console. Default: none.
        :param console: A serial console, with its log kept. Default: true.
        :param guest_agent: Give the guest a channel for the QEMU guest agent. Default: false.
        :param autostart: Start it when the host starts. Default: false.
        :param power: What it should be doing. Default: running.
        :param resources: Shares and limits. Default: none.
        :param shutdown_timeout: How long a graceful shutdown may take before the machine is switched off, in
            seconds. Default: 60s.
        :param switch_off: Switch it off when a graceful shutdown took too long; without it, the step fails
            instead. Default: true.
        :param wait_for: What must be seen before it counts as created. Default: that it runs.
        :param description: What it is for. Default: empty.
        :param labels: Marks for people and tools. Default: none.
        :param libvirt: Settings for libvirt hosts only.
        :param namespace: Settings for the namespace runtime only.
        """
        properties: dict[str, Any] = {
            "cpus": cpus,
            "memory": memory,
            "max_cpus": max_cpus,
            "max_memory": max_memory,
            "image": image,
            "architecture": architecture,
            "machine_type": machine_type,
            "firmware": firmware,
            "virtualization": virtualization,
            "cpu": cpu,
            "boot": boot,
            "disks": disks,
            "networks": networks,
            "ports": ports,
            "cloud_init": cloud_init,
            "graphics": graphics,
            "console": console,
            "guest_agent": guest_agent,
            "autostart": autostart,
            "power": power,
            "resources": resources,
            "shutdown_timeout": shutdown_timeout,
            "switch_off": switch_off,
            "wait_for": wait_for,
            "description": description,
            "labels": labels,
            "libvirt": libvirt,
            "namespace": namespace,
            "name": None,
            "address": None,
            "addresses": None,
            "state": None,
        }
        super().__init__("virtwright:index:VirtualMachine", resource_name, properties, opts)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> VirtualMachine:
        """One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."""
        return VirtualMachine(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

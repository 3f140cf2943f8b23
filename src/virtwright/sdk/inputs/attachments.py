"""Inputs from ``schemas/attachments.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class FileArgs:
    """A file written before the first start. Exactly one of ``content`` and ``source`` is given."""

    path: pulumi.Input[str]
    """Where it lies inside."""
    content: pulumi.Input[str] | None = None
    """What it holds. Anything but NUL."""
    source: pulumi.Input[str] | None = None
    """A file on the machine that runs virtwright, relative to the stack's file; read when the stack is."""
    mode: pulumi.Input[str] | None = None
    """Its permissions in octal, as text. Default: 0644."""
    owner: pulumi.Input[str] | None = None
    """``user`` or ``user:group``, by name or number. Default: root."""
    in_memory: pulumi.Input[bool] | None = None
    """Keep it in memory only (a tmpfs; a secret in a Swarm), so that it is in no image, layer or inspectable
    setting. Default: false."""


class FileArgsDict(TypedDict):
    """A file written before the first start. Exactly one of ``content`` and ``source`` is given."""

    path: pulumi.Input[str]
    """Where it lies inside."""
    content: NotRequired[pulumi.Input[str] | None]
    """What it holds. Anything but NUL."""
    source: NotRequired[pulumi.Input[str] | None]
    """A file on the machine that runs virtwright, relative to the stack's file; read when the stack is."""
    mode: NotRequired[pulumi.Input[str] | None]
    """Its permissions in octal, as text. Default: 0644."""
    owner: NotRequired[pulumi.Input[str] | None]
    """``user`` or ``user:group``, by name or number. Default: root."""
    in_memory: NotRequired[pulumi.Input[bool] | None]
    """Keep it in memory only (a tmpfs; a secret in a Swarm), so that it is in no image, layer or inspectable
    setting. Default: false."""


@pulumi.input_type
@dataclass(kw_only=True)
class NetworkAttachmentArgs:
    """Membership in a network."""

    network: pulumi.Input[str]
    """The network: its name in the stack."""
    address: pulumi.Input[str] | None = None
    """A fixed IPv4 address. Default: given out by the network."""
    address6: pulumi.Input[str] | None = None
    """A fixed IPv6 address. Default: given out by the network, where it has IPv6."""
    mac: pulumi.Input[str] | None = None
    """The hardware address. Default: derived from the resource's identity, so that it stays."""
    aliases: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """More names under which the other members find it. Default: none but the resource's own."""
    model: pulumi.Input[Literal["virtio", "e1000", "e1000e", "rtl8139"]] | None = None
    """The device a virtual machine sees. Default: virtio where devices are paravirtual, else e1000."""
    boot_order: pulumi.Input[int] | None = None
    """A virtual machine's place for this device in its boot order, from 1; it then boots over the network. Default:
    not booted from."""


class NetworkAttachmentArgsDict(TypedDict):
    """Membership in a network."""

    network: pulumi.Input[str]
    """The network: its name in the stack."""
    address: NotRequired[pulumi.Input[str] | None]
    """A fixed IPv4 address. Default: given out by the network."""
    address6: NotRequired[pulumi.Input[str] | None]
    """A fixed IPv6 address. Default: given out by the network, where it has IPv6."""
    mac: NotRequired[pulumi.Input[str] | None]
    """The hardware address. Default: derived from the resource's identity, so that it stays."""
    aliases: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """More names under which the other members find it. Default: none but the resource's own."""
    model: NotRequired[pulumi.Input[Literal["virtio", "e1000", "e1000e", "rtl8139"]] | None]
    """The device a virtual machine sees. Default: virtio where devices are paravirtual, else e1000."""
    boot_order: NotRequired[pulumi.Input[int] | None]
    """A virtual machine's place for this device in its boot order, from 1; it then boots over the network. Default:
    not booted from."""


@pulumi.input_type
@dataclass(kw_only=True)
class PublishedPortArgs:
    """A port of the host that leads to a port inside."""

    port: pulumi.Input[int]
    """The port inside."""
    host_port: pulumi.Input[int] | None = None
    """The host's port. Default: the same number."""
    host_address: pulumi.Input[str] | None = None
    """The host's address it listens on. Default: all."""
    protocol: pulumi.Input[Literal["tcp", "udp"]] | None = None
    """The protocol. Default: tcp."""
    mode: pulumi.Input[Literal["ingress", "host"]] | None = None
    """In a Swarm: ``ingress``, on every node, or ``host``, on those that run a copy. Default: ingress."""


class PublishedPortArgsDict(TypedDict):
    """A port of the host that leads to a port inside."""

    port: pulumi.Input[int]
    """The port inside."""
    host_port: NotRequired[pulumi.Input[int] | None]
    """The host's port. Default: the same number."""
    host_address: NotRequired[pulumi.Input[str] | None]
    """The host's address it listens on. Default: all."""
    protocol: NotRequired[pulumi.Input[Literal["tcp", "udp"]] | None]
    """The protocol. Default: tcp."""
    mode: NotRequired[pulumi.Input[Literal["ingress", "host"]] | None]
    """In a Swarm: ``ingress``, on every node, or ``host``, on those that run a copy. Default: ingress."""

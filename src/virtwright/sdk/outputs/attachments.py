"""Outputs from ``schemas/attachments.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi


@pulumi.output_type
class File(dict[str, Any]):
    """A file written before the first start. Exactly one of ``content`` and ``source`` is given."""

    path: str
    """Where it lies inside."""
    content: str | None
    """What it holds. Anything but NUL."""
    source: str | None
    """A file on the machine that runs virtwright, relative to the stack's file; read when the stack is."""
    mode: str
    """Its permissions in octal, as text. Default: 0644."""
    owner: str | None
    """``user`` or ``user:group``, by name or number. Default: root."""
    in_memory: bool
    """Keep it in memory only (a tmpfs; a secret in a Swarm), so that it is in no image, layer or inspectable
    setting. Default: false."""


@pulumi.output_type
class NetworkAttachment(dict[str, Any]):
    """Membership in a network."""

    network: str
    """The network: its name in the stack."""
    address: str | None
    """A fixed IPv4 address. Default: given out by the network."""
    address6: str | None
    """A fixed IPv6 address. Default: given out by the network, where it has IPv6."""
    mac: str | None
    """The hardware address. Default: derived from the resource's identity, so that it stays."""
    aliases: Sequence[str]
    """More names under which the other members find it. Default: none but the resource's own."""
    model: str | None
    """The device a virtual machine sees. Default: virtio where devices are paravirtual, else e1000."""
    boot_order: int | None
    """A virtual machine's place for this device in its boot order, from 1; it then boots over the network. Default:
    not booted from."""


@pulumi.output_type
class PublishedPort(dict[str, Any]):
    """A port of the host that leads to a port inside."""

    port: int
    """The port inside."""
    host_port: int | None
    """The host's port. Default: the same number."""
    host_address: str | None
    """The host's address it listens on. Default: all."""
    protocol: str
    """The protocol. Default: tcp."""
    mode: str | None
    """In a Swarm: ``ingress``, on every node, or ``host``, on those that run a copy. Default: ingress."""

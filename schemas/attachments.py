"""How machines and containers join networks, publish ports and receive files."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.checks import exactly_one
from virtwright.schemas.faults import fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Port
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import (
    AbsolutePath,
    Address,
    Address4,
    Address6,
    Content,
    Hostname,
    LocalPath,
    Mac,
    Mode,
    Owner,
    Reference,
)


class NetworkAttachment(Model):
    """Membership in a network."""

    network: Annotated[Reference, RefersTo("Network")]
    """The network: its name in the stack."""
    address: Address4 | None = None
    """A fixed IPv4 address. Default: given out by the network."""
    address6: Address6 | None = None
    """A fixed IPv6 address. Default: given out by the network, where it has IPv6."""
    mac: Mac | None = None
    """The hardware address. Default: derived from the resource's identity, so that it stays."""
    aliases: list[Hostname] = []
    """More names under which the other members find it. Default: none but the resource's own."""
    model: Literal["virtio", "e1000", "e1000e", "rtl8139"] | None = None
    """The device a virtual machine sees. Default: virtio where devices are paravirtual, else e1000."""
    boot_order: Annotated[int, Field(ge=1, le=64)] | None = None
    """A virtual machine's place for this device in its boot order, from 1; it then boots over the network. Default: not
    booted from."""


def _network(value: Any) -> Any:
    return {"network": value} if isinstance(value, str) else value


Attachment = Annotated[NetworkAttachment, BeforeValidator(_network, json_schema_input_type=str | NetworkAttachment)]


class PublishedPort(Model):
    """A port of the host that leads to a port inside."""

    port: Port
    """The port inside."""
    host_port: Port | None = None
    """The host's port. Default: the same number."""
    host_address: Address | None = None
    """The host's address it listens on. Default: all."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """The protocol. Default: tcp."""
    mode: Literal["ingress", "host"] | None = None
    """In a Swarm: ``ingress``, on every node, or ``host``, on those that run a copy. Default: ingress."""

    @model_validator(mode="before")
    @classmethod
    def _same_number(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("host_port") is None and "port" in value:
            return {**value, "host_port": value["port"]}
        return value


_PORT = re.compile(r"(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9]+(?:\.[0-9]+)+)):)?(?:([0-9]{1,5}):)?([0-9]{1,5})(?:/(tcp|udp))?")


def _published(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"port": value}
    if not isinstance(value, str):
        return value
    parts = _PORT.fullmatch(value)
    if not parts:
        raise fault("expected a port, as 8080:80, 127.0.0.1:8080:80 or 53:53/udp", show=True)
    v6, v4, host, port, protocol = parts.groups()
    published: dict[str, Any] = {"port": int(port), "protocol": protocol or "tcp", "host_address": v6 or v4}
    return {**published, "host_port": int(host)} if host else published


PortMapping = Annotated[PublishedPort, BeforeValidator(_published, json_schema_input_type=str | int | PublishedPort)]


class File(Model):
    """A file written before the first start. Exactly one of ``content`` and ``source`` is given."""

    path: AbsolutePath
    """Where it lies inside."""
    content: Content | None = None
    """What it holds. Anything but NUL."""
    source: LocalPath | None = None
    """A file on the machine that runs virtwright, relative to the stack's file; read when the stack is."""
    mode: Mode = "0644"
    """Its permissions in octal, as text. Default: 0644."""
    owner: Owner | None = None
    """``user`` or ``user:group``, by name or number. Default: root."""
    in_memory: bool = False
    """Keep it in memory only (a tmpfs; a secret in a Swarm), so that it is in no image, layer or inspectable setting.
    Default: false."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(content=self.content, source=self.source)
        if self.path == "/":
            raise fault("must name a file, not the root folder", at=("path",))
        return self

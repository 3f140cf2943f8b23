"""How machines and containers join networks and volumes, publish ports and receive files."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Size
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import AbsolutePath, Address, Address4, Address6, Hostname, Line, Mac, Mode, Port, Text


class NetworkAttachment(Model):
    """Membership in a network."""

    network: Annotated[Line, RefersTo("Network")]
    address: Address4 | None = None
    """A fixed address. Default: given out by the network."""
    address6: Address6 | None = None
    mac: Mac | None = None
    """Default: derived from the resource's identity, so that it stays."""
    aliases: list[Hostname] = []
    """More names under which the other members find it."""
    model: Literal["virtio", "e1000", "e1000e", "rtl8139"] | None = None
    """The device a virtual machine sees. Default: virtio where devices are paravirtual."""


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

    @model_validator(mode="before")
    @classmethod
    def _same_number(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("host_port") is None and "port" in value:
            return {**value, "host_port": value["port"]}
        return value


_PORT = re.compile(r"(?:(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):)?(?:([0-9]+):)?([0-9]+)(?:/(tcp|udp))?")


def _published(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"port": value}
    if not isinstance(value, str):
        return value
    parts = _PORT.fullmatch(value)
    if not parts:
        raise ValueError(f"not a port: {value!r} (write 8080:80, 127.0.0.1:8080:80 or 53:53/udp)")
    v6, v4, host, inside, protocol = parts.groups()
    port: dict[str, Any] = {"port": int(inside), "protocol": protocol or "tcp", "host_address": v6 or v4}
    return {**port, "host_port": int(host)} if host else port


PortMapping = Annotated[PublishedPort, BeforeValidator(_published, json_schema_input_type=str | int | PublishedPort)]


class Mount(Model):
    """A volume of the stack, or a path of the host, seen inside a container. Exactly one of the two."""

    volume: Annotated[Line, RefersTo("Volume")] | None = None
    bind: AbsolutePath | None = None
    """A path of the host."""
    mount: AbsolutePath
    """Where it appears inside."""
    read_only: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.volume is None) == (self.bind is None):
            raise ValueError("give exactly one of volume and bind")
        return self


def _mount(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    source, separator, rest = value.partition(":")
    target, _, flag = rest.partition(":")
    if not separator or flag not in ("", "ro", "rw"):
        raise ValueError(f"not a mount: {value!r} (write data:/var/lib/data, /srv:/srv:ro or the long form)")
    kind = "bind" if source.startswith("/") else "volume"
    return {kind: source, "mount": target, "read_only": flag == "ro"}


VolumeMount = Annotated[Mount, BeforeValidator(_mount, json_schema_input_type=str | Mount)]


class Disk(Model):
    """A disk of a virtual machine."""

    volume: Annotated[Line, RefersTo("Volume")] | None = None
    """A volume of the stack. Default: a disk of its own, ``size`` large, which lives and dies with the machine."""
    size: Size | None = None
    mount: AbsolutePath | None = None
    """Where the guest mounts it (through cloud-init, or directly where the machine is a system container)."""
    bus: Literal["virtio", "scsi", "sata", "ide", "usb"] | None = None
    device: Literal["disk", "cdrom"] = "disk"
    read_only: bool = False
    cache: Literal["none", "writeback", "writethrough", "unsafe"] | None = None
    boot_order: Annotated[int, Field(ge=1, le=64)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.volume is None) == (self.size is None):
            raise ValueError("give exactly one of volume and size")
        return self


class File(Model):
    """A file written before the first start. Exactly one of ``content`` and ``source`` is given."""

    path: AbsolutePath
    """Where it lies inside."""
    content: Text | None = None
    source: Line | None = None
    """A file on the machine that runs virtwright, relative to the stack's file; read when the stack is."""
    mode: Mode = "0644"
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$")] | None = None
    """``user`` or ``user:group``, by name or number. Default: root."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.content is None) == (self.source is None):
            raise ValueError("give exactly one of content and source")
        return self

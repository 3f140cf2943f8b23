"""How machines and containers use volumes: mounts and disks."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.checks import exactly_one
from virtwright.schemas.faults import fault
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Size
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import AbsolutePath, Reference


class Mount(Model):
    """A volume of the stack, or a path of the host, seen inside a container. Exactly one of the two."""

    volume: Annotated[Reference, RefersTo("Volume")] | None = None
    """The volume: its name in the stack."""
    bind: AbsolutePath | None = None
    """A path of the host."""
    mount: AbsolutePath
    """Where it appears inside."""
    read_only: bool = False
    """It can't be written from inside. Default: false."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(volume=self.volume, bind=self.bind)
        if self.mount == "/":
            raise fault("nothing can be mounted over the root folder", at=("mount",))
        return self


def _mount(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    source, separator, rest = value.partition(":")
    target, _, flag = rest.partition(":")
    if not separator or flag not in ("", "ro", "rw"):
        raise fault("expected a mount, as data:/var/lib/data, /srv:/srv:ro or the long form", show=True)
    if source in (".", "..", "~") or source.startswith(("./", "../", "~/")):
        raise fault("a path of the host is given in full, as /srv/data:/var/lib/data", show=True)
    kind = "bind" if source.startswith("/") else "volume"
    return {kind: source, "mount": target, "read_only": flag == "ro"}


VolumeMount = Annotated[Mount, BeforeValidator(_mount, json_schema_input_type=str | Mount)]


class Disk(Model):
    """A disk of a virtual machine: a volume of the stack, or one of its own, which lives and dies with the machine."""

    volume: Annotated[Reference, RefersTo("Volume")] | None = None
    """The volume: its name in the stack. Default: a disk of its own."""
    size: Annotated[Size, Field(ge=1)] | None = None
    """Capacity in bytes of a disk of its own, as ``10GiB``. Default: as large as its image."""
    image: Annotated[Reference, RefersTo("Image", "reference", optional=True)] | None = None
    """What a disk of its own is made from, or what lies in a CD-ROM: an image of the stack, or a path of the host.
    Default: an empty disk."""
    format: Literal["raw", "qcow2"] | None = None
    """Format of a disk of its own. Default: the provider's."""
    mount: AbsolutePath | None = None
    """Where the guest mounts it (through cloud-init, or directly where the machine is a system container). Default: it is
    not mounted."""
    bus: Literal["virtio", "scsi", "sata", "ide", "usb"] | None = None
    """How the guest sees it. Default: virtio where devices are paravirtual, else sata or what the machine type has."""
    device: Literal["disk", "cdrom"] = "disk"
    """What the guest sees. Default: disk."""
    read_only: bool = False
    """It can't be written by the guest. Default: false."""
    cache: Literal["none", "writeback", "writethrough", "directsync", "unsafe"] | None = None
    """How the host caches it. Default: the hypervisor's."""
    discard: bool | None = None
    """Give space that the guest frees back to the host. Default: the hypervisor's."""
    serial: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,35}$")] | None = None
    """The serial number that the guest sees, at most 36 characters. Default: none."""
    boot_order: Annotated[int, Field(ge=1, le=64)] | None = None
    """Its place in the boot order, from 1. Default: the first disk is booted."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        exactly_one(volume=self.volume, **{"size or image": self.size if self.size is not None else self.image})
        if self.volume is not None and self.format is not None:
            raise fault("the format of a volume is said where the volume is", at=("format",))
        if self.mount == "/":
            raise fault("the root folder is on the machine's first disk already", at=("mount",))
        if self.device == "cdrom" and self.size is not None:
            raise fault("a CD-ROM needs image or volume, and has no size of its own", at=("size",))
        return self

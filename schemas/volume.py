"""Volumes: storage that outlives what uses it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from virtwright.schemas.checks import alone, at_most_one, exactly_one
from virtwright.schemas.model import Model
from virtwright.schemas.options import Options
from virtwright.schemas.overlay import LibvirtOverlay
from virtwright.schemas.quantities import Size
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import Labels, Line, LocalPath, Reference


class VolumeSource(Model):
    """What a new volume is filled with, once. Exactly one field is set."""

    image: Annotated[Reference, RefersTo("Image", "reference", optional=True)] | None = None
    """A disk image, or an image resource of the stack."""
    clone: Annotated[Reference, RefersTo("Volume")] | None = None
    """Another volume of the stack."""
    content: LocalPath | None = None
    """A folder on the machine that runs virtwright; its files are copied in."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(image=self.image, clone=self.clone, content=self.content)
        return self


class DockerVolume(Model):
    """What only Docker hosts know."""

    driver: Reference | None = None
    """The volume driver. Default: local."""
    options: dict[Reference, Line] = {}
    """Options of the driver. Default: none."""


class Volume(Model):
    """A volume. It is never deleted or replaced unless the user allowed the data loss by name."""

    size: Annotated[Size, Field(ge=1)] | None = None
    """Capacity in bytes, as ``10GiB``. Default: without a limit where the provider can, else an error."""
    format: Literal["raw", "qcow2"] | None = None
    """Disk format, for providers that have one. Default: the provider's."""
    pool: Reference | None = None
    """The storage pool. Default: the provider's."""
    allocation: Literal["thin", "full"] | None = None
    """Take space as it is used, or all of it at once. Default: thin where the provider can."""
    source: VolumeSource | None = None
    """What it is filled with when it is made. Default: empty."""
    backing: Annotated[Reference, RefersTo("Volume", optional=True)] | None = None
    """A volume or image file this one is a copy-on-write layer over. Default: none."""
    labels: Labels = {}
    """Marks for people and tools. Default: none."""
    docker: DockerVolume | None = None
    """Settings for Docker hosts only."""
    libvirt: LibvirtOverlay | None = None
    """Settings for libvirt hosts only."""
    existing: Reference | None = None
    """The name that it has on the host, where somebody else made it: it is used as it is, and never made, changed or
    deleted. Nothing else can be said of it then. Default: it is the stack's own."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        alone(self, Volume, "existing", "it is as whoever made it has made it")
        at_most_one(source=self.source, backing=self.backing)
        return self


class VolumeOutputs(Model):
    """What the host reports of a volume."""

    id: str
    """The host's own identity of it."""
    name: str
    """The volume's name on the host."""
    path: str | None = None
    """Where its data lies on the host."""
    size: int | None = None
    """Capacity in bytes."""


class VolumeEntry(Volume, Options):
    """A volume: storage that outlives what uses it."""

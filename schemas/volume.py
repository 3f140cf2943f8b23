"""Volumes: storage that outlives what uses it."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Size
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import Line


class VolumeSource(Model):
    """What a new volume is filled with, once. Exactly one field is set."""

    image: Annotated[Line, RefersTo("Image", "reference", optional=True)] | None = None
    """A disk image, or an image resource of the stack."""
    clone: Annotated[Line, RefersTo("Volume")] | None = None
    """Another volume of the stack."""
    content: Line | None = None
    """A folder on the machine that runs virtwright; its files are copied in."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(field is not None for field in (self.image, self.clone, self.content)) != 1:
            raise ValueError("give exactly one of image, clone and content")
        return self


class Volume(Model):
    """A volume. It is never deleted or replaced unless the user allowed the data loss by name."""

    size: Size | None = None
    """Capacity in bytes, as ``10GiB``. Default: without a limit where the provider can, else an error."""
    format: Literal["raw", "qcow2"] | None = None
    """Disk format, for providers that have one. Default: the provider's."""
    pool: Line | None = None
    """The storage pool. Default: the provider's."""
    source: VolumeSource | None = None
    backing: Annotated[Line, RefersTo("Volume", optional=True)] | None = None
    """A volume or image file this one is a copy-on-write layer over."""
    labels: dict[Line, Line] = {}


class VolumeOutputs(Model):
    """What the host reports of a volume."""

    id: str
    name: str
    """The volume's name on the host."""
    path: str | None = None
    """Where its data lies on the host."""
    size: int | None = None
    """Capacity in bytes."""

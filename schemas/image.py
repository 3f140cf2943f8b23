"""Images: what machines and containers start from."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.model import Model
from virtwright.schemas.text import Line


class BuildContext(Model):
    """An image that is built from a folder."""

    context: Line
    """The folder, relative to the stack's file."""
    dockerfile: Line = "Dockerfile"
    target: Line | None = None
    args: dict[Line, Line] = {}


class ImageSource(Model):
    """Where an image comes from. Exactly one of the first five fields is set."""

    registry: Line | None = None
    """A registry reference: ``docker.io/library/nginx:1.27`` or ``...@sha256:...``."""
    file: Line | None = None
    """A disk image on the machine that runs virtwright."""
    url: Annotated[Line, Field(pattern=r"^https?://")] | None = None
    """A disk image or archive to download; ``sha256`` is then required."""
    archive: Line | None = None
    """A tar of a root file system, a docker-archive or an OCI archive; or a folder with a root file system."""
    build: BuildContext | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Checksum of the file or download, in hex."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.registry, self.file, self.url, self.archive, self.build)
        if sum(field is not None for field in given) != 1:
            raise ValueError("give exactly one of registry, file, url, archive and build")
        if self.url is not None and self.sha256 is None:
            raise ValueError("url needs sha256: the checksum of what will be downloaded")
        return self


def _source(value: Any) -> Any:
    return {"registry": value} if isinstance(value, str) else value


class Image(Model):
    """An image kept on a host."""

    source: Annotated[ImageSource, BeforeValidator(_source, json_schema_input_type=str | ImageSource)]
    format: Literal["raw", "qcow2", "rootfs", "docker-archive", "oci-archive"] | None = None
    """The format, stated and never probed for disk images. Default: told from an archive's own index."""
    pull: Literal["missing", "always"] = "missing"
    """``always``: a tag that moved in the registry is drift."""
    labels: dict[Line, Line] = {}


class ImageOutputs(Model):
    """What the host reports of an image."""

    id: str
    name: str
    reference: str
    """What a machine or container names to start from this image."""
    digest: str | None = None
    """Content digest, ``sha256:...``."""

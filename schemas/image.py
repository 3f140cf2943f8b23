"""Images: what machines and containers start from."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.checks import exactly_one, no_repeats
from virtwright.schemas.environment import Environment
from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.options import Options
from virtwright.schemas.text import Labels, LocalPath, Reference, RelativePath, Sha256


class BuildContext(Model):
    """An image that is built from a folder."""

    context: LocalPath
    """The folder, relative to the stack's file."""
    dockerfile: RelativePath = "Dockerfile"
    """The file with the instructions, inside the folder. Default: Dockerfile."""
    target: Reference | None = None
    """The stage to build. Default: the last."""
    args: Environment = {}
    """Build arguments. Default: none."""
    cache_from: list[Reference] = []
    """Images whose layers may be used again. Default: none."""
    sha256: Sha256 | None = None
    """Checksum of all that is sent: names, modes, contents and links of what ``.dockerignore`` leaves. Default: that of
    what is in the folder, so that the image is built again when that changes."""


class ImageSource(Model):
    """Where an image comes from. Exactly one of the first five fields is set."""

    registry: Reference | None = None
    """A registry reference: ``docker.io/library/nginx:1.27`` or ``...@sha256:...``."""
    file: LocalPath | None = None
    """A disk image on the machine that runs virtwright."""
    url: (
        Annotated[
            Reference, Field(pattern=r"^https?://[A-Za-z0-9\[]", max_length=4096), Expected("an http or https URL")
        ]
        | None
    ) = None
    """A disk image or archive to download; ``sha256`` is then required."""
    archive: LocalPath | None = None
    """A tar of a root file system, a docker-archive or an OCI archive; or a folder with a root file system."""
    build: BuildContext | None = None
    """A folder to build the image from."""
    sha256: Sha256 | None = None
    """Checksum of the file or download, in hex. Default: not checked; required with ``url``."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(registry=self.registry, file=self.file, url=self.url, archive=self.archive, build=self.build)
        if self.url is not None and self.sha256 is None:
            raise fault("url needs sha256: the checksum of what will be downloaded")
        if self.sha256 is not None and (self.registry is not None or self.build is not None):
            raise fault(
                "sha256 goes with file, url and archive; pin a registry's image with @sha256:...", at=("sha256",)
            )
        return self


def _source(value: Any) -> Any:
    return {"registry": value} if isinstance(value, str) else value


class Image(Model):
    """An image kept on a host."""

    source: Annotated[ImageSource, BeforeValidator(_source, json_schema_input_type=str | ImageSource)]
    """Where it comes from. A single text is a registry reference."""
    format: Literal["raw", "qcow2", "rootfs", "docker-archive", "oci-archive"] | None = None
    """The format, stated and never probed for disk images. Default: told from an archive's own index."""
    pull: Literal["missing", "always"] = "missing"
    """``always``: a tag that moved in the registry is drift. Default: missing."""
    platform: (
        Annotated[str, Field(pattern=r"^[a-z0-9]+(/[a-z0-9_]+){0,2}$"), Expected("a platform, as linux/arm64")] | None
    ) = None
    """Which of a registry's images to take, or to build, as ``linux/arm64``. Default: the host's."""
    tags: list[Reference] = []
    """More names for the image on the host. Default: none."""
    push: bool = False
    """Push the image under each of ``tags`` to the registry it names. Default: false."""
    pool: Reference | None = None
    """The storage pool it is kept in. Default: the provider's."""
    labels: Labels = {}
    """Marks for people and tools. Default: none."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.tags, list):
            no_repeats("the tag", ((("tags", index), tag) for index, tag in enumerate(self.tags)))
        if self.push is True and self.tags == []:
            raise fault("push needs tags: the names to push it under", at=("push",))
        return self


class ImageOutputs(Model):
    """What the host reports of an image."""

    id: str
    """The host's own identity of it."""
    name: str
    """Its name on the host."""
    reference: str
    """What a machine or container names to start from this image."""
    digest: str | None = None
    """The digest of its content, as ``sha256:...``."""


class ImageEntry(Image, Options):
    """An image: what machines and containers start from."""

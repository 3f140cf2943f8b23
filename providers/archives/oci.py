"""OCI layouts, in a folder or a tar. Format: OCI image-spec, image-layout.md, image-index.md and manifest.md."""

import hashlib
import platform
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field

from virtwright.providers.archives.blobs import Blobs, read_document
from virtwright.providers.archives.config import ImageDocument
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Limits
from virtwright.providers.archives.manifest import Layer, Manifest, hex_digest, parse

MARKER: Final = "oci-layout"
INDEX: Final = "index.json"
_MOST_NESTED: Final = 4
_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


class _Platform(BaseModel):
    architecture: str = ""
    os: str = ""


class _Descriptor(BaseModel):
    media_type: Annotated[str, Field(alias="mediaType")] = ""
    digest: str
    size: Annotated[int, Field(ge=0)]
    platform: _Platform | None = None


def _list(value: Any) -> Any:
    return value or []


class _Index(BaseModel):
    manifests: Annotated[list[_Descriptor], BeforeValidator(_list)] = []


class _Manifest(BaseModel):
    config: _Descriptor
    layers: Annotated[list[_Descriptor], BeforeValidator(_list)] = []


def load(blobs: Blobs, source: Path, limits: Limits, architecture: str | None = None) -> Manifest:
    """The layout's image for an architecture, as ``arm64``; by default this machine's. Every document is held against its
    digest. Raises ``ImageError``."""
    reader = _Reader(blobs, source, limits, architecture)
    index = parse(_Index, read_document(blobs, INDEX, source, limits), INDEX, source)
    manifest = parse(_Manifest, reader.read(reader.choose(index)), "the manifest", source)
    document = parse(ImageDocument, reader.read(manifest.config), "the configuration", source)
    diff_ids = document.rootfs.diff_ids
    if len(diff_ids) != len(manifest.layers):
        message = f"it lists {len(manifest.layers)} layers and {len(diff_ids)} digests of layers"
        raise ImageError(message, source=source)
    layers = (
        Layer(reader.name(layer), hex_digest(layer.digest, source), hex_digest(plain, source))
        for layer, plain in zip(manifest.layers, diff_ids, strict=True)
    )
    return Manifest(document.config, tuple(layers), reader.name(manifest.config))


class _Reader:
    def __init__(self, blobs: Blobs, source: Path, limits: Limits, architecture: str | None) -> None:
        self._blobs = blobs
        self._architecture = architecture or platform.machine()
        self._source = source
        self._limits = limits

    def name(self, descriptor: _Descriptor) -> str:
        """The name of a part whose size is what its descriptor says."""
        name = f"blobs/sha256/{hex_digest(descriptor.digest, self._source)}"
        if (size := self._blobs.size(name)) != descriptor.size:
            message = f"{name!r} has {size} bytes and should have {descriptor.size}"
            raise ImageError(message, source=self._source)
        return name

    def read(self, descriptor: _Descriptor) -> bytes:
        data = read_document(self._blobs, self.name(descriptor), self._source, self._limits)
        if hashlib.sha256(data).hexdigest() != hex_digest(descriptor.digest, self._source):
            raise ImageError(f"the content of {descriptor.digest!r} does not match its digest", source=self._source)
        return data

    def choose(self, index: _Index) -> _Descriptor:
        """The one manifest for the architecture, through indexes inside indexes."""
        for _ in range(_MOST_NESTED):
            descriptor = self._pick(index.manifests)
            if descriptor.media_type not in _INDEXES:
                return descriptor
            index = parse(_Index, self.read(descriptor), "an index", self._source)
        raise ImageError("its indexes are nested too deep", source=self._source)

    def _pick(self, found: list[_Descriptor]) -> _Descriptor:
        machine = self._architecture
        wanted = _ARCHITECTURES.get(machine, machine)
        fitting = [item for item in found if item.platform is None or item.platform.architecture in (wanted, "")]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(item.platform.architecture for item in found if item.platform) or "none named"
        message = f"it holds {len(fitting)} images for {wanted} (architectures: {names}); one is needed"
        hint = "Copy one image into each layout:\n    skopeo copy docker://NAME:TAG oci-archive:IMAGE.tar"
        raise ImageError(message, source=self._source, hint=hint)

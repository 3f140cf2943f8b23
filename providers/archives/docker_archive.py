"""Archives made by ``docker save``. Format: Moby's image specification v1.2, ``manifest.json``."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

from virtwright.providers.archives.blobs import Blobs, read_document
from virtwright.providers.archives.config import ImageDocument
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Limits
from virtwright.providers.archives.manifest import Layer, Manifest, hex_digest, parse

MANIFEST: Final = "manifest.json"


class _Entry(BaseModel):
    config: Annotated[str, Field(alias="Config")]
    tags: Annotated[list[str], BeforeValidator(lambda value: value or []), Field(alias="RepoTags")] = []
    layers: Annotated[list[str], BeforeValidator(lambda value: value or []), Field(alias="Layers")]


_ENTRIES: Final = TypeAdapter(list[_Entry])


def load(blobs: Blobs, source: Path, limits: Limits) -> Manifest:
    """The one image of the archive. Raises ``ImageError``."""
    entries = parse(_ENTRIES, read_document(blobs, MANIFEST, source, limits), MANIFEST, source)
    if len(entries) != 1:
        tags = ", ".join(tag for entry in entries for tag in entry.tags) or "none named"
        hint = "Save one image into each archive:\n    docker save -o IMAGE.tar NAME:TAG"
        raise ImageError(f"it holds {len(entries)} images ({tags}); one is needed", source=source, hint=hint)
    entry = entries[0]
    document = parse(ImageDocument, read_document(blobs, entry.config, source, limits), entry.config, source)
    diff_ids = document.rootfs.diff_ids
    if len(diff_ids) != len(entry.layers):
        message = f"it lists {len(entry.layers)} layers and {len(diff_ids)} digests of layers"
        raise ImageError(message, source=source)
    layers = (
        Layer(name, None, hex_digest(digest, source)) for name, digest in zip(entry.layers, diff_ids, strict=True)
    )
    return Manifest(document.config, tuple(layers), entry.config)

"""Tell what an archive is, and unpack it into a tree."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from virtwright.providers.archives import docker_archive, oci
from virtwright.providers.archives.blobs import Blobs, FolderBlobs, TarBlobs
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.formats import Format, format_of, parts_readable
from virtwright.providers.archives.limits import Meter
from virtwright.providers.archives.manifest import Layer, Manifest
from virtwright.providers.archives.stream import LayerStream
from virtwright.providers.namespace.images.folder import copy_folder
from virtwright.providers.namespace.images.layer import unpack_layer
from virtwright.providers.namespace.images.tree import Tree

Progress = Callable[[str], None]


def unpack_folder(source: Path, tree: Tree, meter: Meter, format: Format | None, progress: Progress) -> ImageConfig:
    """A folder: an OCI layout where it bears the layout's mark, else a root file system. Raises ``ImageError``."""
    if format == "docker-archive":
        raise ImageError("is a folder, and a docker-archive is a file", source=source)
    if format == "oci-archive" or (format is None and (source / oci.MARKER).is_file()):
        blobs = FolderBlobs(source)
        return _unpack_layers(oci.load(blobs, source, meter.limits), blobs, tree, meter, progress)
    progress("copying the folder")
    copy_folder(source, tree, meter)
    return ImageConfig()


def unpack_archive(
    stream: BinaryIO, source: Path, tree: Tree, meter: Meter, format: Format | None, progress: Progress
) -> ImageConfig:
    """A file, packed or not. ``source`` names it in errors. Raises ``ImageError``."""
    with ExitStack() as closing:
        if format != "rootfs":
            stream = closing.enter_context(parts_readable(stream, meter))
        if format is None:
            format = format_of(stream, source, meter.limits)
        if format == "rootfs":
            progress("unpacking the root file system")
            stream.seek(0)
            layer = LayerStream(stream, meter, "the archive")
            _note_skipped(unpack_layer(layer, tree, meter, whiteouts=False).skipped, progress)
            return ImageConfig()
        blobs = TarBlobs(stream, source, meter.limits)
        load = oci.load if format == "oci-archive" else docker_archive.load
        return _unpack_layers(load(blobs, source, meter.limits), blobs, tree, meter, progress)


def _unpack_layers(manifest: Manifest, blobs: Blobs, tree: Tree, meter: Meter, progress: Progress) -> ImageConfig:
    layers = manifest.layers
    if len(layers) > meter.limits.layers:
        raise ImageError(f"has {len(layers)} layers; at most {meter.limits.layers} are accepted", source=meter.source)
    for number, layer in enumerate(layers, 1):
        progress(f"unpacking layer {number} of {len(layers)}")
        _unpack_layer(layer, blobs, tree, meter, progress)
    return manifest.config


def _unpack_layer(layer: Layer, blobs: Blobs, tree: Tree, meter: Meter, progress: Progress) -> None:
    size = blobs.size(layer.name)
    with blobs.open(layer.name) as stream:
        reader = LayerStream(stream, meter, f"layer {layer.name!r}", size=size)
        _note_skipped(unpack_layer(reader, tree, meter).skipped, progress)
    if layer.packed_digest is not None and reader.packed.hexdigest() != layer.packed_digest:
        raise reader.error("its content does not match its digest")
    if layer.plain_digest is not None and reader.plain_digest() != layer.plain_digest:
        raise reader.error("its content does not match the digest in the image's configuration")


def _note_skipped(skipped: list[str], progress: Progress) -> None:
    if skipped:
        progress(f"left out {len(skipped)} device nodes ({skipped[0]!r} first): a container gets its own /dev")

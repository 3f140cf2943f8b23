"""Give the daemon an image from an archive or a folder on this machine.

Whatever it comes in, the daemon gets a docker-archive that is put together here: with the tag of the resource and no other
(``docker load`` would move names that the archive brings along), and without a time of now, so that the same content is the
same image.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from virtwright.errors import HostError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives import docker_archive, oci
from virtwright.providers.archives.blobs import Blobs, FolderBlobs, TarBlobs, read_document
from virtwright.providers.archives.digest import file_digest, source_digest, walk
from virtwright.providers.archives.download import downloaded, name_of
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.formats import Format, format_of, parts_readable
from virtwright.providers.archives.limits import DEFAULT_LIMITS, Meter
from virtwright.providers.archives.manifest import Layer, Manifest
from virtwright.providers.archives.stream import LayerStream
from virtwright.providers.archives.tars import BLOCK, check_tar_start
from virtwright.providers.archives.writing import TAR_END, tar_file, tar_part, tar_tree, unreadable
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.messages import RefusedRequestError
from virtwright.providers.docker.images.progress import Layers
from virtwright.providers.docker.images.requests import streamed
from virtwright.schemas.image import Image

_CHUNK: Final = 1024 * 1024
_CONFIG: Final = "config.json"
_EPOCH: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads for one host."""

    connection: DockerConnection

    def load(self, inputs: Image, tag: str, context: Context) -> None:
        """Load what ``source`` says, checked before, and name it ``tag``. Raises ``ImageError``, ``HostError``."""
        source, digest, format = inputs.source, str(inputs.source.sha256), cast(Format | None, inputs.format)
        if source.url is not None:
            with downloaded(source.url, digest, _scratch(), DEFAULT_LIMITS.total, context) as stream:
                self._archive(stream, name_of(source.url), tag, format, inputs.platform, context)
            return
        path = Path(str(source.archive))
        if path.is_dir():
            self._folder(path, digest, tag, format, inputs.platform, context)
            return
        try:
            with path.open("rb") as stream:
                if file_digest(path, path.stat()) != digest:
                    raise _changed(path)
                self._archive(stream, path, tag, format, inputs.platform, context)
        except OSError as error:
            raise unreadable(path, error) from error

    def _folder(
        self, path: Path, digest: str, tag: str, format: Format | None, platform: str | None, context: Context
    ) -> None:
        if format == "docker-archive":
            raise ImageError("is a folder, and a docker-archive is a file", source=path)
        if source_digest(path) != digest:
            raise _changed(path)
        if format == "oci-archive" or (format is None and (path / oci.MARKER).is_file()):
            blobs = FolderBlobs(path)
            manifest = oci.load(blobs, path, DEFAULT_LIMITS, self._architecture(platform))
            self._send(_layers(manifest, blobs, path, tag), path, context)
            return

        def tree() -> Iterator[bytes]:
            yield from tar_tree(path, walk(path))
            yield TAR_END

        total, size = hashlib.sha256(), 0
        for data in tree():
            total.update(data)
            size += len(data)
        layer = tar_part("layer", size, tree())
        self._send(_one_layer(layer, total.hexdigest(), self._architecture(platform), tag), path, context)

    def _archive(
        self, stream: BinaryIO, path: Path, tag: str, format: Format | None, platform: str | None, context: Context
    ) -> None:
        meter = Meter(path, _scratch())
        if format == "rootfs":
            self._rootfs(stream, meter, tag, platform, context)
            return
        with parts_readable(stream, meter) as plain:
            format = format or format_of(plain, path, meter.limits)
            if format == "rootfs":
                self._rootfs(stream, meter, tag, platform, context)
                return
            blobs = TarBlobs(plain, path, meter.limits)
            if format == "oci-archive":
                manifest = oci.load(blobs, path, meter.limits, self._architecture(platform))
            else:
                manifest = docker_archive.load(blobs, path, meter.limits)
            self._send(_layers(manifest, blobs, path, tag), path, context)

    def _rootfs(self, stream: BinaryIO, meter: Meter, tag: str, platform: str | None, context: Context) -> None:
        stream.seek(0)
        plain = LayerStream(stream, meter, "the archive")
        check_tar_start(plain.read(BLOCK), meter.source)
        plain.drain()
        size = stream.seek(0, 2)
        stream.seek(0)
        layer = tar_part("layer", size, _read(stream, size, meter.source))
        self._send(_one_layer(layer, plain.plain_digest(), self._architecture(platform), tag), meter.source, context)

    def _architecture(self, platform: str | None) -> str:
        if platform is not None and "/" in platform:
            return platform.split("/")[1]
        version = self.connection.call("ask for its architecture", lambda client: client.version())
        return str(version.get("Arch", "amd64"))

    def _send(self, archive: Iterable[bytes], source: Path, context: Context) -> None:
        layers = Layers(f"loading {source.name}", context)
        context.progress(f"loading {source.name}")
        try:
            for message in streamed(
                self.connection, f"load {source}", "/images/load", context, params={"quiet": "0"}, body=archive
            ):
                layers.take(message)
        except RefusedRequestError as error:
            raise _load_error(source, error.message) from error


def _layers(manifest: Manifest, blobs: Blobs, source: Path, tag: str) -> Iterator[bytes]:
    """The image of an archive of layers, as a docker-archive."""
    for index, layer in enumerate(manifest.layers):
        with blobs.open(layer.name) as stream:
            yield from tar_part(f"layer{index}", blobs.size(layer.name), _checked(stream, layer, blobs, source))
    config = read_document(blobs, manifest.document, source, DEFAULT_LIMITS)
    yield from _end(config, [f"layer{index}" for index in range(len(manifest.layers))], tag)


def _checked(stream: BinaryIO, layer: Layer, blobs: Blobs, source: Path) -> Iterator[bytes]:
    total = hashlib.sha256()
    for data in _read(stream, blobs.size(layer.name), source):
        total.update(data)
        yield data
    if layer.packed_digest is not None and total.hexdigest() != layer.packed_digest:
        raise ImageError(f"the content of its layer {layer.name!r} does not match its digest", source=source)


def _one_layer(layer: Iterable[bytes], digest: str, architecture: str, tag: str) -> Iterator[bytes]:
    """An image of a whole root file system."""
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": _EPOCH,
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": _EPOCH}],
    }
    yield from layer
    yield from _end(json.dumps(config, sort_keys=True).encode(), ["layer"], tag)


def _end(config: bytes, layers: list[str], tag: str) -> Iterator[bytes]:
    yield from tar_file(_CONFIG, config)
    entry = {"Config": _CONFIG, "RepoTags": [tag], "Layers": layers}
    yield from tar_file(docker_archive.MANIFEST, json.dumps([entry]).encode())
    yield TAR_END


def _read(stream: BinaryIO, size: int, source: Path) -> Iterator[bytes]:
    left = size
    while left:
        data = stream.read(min(_CHUNK, left))
        if not data:
            raise ImageError("is cut short", source=source)
        left -= len(data)
        yield data


def _scratch() -> Path:
    return Path(tempfile.gettempdir())


def _changed(source: Path) -> ImageError:
    return ImageError("changed since it was checked", source=source, hint="apply again")


def _load_error(source: Path, said: str) -> VirtwrightError:
    if "no space left" in said.lower():
        return HostError(
            f"could not load {source}: the disk of the Docker host is full ({said})",
            hint="to see what takes the space:\n    docker system df",
        )
    return ImageError(f"the daemon refused it: {said}", source=source)

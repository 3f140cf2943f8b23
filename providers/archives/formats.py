"""What kind of archive a file is, and its plain bytes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from virtwright.providers.archives import docker_archive, oci
from virtwright.providers.archives.blobs import TarBlobs
from virtwright.providers.archives.compression import is_packed
from virtwright.providers.archives.limits import Limits, Meter
from virtwright.providers.archives.stream import LayerStream

Format = Literal["rootfs", "docker-archive", "oci-archive"]
_CHUNK: Final = 1024 * 1024


@contextmanager
def parts_readable(stream: BinaryIO, meter: Meter) -> Iterator[BinaryIO]:
    """The archive's plain bytes, readable in any order: itself, or where it is packed a copy in a file without a name in
    ``meter.scratch``. Raises ``ImageError`` for damaged data and bombs."""
    if not is_packed(_start(stream)):
        yield stream
        return
    with tempfile.TemporaryFile(dir=meter.scratch) as copy:
        layer = LayerStream(stream, meter, "the archive")
        size = 0
        while data := layer.read(_CHUNK):
            size += len(data)
            if size > meter.limits.total:
                raise layer.error("it unpacks to more than is allowed")
            copy.write(data)
        copy.seek(0)
        yield cast(BinaryIO, copy)


def format_of(stream: BinaryIO, source: Path, limits: Limits) -> Format:
    """By the files that only the two archives of layers have at their top; anything else is a root file system. The stream
    holds plain bytes, and is at its start afterwards."""
    blobs = TarBlobs(stream, source, limits, tolerant=True)
    stream.seek(0)
    if blobs.has(oci.MARKER) and blobs.has(oci.INDEX):
        return "oci-archive"
    return "docker-archive" if blobs.has(docker_archive.MANIFEST) else "rootfs"


def _start(stream: BinaryIO) -> bytes:
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    return start

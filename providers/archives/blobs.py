"""The named parts of an archive of layers, in a tar or in a folder."""

import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from virtwright.providers.archives.confined import open_in_root
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Limits
from virtwright.providers.archives.tars import forget_headers

_MOST_LINKS: Final = 8
_BAD_TAR: Final = (
    tarfile.TarError,
    ValueError,
    OverflowError,
    LookupError,
    RecursionError,
    TypeError,
    OSError,
    EOFError,
)


class Blobs(Protocol):
    """Reads parts by name."""

    def has(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """Raises ``ImageError`` where there is no such part."""
        ...

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A seekable stream at the part's start. It may go on after the part's end: read ``size`` bytes."""
        ...


def read_document(blobs: Blobs, name: str, source: Path, limits: Limits) -> bytes:
    """A small part, whole. Raises ``ImageError`` where it is missing or larger than any real one."""
    size = blobs.size(name)
    if size > limits.document:
        raise ImageError(f"{name!r} is larger than {limits.document} bytes", source=source)
    with blobs.open(name) as stream:
        data = stream.read(size)
    if len(data) != size:
        raise ImageError(f"{name!r} is cut short", source=source)
    return data


class TarBlobs:
    """The parts of an uncompressed tar, read in place."""

    def __init__(self, stream: BinaryIO, source: Path, limits: Limits, *, tolerant: bool = False) -> None:
        """``tolerant``: a tar that holds more parts than an image has is indexed up to there."""
        self._stream = stream
        self._tolerant = tolerant
        self._source = source
        self._parts: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        try:
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                self._index(archive, limits)
        except ImageError:
            raise
        except _BAD_TAR as error:
            raise ImageError(f"it is no tar, or damaged ({error or type(error).__name__})", source=source) from error

    def _index(self, archive: tarfile.TarFile, limits: Limits) -> None:
        end = os.fstat(self._stream.fileno()).st_size
        while (entry := archive.next()) is not None:
            forget_headers(archive)
            name = os.path.normpath(entry.name)
            if entry.isreg() and not entry.sparse:
                if entry.size < 0 or entry.offset_data + entry.size > end:
                    if self._tolerant:
                        return
                    raise ImageError(f"{entry.name!r} is cut short", source=self._source)
                self._parts[name] = (entry.offset_data, entry.size)
            elif entry.issym() or entry.islnk():
                base = PurePosixPath(name).parent if entry.issym() else PurePosixPath()
                self._links[name] = os.path.normpath(base / entry.linkname)
            if len(self._parts) + len(self._links) > limits.layers * 8:
                if self._tolerant:
                    return
                raise ImageError("it holds more parts than any image", source=self._source)

    def has(self, name: str) -> bool:
        return self._find(name) is not None

    def size(self, name: str) -> int:
        return self._need(name)[1]

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        self._stream.seek(self._need(name)[0])
        yield self._stream

    def _find(self, name: str) -> tuple[int, int] | None:
        name = os.path.normpath(name)
        for _ in range(_MOST_LINKS):
            if name in self._parts:
                return self._parts[name]
            if name not in self._links:
                return None
            name = self._links[name]
        return None

    def _need(self, name: str) -> tuple[int, int]:
        part = self._find(name)
        if part is None:
            raise ImageError(f"it has no part {name!r}", source=self._source)
        return part


class FolderBlobs:
    """The parts of an unpacked OCI layout."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, name: str) -> bool:
        try:
            self.size(name)
        except ImageError:
            return False
        return True

    def size(self, name: str) -> int:
        with self.open(name) as stream:
            return os.fstat(stream.fileno()).st_size

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with os.fdopen(self._open(name), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ImageError(f"{name!r} is no file", source=self._folder)
            yield stream

    def _open(self, name: str) -> int:
        root = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return open_in_root(root, name, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise ImageError(f"its part {name!r} can't be read: {error.strerror}", source=self._folder) from error
        finally:
            os.close(root)

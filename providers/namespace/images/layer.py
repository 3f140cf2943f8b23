"""Unpack one tar into a tree: a layer over what is there, or a whole root file system."""

import os
import tarfile
from dataclasses import field
from typing import IO, BinaryIO, Final, Self, cast

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.limits import Meter
from virtwright.providers.archives.stream import LayerStream
from virtwright.providers.archives.tars import forget_headers
from virtwright.providers.namespace.images.entries import (
    RefusedEntryError,
    check_owner,
    check_symlink,
    clamp_time,
    split_name,
)
from virtwright.providers.namespace.images.tree import Tree
from virtwright.providers.namespace.images.whiteouts import parse_whiteout

_CHUNK: Final = 256 * 1024
_ENDS: Final = ("EOFHeaderError", "EmptyHeaderError", "SubsequentHeaderError")
_BAD_TAR: Final = (tarfile.TarError, ValueError, OverflowError, LookupError, RecursionError, TypeError)


class _DamagedTarError(tarfile.TarError):
    """A header in the middle of a tar is no header."""


class _StrictInfo(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the archive; here it is an error."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            info = super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ in _ENDS:
                raise
            raise _DamagedTarError(f"a header is damaged: {error}") from error
        if info.size < 0:
            raise _DamagedTarError(f"the size of {info.name!r} is negative")
        return info


@dataclass(slots=True)
class LayerReport:
    """What was left out of a layer."""

    skipped: list[str] = field(default_factory=list)
    """Device nodes: a container gets its own /dev."""


def unpack_layer(stream: LayerStream, tree: Tree, meter: Meter, *, whiteouts: bool = True) -> LayerReport:
    """Write every entry of the tar to ``tree`` and read the stream to its end.

    Raises ``ImageError``, with the entry's name, for anything damaged or hostile.
    """
    unpacker = _Unpacker(tree, meter, stream, whiteouts)
    tree.begin_layer()
    try:
        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:", tarinfo=_StrictInfo) as archive:
            while (entry := archive.next()) is not None:
                forget_headers(archive)
                unpacker.add(archive, entry)
    except _BAD_TAR as error:
        if str(error) == "empty file":
            raise stream.error("it is empty") from error
        raise stream.error(f"it is damaged ({error or type(error).__name__})") from error
    stream.drain()
    unpacker.finish()
    return unpacker.report


class _Unpacker:
    def __init__(self, tree: Tree, meter: Meter, stream: LayerStream, whiteouts: bool) -> None:
        self.report = LayerReport()
        self._tree = tree
        self._meter = meter
        self._error = stream.error
        self._whiteouts = whiteouts
        self._folder_times: list[tuple[tuple[str, ...], int]] = []

    def add(self, archive: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
        self._meter.add_entry(entry.name, entry.size if entry.isreg() else 0)
        try:
            parts = split_name(entry.name, self._meter.limits.depth)
            if not (self._whiteouts and self._hide(parts)):
                check_owner(entry.uid, entry.gid)
                self._write(archive, entry, parts)
        except RefusedEntryError as error:
            raise self._error(f"{entry.name!r} is refused: {error}") from error
        except OSError as error:
            raise self._error(f"{entry.name!r} can't be written: {error.strerror or error}") from error

    def finish(self) -> None:
        """Set the times of the folders, inner ones first."""
        for parts, mtime in reversed(self._folder_times):
            self._tree.set_time(parts, mtime)

    def _hide(self, parts: tuple[str, ...]) -> bool:
        whiteout = parse_whiteout(parts)
        if whiteout is None:
            return False
        if whiteout.action == "remove":
            self._tree.hide(whiteout.parts)
        elif whiteout.action == "opaque":
            self._tree.hide_below(whiteout.parts)
        return True

    def _write(self, archive: tarfile.TarFile, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        if entry.isreg():
            self._file(cast(BinaryIO, archive.extractfile(entry)), entry, parts)
        elif entry.isdir():
            self._folder(entry, parts)
        elif entry.issym():
            self._symlink(entry, parts)
        elif entry.islnk():
            self._hardlink(entry, parts)
        elif entry.isfifo():
            self._fifo(entry, parts)
        elif entry.isdev():
            self.report.skipped.append(entry.name)
        else:
            raise RefusedEntryError(f"it is of the unknown type {entry.type!r}")

    def _file(self, data: BinaryIO, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        descriptor = self._tree.file(parts)
        try:
            written = 0
            while chunk := data.read(_CHUNK):
                view = memoryview(chunk)
                while view:
                    view = view[os.write(descriptor, view) :]
                written += len(chunk)
            if written != entry.size:
                raise RefusedEntryError(f"it says {entry.size} bytes and holds {written}")
            os.fchown(descriptor, entry.uid, entry.gid)
            os.fchmod(descriptor, entry.mode & 0o7777)
            mtime = clamp_time(entry.mtime)
            os.utime(descriptor, (mtime, mtime))
        finally:
            os.close(descriptor)

    def _folder(self, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        self._tree.folder(parts)
        self._tree.set_owner(parts, entry.uid, entry.gid, entry.mode & 0o7777)
        self._folder_times.append((parts, clamp_time(entry.mtime)))

    def _symlink(self, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        check_symlink(parts, entry.linkname)
        self._tree.symlink(parts, entry.linkname)
        self._tree.set_owner(parts, entry.uid, entry.gid)

    def _hardlink(self, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        self._tree.hardlink(parts, split_name(entry.linkname, self._meter.limits.depth))

    def _fifo(self, entry: tarfile.TarInfo, parts: tuple[str, ...]) -> None:
        self._tree.fifo(parts)
        self._tree.set_owner(parts, entry.uid, entry.gid, entry.mode & 0o7777)

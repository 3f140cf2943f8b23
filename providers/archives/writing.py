"""Tars written as a stream: what goes in is read when its turn comes, and nothing is kept."""

import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from virtwright.providers.archives.errors import ImageError

_CHUNK: Final = 256 * 1024
_BLOCK: Final = 512
TAR_END: Final = bytes(2 * _BLOCK)


def tar_file(name: str, data: bytes) -> Iterator[bytes]:
    """A small file, given as bytes."""
    yield from tar_part(name, len(data), [data])


def tar_part(name: str, size: int, content: Iterable[bytes]) -> Iterator[bytes]:
    """A file whose ``size`` bytes the caller streams."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    yield _header(info)
    yield from content
    yield bytes(-size % _BLOCK)


def tar_tree(folder: Path, entries: Iterable[tuple[str, os.stat_result]], *, owners: bool = True) -> Iterator[bytes]:
    """The entries (relative paths with their status) of ``folder`` with their modes and whole seconds of their times, without
    an end. ``owners``: as they are, else root. What is neither file, folder, link nor pipe is left out.

    Raises ``ImageError`` for what can't be read, and for a file that changes its size meanwhile.
    """
    for path, status in entries:
        info = _info(folder, path, status, owners)
        if info is None:
            continue
        yield _header(info)
        if info.isreg():
            yield from _content(folder / path, info.size)
            yield bytes(-info.size % _BLOCK)


def _info(folder: Path, path: str, status: os.stat_result, owners: bool) -> tarfile.TarInfo | None:
    info = tarfile.TarInfo(path)
    info.mode, info.mtime = stat.S_IMODE(status.st_mode), max(int(status.st_mtime), 0)
    if owners:
        info.uid, info.gid = status.st_uid, status.st_gid
    if stat.S_ISREG(status.st_mode):
        info.size = status.st_size
    elif stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(status.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, _target(folder / path)
    elif stat.S_ISFIFO(status.st_mode):
        info.type = tarfile.FIFOTYPE
    else:
        return None
    return info


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError as error:
        raise unreadable(path, error) from error


def _content(path: Path, size: int) -> Iterator[bytes]:
    left = size
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            while left and (data := stream.read(min(_CHUNK, left))):
                left -= len(data)
                yield data
    except OSError as error:
        raise unreadable(path, error) from error
    if left:
        raise ImageError("became shorter while it was read", source=path, hint="apply again when nobody writes to it")


def unreadable(path: Path, error: OSError) -> ImageError:
    """The error for a file or folder that can't be read."""
    return ImageError(f"can't be read: {error.strerror or error}", source=path)

"""Content digests of files and folders."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.errors import ImageError

_SKIPPED: Final = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)


def source_digest(source: Path) -> str:
    """Sha256, in hex, of a file's bytes, or of a folder's tree: names, modes, owners and contents, but no times.

    Raises ``ImageError`` where it can't be read.
    """
    try:
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            return _tree_digest(source)
        if stat.S_ISREG(status.st_mode):
            return file_digest(source, status)
    except OSError as error:
        raise ImageError(f"{error.filename or source} can't be read: {error.strerror}", source=source) from error
    raise ImageError(f"{source} is neither a file nor a folder", source=source)


@dataclass(frozen=True, slots=True)
class _File:
    """Equal as long as its content can be: by whatever path it is reached."""

    path: Path = field(compare=False)
    identity: tuple[int, ...]


def file_digest(path: Path, status: os.stat_result) -> str:
    """Sha256 of a file, in hex; read again only when its size, times or identity changed."""
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _file_digest(_File(path, identity))


@lru_cache(maxsize=65_536)
def _file_digest(file: _File) -> str:
    with file.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below ``folder`` as (relative path, status), parents first, in a fixed order. No link is followed, no
    other file system entered, and device nodes and sockets are left out."""
    device = folder.stat().st_dev
    waiting = [""]
    while waiting:
        inner = waiting.pop()
        found = []
        with os.scandir(folder / inner) as entries:
            for entry in entries:
                found.append((str(PurePosixPath(inner, entry.name)), entry.stat(follow_symlinks=False)))
        for path, status in sorted(found, key=lambda item: item[0]):
            if stat.S_IFMT(status.st_mode) in _SKIPPED:
                continue
            yield path, status
            if stat.S_ISDIR(status.st_mode) and status.st_dev == device:
                waiting.append(path)


def contents_digest(folder: Path, without: Path | None = None) -> str:
    """As ``source_digest`` of a folder, but for owners, which differ between checkouts, and for the file ``without``."""
    try:
        place = folder.resolve()
        return _tree_digest(place, owners=False, without=without.resolve() if without is not None else None)
    except OSError as error:
        raise ImageError(f"{error.filename or folder} can't be read: {error.strerror}", source=folder) from error


def _tree_digest(folder: Path, *, owners: bool = True, without: Path | None = None) -> str:
    total = hashlib.sha256()
    for path, status in walk(folder):
        if without is not None and folder / path == without:
            continue
        mode = status.st_mode
        content = ""
        if stat.S_ISREG(mode):
            content = file_digest(folder / path, status)
        elif stat.S_ISLNK(mode):
            content = str((folder / path).readlink())
        owner = f"{status.st_uid}\0{status.st_gid}\0" if owners else ""
        total.update(os.fsencode(f"{path}\0{mode:o}\0{owner}{content}\0"))
    return total.hexdigest()

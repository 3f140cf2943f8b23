"""Take a folder with a root file system into the store."""

import os
import shutil
import stat
from pathlib import Path

from virtwright.providers.archives.digest import walk
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Meter
from virtwright.providers.namespace.images.entries import RefusedEntryError, check_symlink, split_name
from virtwright.providers.namespace.images.tree import Tree


def copy_folder(source: Path, tree: Tree, meter: Meter) -> None:
    """Copy everything with its modes, owners, times and hard links; links that leave the root are refused.

    Raises ``ImageError``.
    """
    known: dict[tuple[int, int], tuple[str, ...]] = {}
    folders: list[tuple[tuple[str, ...], int]] = []
    top = source.stat()
    tree.set_owner((), top.st_uid, top.st_gid, stat.S_IMODE(top.st_mode))
    for path, status in walk(source):
        meter.add_entry(path, status.st_size if stat.S_ISREG(status.st_mode) else 0)
        try:
            parts = split_name(path, meter.limits.depth)
            _copy(source / path, parts, status, tree, known)
        except RefusedEntryError as error:
            raise ImageError(f"{path!r} is refused: {error}", source=source) from error
        except OSError as error:
            raise ImageError(f"{path!r} can't be copied: {error.strerror or error}", source=source) from error
        if stat.S_ISDIR(status.st_mode):
            folders.append((parts, int(status.st_mtime)))
    for parts, mtime in reversed(folders):
        tree.set_time(parts, mtime)


def _copy(
    path: Path,
    parts: tuple[str, ...],
    status: os.stat_result,
    tree: Tree,
    known: dict[tuple[int, int], tuple[str, ...]],
) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        tree.folder(parts)
    elif stat.S_ISLNK(status.st_mode):
        target = str(path.readlink())
        check_symlink(parts, target)
        tree.symlink(parts, target)
        tree.set_owner(parts, status.st_uid, status.st_gid)
        return
    elif stat.S_ISFIFO(status.st_mode):
        tree.fifo(parts)
    elif (first := known.get((status.st_dev, status.st_ino))) is not None:
        tree.hardlink(parts, first)
        return
    else:
        _copy_file(path, parts, status, tree)
        if status.st_nlink > 1:
            known[status.st_dev, status.st_ino] = parts
    tree.set_owner(parts, status.st_uid, status.st_gid, mode)


def _copy_file(path: Path, parts: tuple[str, ...], status: os.stat_result, tree: Tree) -> None:
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(source, "rb") as reader, os.fdopen(tree.file(parts), "wb") as writer:
        shutil.copyfileobj(reader, writer, 1024 * 1024)
        writer.flush()
        os.utime(writer.fileno(), ns=(status.st_mtime_ns, status.st_mtime_ns))

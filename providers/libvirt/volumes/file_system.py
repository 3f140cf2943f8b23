"""A file system in a file of this machine, made from a folder: what a volume with ``source.content`` is filled with."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from virtwright.errors import HostError, InputError, Where
from virtwright.process import operand, run
from virtwright.providers.context import Context
from virtwright.providers.libvirt.storage.volume import rounded
from virtwright.schemas.quantities import format_size

SMALLEST: Final = 2 * 1024**2
"""Bytes: an ext4 needs that much to hold anything."""
_UUID: Final = "7ad6a8a4-2f57-4b1c-9d4e-6c5f0a1b2c3d"
"""Of all of them, and for their hashes: the same files give the same bytes."""


@contextmanager
def file_system(folder: Path, size: int, context: Context) -> Iterator[IO[bytes]]:
    """An ext4 of ``size`` bytes with the folder's files, which belong to root. Removed at the end. Sparse.

    Raises ``InputError`` where they don't fit, or there is no such folder, and ``HostError`` where mke2fs is missing."""
    if not folder.is_dir():
        raise InputError.one("there is no such folder", where=Where(file=str(folder), path="source.content"))
    if size < SMALLEST:
        raise InputError.one(
            f"a volume with files must be at least {format_size(SMALLEST)} large", where=Where(path="size")
        )
    context.progress("making its file system")
    with tempfile.NamedTemporaryFile(prefix="virtwright-") as image:
        os.truncate(image.name, rounded(size))
        _make(folder, image.name, context)
        yield image


def _make(folder: Path, image: str, context: Context) -> None:
    owner = "root_owner=0:0,hash_seed=" + _UUID + ",lazy_itable_init=1"
    argv = ["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-U", _UUID, "-E", owner, "-d", operand(str(folder)), image]
    done = run(argv, timeout=max(1.0, context.remaining(3600.0)), check=False, package="e2fsprogs")
    if done.status == 0:
        return
    if "Could not allocate" in done.stderr or "No space left" in done.stderr or "no free" in done.stderr.lower():
        raise InputError.one(
            "its files do not fit into the volume",
            where=Where(file=str(folder), path="source.content"),
            hint="make its size larger",
        )
    raise HostError(f"mke2fs could not put {folder} into a file system: {done.stderr.strip()[:500]}")

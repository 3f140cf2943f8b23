"""What the standard library's tarfile needs help with."""

import tarfile
from pathlib import Path
from typing import Final

from virtwright.providers.archives.errors import ImageError

BLOCK: Final = 512
"""Bytes of a header."""


def check_tar_start(block: bytes, source: Path) -> None:
    """Raises ``ImageError`` where a file that begins with this block is no tar, or holds nothing."""
    if not block.strip(b"\0"):
        raise ImageError("it is empty", source=source)
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise ImageError(f"it is no tar, or damaged ({error})", source=source) from error


def forget_headers(archive: tarfile.TarFile) -> None:
    """tarfile keeps every header it has read in memory."""
    archive.__dict__["members"] = []

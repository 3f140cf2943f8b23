"""Folders in folders, deeper than any path is long."""

import os
from pathlib import Path
from typing import Final

LONG_NAME: Final = "n" * 255


def nest(folder: Path, depth: int, name: str = LONG_NAME) -> None:
    """Make ``depth`` folders in ``folder``, one in the other; the last one holds a file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)

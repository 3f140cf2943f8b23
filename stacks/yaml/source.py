"""Reading the files that a stack is made of, as text and within a size."""

import os
import stat
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, Where

MOST_BYTES: Final = 8 * 1024**2
"""The largest stack file."""


def read_text(path: Path, *, most: int = MOST_BYTES, where: Where | None = None) -> str:
    """The text of a file, without a byte-order mark. ``where`` is the place that named it (default: the file itself).

    Raises ``InputError`` where it can't be read, is no regular file, is larger than ``most`` bytes or is not text.
    """
    place = where or Where(file=str(path))
    data = _read_bytes(path, most, place)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if where is None:
            line = data.count(b"\n", 0, error.start) + 1
            place = Where(str(path), line, error.start - data.rfind(b"\n", 0, error.start))
        named = f" {path}" if where else ""
        raise InputError.one(f"the file{named} is not UTF-8 text", where=place) from error


def _read_bytes(path: Path, most: int, place: Where) -> bytes:
    try:
        # Opened without blocking, so that a FIFO does not hold the program up for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError.one(f"{path} is not a regular file", where=place)
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError.one(f"can't read {str(path)!r}: {reason}", where=place) from error
    if len(data) > most:
        raise InputError.one(f"the file {path} is larger than {_shown(most)}", where=place)
    return data


def _shown(size: int) -> str:
    return f"{size // 1024**2} MiB"

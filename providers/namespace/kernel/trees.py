"""Removing what others made: however deep it is, and wherever its links lead."""

import errno
import os
from dataclasses import field
from itertools import islice
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.confined import open_below

_DEPTH: Final = 64
"""Folders that are open at once, one in the other. What lies deeper is moved up first."""
_BATCH: Final = 10_000
"""Names of one folder that are known at once."""
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY


@dataclass(slots=True)
class _Level:
    """A folder that is being emptied."""

    fd: int
    name: str
    """In the folder above it."""
    names: list[str] = field(default_factory=list)
    """What is known to be in it."""

    def next(self) -> str | None:
        if not self.names:
            with os.scandir(self.fd) as entries:
                self.names = [entry.name for entry in islice(entries, _BATCH)]
        return self.names.pop() if self.names else None


def remove(path: str, folder: int | None = None) -> None:
    """Remove whatever is at ``path``, relative to the open ``folder``; what is gone already is fine.

    No link below is followed and no mount entered. Raises ``OSError``, for a mount too."""
    where, name = os.path.split(path)
    parent = os.open(where or ".", _FOLDER | os.O_CLOEXEC, dir_fd=folder)
    above = [_Level(parent, "")]
    try:
        _remove(above, name)
    finally:
        for level in above:
            os.close(level.fd)


def _remove(levels: list[_Level], name: str) -> None:
    """``levels`` begins with the folder that holds ``name``, and then has those that are open."""
    _take_away(levels, name)
    while len(levels) > 1:
        level = levels[-1]
        if (inner := level.next()) is not None:
            _take_away(levels, inner)
        elif _removed(levels[-2].fd, level.name):
            os.close(levels.pop().fd)


def _take_away(levels: list[_Level], name: str) -> None:
    """Unlink ``name``; a folder is opened to be emptied, or moved up where too many are open."""
    folder = levels[-1].fd
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        if len(levels) <= _DEPTH or not _moved(folder, name, levels[1].fd):
            _enter(levels, name)


def _enter(levels: list[_Level], name: str) -> None:
    try:
        levels.append(_Level(open_below(levels[-1].fd, name, _FOLDER), name))
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise OSError(errno.EBUSY, "something is mounted there", name) from error
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):  # else somebody was there first
            raise


def _moved(folder: int, name: str, top: int) -> bool:
    """False where an overlay can't: what comes from its lower layers stays where it is."""
    try:
        os.rename(name, f".{os.urandom(16).hex()}", src_dir_fd=folder, dst_dir_fd=top)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def _removed(folder: int, name: str) -> bool:
    """False where somebody has put something in meanwhile."""
    try:
        os.rmdir(name, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            return False
        raise
    return True

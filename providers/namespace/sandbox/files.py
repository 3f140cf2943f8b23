"""Files of the root that this process is in: whoever runs inside, or made the image, may have put anything in their place."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from virtwright.providers.archives.confined import open_below, open_file, open_unlinked
from virtwright.providers.namespace.kernel import trees

_PATH: Final = os.O_PATH | os.O_CLOEXEC
_LARGEST: Final = 16 * 1024 * 1024
_MOST_LINKS: Final = 40
"""As the kernel follows."""
_NAME_KEPT: Final = 60
"""Characters of a name, of which each may take four of the 255 bytes of one."""


def read(path: str) -> bytes:
    """A regular file. Raises ``OSError``, also for a pipe, a device, and what is larger than any real table."""
    with _root() as root, os.fdopen(open_file(root, path), "rb") as file:
        if len(data := file.read(_LARGEST + 1)) > _LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return data


def rewrite(path: str, data: bytes, mode: int) -> None:
    """Give a file another content; one that is there keeps its owner and its mode. Raises ``OSError``."""
    with _root() as root, os.fdopen(open_file(root, path, os.O_WRONLY | os.O_CREAT, mode), "wb") as file:
        file.truncate()
        file.write(data)


def put(path: str, text: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write or replace a file in one step, following the links that ``resolved`` follows. Raises ``OSError``.

    A folder in its place goes, unless it lies on a volume."""
    where, name = os.path.split(resolved(path))
    with _root() as root:
        folder = _folder(root, where)
        scratch = f".{name[:_NAME_KEPT]}.new"
        try:
            trees.remove(scratch, folder)
            _fill(scratch, folder, text, mode, owner)
            try:
                os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
            except IsADirectoryError:
                if os.fstat(folder).st_dev != os.fstat(root).st_dev:
                    raise
                trees.remove(name, folder)
                os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                trees.remove(scratch, folder)
            raise
        finally:
            os.close(folder)


def resolved(path: str) -> str:
    """``path`` with its links followed. Those on what is mounted in the root may lead only further down: a volume may be another
    container's too, which would choose the place else. What is missing has no links. Raises ``OSError``."""
    left, done, followed = path.split("/")[::-1], list[str](), 0
    with _root() as root:
        while left:
            part = left.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = done[:-1]
                continue
            place = "/".join(("", *done, part))
            link = _link(root, place) if followed < _MOST_LINKS else None  # one that leads to itself is what is there
            if link is None:
                done.append(part)
                continue
            followed += 1
            target, mounted = link
            if mounted and (target.startswith("/") or ".." in target.split("/")):
                raise OSError(errno.EXDEV, "it is a link on a volume that leads elsewhere", place)
            done = [] if target.startswith("/") else done
            left += target.split("/")[::-1]
    return "/" + "/".join(done)


def _link(root: int, path: str) -> tuple[str, bool] | None:
    """Where a link leads, and whether it lies on something that is mounted in the root; None for what is no link."""
    try:
        found = open_unlinked(root, path, _PATH | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if not stat.S_ISLNK(os.fstat(found).st_mode):
            return None
        target = os.readlink("", dir_fd=found)
    finally:
        os.close(found)
    try:
        os.close(open_unlinked(root, path, _PATH | os.O_NOFOLLOW, one_mount=True))
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return target, True
    return target, False


def _fill(name: str, folder: int, text: str, mode: int, owner: tuple[int, int] | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, mode & 0o700, dir_fd=folder), "wb") as file:
        file.write(text.encode())
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)


@contextmanager
def _root() -> Iterator[int]:
    root = os.open("/", _PATH | os.O_DIRECTORY)
    try:
        yield root
    finally:
        os.close(root)


def _folder(root: int, path: str) -> int:
    """The folder at ``path``, made where it is missing."""
    missing: list[str] = []
    while True:
        try:
            folder = open_unlinked(root, path, _PATH | os.O_DIRECTORY)
            break
        except FileNotFoundError:
            path, name = os.path.split(path)
            missing.append(name)
    for name in reversed(missing):
        try:
            os.mkdir(name, dir_fd=folder)
            inner = open_below(folder, name, _PATH | os.O_DIRECTORY)
        finally:
            os.close(folder)
        folder = inner
    return folder

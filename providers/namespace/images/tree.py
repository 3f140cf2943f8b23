"""A folder that an image is unpacked into. Every path is resolved inside it by the kernel."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from virtwright.providers.archives.confined import open_in_root
from virtwright.providers.namespace.images.entries import RefusedEntryError
from virtwright.providers.namespace.kernel import trees

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY


class Tree:
    """Writes entries below one root. What each layer wrote is known by inode, so that a whiteout hides only what lies
    below its layer. Links inside the root are followed as inside a container; nothing can lead out of it."""

    def __init__(self, root: Path, depth: int = 256) -> None:
        self._root_path = os.path.realpath(root)
        self._root = os.open(root, _FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._depth = depth
        self._fresh: set[int] = set()
        self._cached: tuple[tuple[str, ...], int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()
        os.close(self._root)

    def begin_layer(self) -> None:
        """What was written so far is from now on below."""
        self._fresh.clear()

    def folder(self, parts: tuple[str, ...]) -> None:
        """Make a folder, or take the one that is there."""
        if not parts:
            self._mark(self._root, ".")
            return
        parent, name = self.parent(parts)
        found = _kind(parent, name)
        if found is None or not stat.S_ISDIR(found):
            self._remove(parent, name, found)
            os.mkdir(name, 0o755, dir_fd=parent)
        self._mark(parent, name)

    def file(self, parts: tuple[str, ...]) -> int:
        """Make an empty file in place of whatever is there; returns a descriptor to write to."""
        parent, name = self._vacate(parts)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=parent)
        self._fresh.add(os.fstat(descriptor).st_ino)
        return descriptor

    def symlink(self, parts: tuple[str, ...], target: str) -> None:
        parent, name = self._vacate(parts)
        os.symlink(target, name, dir_fd=parent)
        self._mark(parent, name)

    def fifo(self, parts: tuple[str, ...]) -> None:
        parent, name = self._vacate(parts)
        os.mkfifo(name, 0o600, dir_fd=parent)
        self._mark(parent, name)

    def hardlink(self, parts: tuple[str, ...], target: tuple[str, ...]) -> None:
        """Another name for the file at ``target``, which must be in the root already."""
        if parts == target or not target:
            raise RefusedEntryError("it is a hard link to itself or to the root")
        folder, source_name = self._link_source(target)
        try:
            kind = _kind(folder, source_name)
            if kind is None or stat.S_ISDIR(kind):
                raise RefusedEntryError(f"it is a hard link to {'/'.join(target)!r}, which is no file of the image")
            parent, name = self.parent(parts)
            if _same(parent, name, folder, source_name):
                return
            parent, name = self._vacate(parts)
            os.link(source_name, name, src_dir_fd=folder, dst_dir_fd=parent, follow_symlinks=False)
            self._mark(parent, name)
        finally:
            os.close(folder)

    def set_owner(self, parts: tuple[str, ...], uid: int, gid: int, mode: int | None = None) -> None:
        """Owner, then mode (a change of owner clears setuid). No mode for a link, which has none."""
        parent, name = self.parent(parts) if parts else (self._root, ".")
        os.chown(name, uid, gid, dir_fd=parent, follow_symlinks=False)
        if mode is not None:
            os.chmod(name, mode, dir_fd=parent)

    def set_time(self, parts: tuple[str, ...], mtime: int) -> None:
        """The time of a folder, once nothing more is written into it. A folder that is gone is left out."""
        with contextlib.suppress(OSError, RefusedEntryError), self._opened(parts) as folder:
            os.utime(folder, (mtime, mtime))

    def hide(self, parts: tuple[str, ...]) -> None:
        """Remove what the layers below have at ``parts``."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            folder, name = self._existing_parent(parts)
            try:
                self._prune(folder, name)
            finally:
                os.close(folder)
        self._forget()

    def hide_below(self, parts: tuple[str, ...]) -> None:
        """Remove what the layers below have in the folder at ``parts``."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._opened(parts) as folder:
            for name in _names(folder):
                self._prune(folder, name)
        self._forget()

    def parent(self, parts: tuple[str, ...]) -> tuple[int, str]:
        """A descriptor (the tree's own) of the folder that holds ``parts``, made where it is missing, and the name."""
        folder = parts[:-1]
        if self._cached is None or self._cached[0] != folder:
            self._forget()
            self._cached = (folder, self._open_folder(folder))
        return self._cached[1], parts[-1]

    def _open_folder(self, parts: tuple[str, ...]) -> int:
        for length in range(len(parts), -1, -1):
            try:
                descriptor = self._open(parts[:length])
            except FileNotFoundError:
                continue
            return self._make_missing(descriptor, parts[length:])
        raise FileNotFoundError(errno.ENOENT, "the root is gone")

    def _make_missing(self, descriptor: int, parts: tuple[str, ...]) -> int:
        for part in parts:
            try:
                os.mkdir(part, dir_fd=descriptor)
                os.chmod(part, 0o755, dir_fd=descriptor)  # whatever the umask is
                self._mark(descriptor, part)
                inner = os.open(part, _FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
            except FileExistsError:
                raise RefusedEntryError(f"it goes through the link {part!r}, which leads nowhere") from None
            finally:
                os.close(descriptor)
            descriptor = inner
        self._check_depth(descriptor)
        return descriptor

    def _open(self, parts: tuple[str, ...]) -> int:
        try:
            return open_in_root(self._root, "/".join(parts) or ".", _FOLDER)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.ENAMETOOLONG):
                raise RefusedEntryError(
                    f"it goes through {'/'.join(parts)!r}, which is no folder ({error.strerror})"
                ) from error
            raise

    def _check_depth(self, descriptor: int) -> None:
        try:
            inside = str(Path(f"/proc/self/fd/{descriptor}").readlink()).removeprefix(self._root_path)
        except OSError as error:
            os.close(descriptor)
            raise RefusedEntryError("it lies too deep") from error
        if inside.count("/") > self._depth:
            os.close(descriptor)
            raise RefusedEntryError(f"it lies more than {self._depth} folders deep")

    def _existing_parent(self, parts: tuple[str, ...]) -> tuple[int, str]:
        return self._open(parts[:-1]), parts[-1]

    def _link_source(self, target: tuple[str, ...]) -> tuple[int, str]:
        try:
            return self._existing_parent(target)
        except FileNotFoundError:
            raise RefusedEntryError(f"it is a hard link to {'/'.join(target)!r}, which is not in the image") from None

    @contextlib.contextmanager
    def _opened(self, parts: tuple[str, ...]) -> Iterator[int]:
        descriptor = self._open(parts)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _vacate(self, parts: tuple[str, ...]) -> tuple[int, str]:
        if not parts:
            raise RefusedEntryError("the root must be a folder")
        parent, name = self.parent(parts)
        self._remove(parent, name, _kind(parent, name))
        return parent, name

    def _remove(self, parent: int, name: str, kind: int | None) -> None:
        if kind is not None:
            trees.remove(name, parent)

    def _prune(self, folder: int, name: str) -> bool:
        """Remove what is not of the current layer; True where nothing is left of it."""
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            if status.st_ino in self._fresh:
                return False
            os.unlink(name, dir_fd=folder)
            return True
        inner = os.open(name, _FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            left = [item for item in _names(inner) if not self._prune(inner, item)]
        finally:
            os.close(inner)
        if left or status.st_ino in self._fresh:
            return False
        os.rmdir(name, dir_fd=folder)
        return True

    def _mark(self, parent: int, name: str) -> None:
        self._fresh.add(os.stat(name, dir_fd=parent, follow_symlinks=False).st_ino)

    def _forget(self) -> None:
        if self._cached is not None:
            os.close(self._cached[1])
            self._cached = None


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _kind(parent: int, name: str) -> int | None:
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _same(parent: int, name: str, other_parent: int, other: str) -> bool:
    try:
        one = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    two = os.stat(other, dir_fd=other_parent, follow_symlinks=False)
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)

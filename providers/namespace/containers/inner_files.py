"""The declared files of a container, set against those inside."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from virtwright.errors import HostError
from virtwright.providers.archives.confined import open_in_root
from virtwright.providers.namespace.files import reported
from virtwright.providers.namespace.inside import InnerFile, read_file
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import FileContent
from virtwright.schemas.attachments import File


def observed_files(folder: Path, files: list[File]) -> list[File]:
    """``files`` with the content and mode that they have inside; a file that is gone has neither."""
    found = [_observed(file, _read(folder, file.path)) for file in files]
    return files if found == files else found


def are_inside(folder: Path, files: tuple[FileContent, ...]) -> bool:
    """Whether each file is inside as it should be. Raises ``HostError``."""
    return all(_is_inside(folder, file) for file in files)


def take_back(folder: Path, paths: Iterable[str]) -> None:
    """Remove files from the layer of a container that does not run, so that what its image has in their place shows
    again. What lies on a volume, or was replaced by something that is no file, stays. Raises ``HostError``."""
    layer = os.open(writable_layer(str(folder)), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for path in paths:
            with reported(f"remove {path} from the container's layer"):
                _unlink(layer, PurePosixPath(path))
    finally:
        os.close(layer)


def _unlink(layer: int, path: PurePosixPath) -> None:
    try:
        parent = open_in_root(layer, str(path.parent), os.O_PATH | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        if stat.S_ISREG(os.stat(path.name, dir_fd=parent, follow_symlinks=False).st_mode):
            os.unlink(path.name, dir_fd=parent)
    except FileNotFoundError:
        return
    finally:
        os.close(parent)


def _is_inside(folder: Path, file: FileContent) -> bool:
    found = _read(folder, file.path)
    return found is not None and found.content == file.content.encode() and found.mode == file.mode


def _read(folder: Path, path: str) -> InnerFile | None:
    try:
        return read_file(folder, path)
    except HostError:  # it ended meanwhile: the state says so
        return None


def _observed(file: File, found: InnerFile | None) -> File:
    if found is None:
        return file.model_copy(update={"content": None, "mode": "000"})
    content = found.content.decode(errors="replace")
    changes = {}
    if content != file.content:
        changes["content"] = content
    if found.mode != int(file.mode, 8):
        changes["mode"] = f"{found.mode:04o}"
    return file.model_copy(update=changes) if changes else file

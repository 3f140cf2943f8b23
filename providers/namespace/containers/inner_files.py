"""The declared files of a container, set against those inside."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import ValidationError

from virtwright.errors import HostError
from virtwright.providers.archives.confined import open_in_root
from virtwright.providers.diff import Change, Impact
from virtwright.providers.namespace.files import reported
from virtwright.providers.namespace.inside import InnerFile, read_file
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import FileContent
from virtwright.schemas.attachments import File

_SHOWN: Final = 1024 * 1024
"""Bytes of a changed file that a plan shows."""


def observed_files(folder: Path, files: list[File]) -> tuple[list[File], list[Change]]:
    """``files`` with the content and mode that they have inside, and what files can't have: one that is gone, or holds no text."""
    found, drift = [], []
    for index, file in enumerate(files):
        seen = _observed(file, _read(folder, file.path, _most(file.content)))
        if isinstance(seen, str):
            drift.append(Change(("files", index), seen, "as declared", Impact.REBOOT))
        found.append(file if isinstance(seen, str) else seen)
    return files if found == files else found, drift


def _most(content: str | None) -> int:
    """Bytes to read of a file that should hold ``content``."""
    return max(_SHOWN, len((content or "").encode())) + 1


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
    found = _read(folder, file.path, _most(file.content))
    return found is not None and found.content == file.content.encode() and found.mode == file.mode


def _read(folder: Path, path: str, most: int) -> InnerFile | None:
    try:
        return read_file(folder, path, most)
    except HostError:  # it ended meanwhile: the state says so
        return None


def _observed(file: File, found: InnerFile | None) -> File | str:
    """What there is in the place of ``file``; in words where it could be no file of a stack."""
    if found is None:
        return "missing, or no regular file"
    if len(found.content) == _most(file.content):
        return f"more than {_most(file.content) - 1} bytes"
    changes: dict[str, str] = {}
    if found.content != (file.content or "").encode():
        changes["content"] = found.content.decode(errors="surrogateescape")
    if found.mode != int(file.mode, 8):
        changes["mode"] = f"{found.mode:04o}"
    try:
        return File.model_validate({**file.model_dump(), **changes}) if changes else file
    except ValidationError:
        return "content that is no text"

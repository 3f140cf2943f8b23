"""The declared files of a container, set against those inside."""

from pathlib import Path

from virtwright.errors import HostError
from virtwright.providers.namespace.inside import InnerFile, read_file, write_file
from virtwright.providers.namespace.sandbox.spec import FileContent
from virtwright.schemas.attachments import File


def observed_files(folder: Path, files: list[File]) -> list[File]:
    """``files`` with the content and mode that they have inside; a file that is gone has neither."""
    found = [_observed(file, _read(folder, file.path)) for file in files]
    return files if found == files else found


def restore_files(folder: Path, files: tuple[FileContent, ...]) -> None:
    """Write what is not inside as it should be. Raises ``HostError``."""
    for file in files:
        found = _read(folder, file.path)
        if found is None or found.content != file.content.encode() or found.mode != file.mode:
            write_file(folder, file)


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

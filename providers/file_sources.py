"""Files that a stack takes from the machine that runs virtwright."""

from collections.abc import Sequence
from pathlib import Path

from virtwright.errors import InputError, Where
from virtwright.schemas.attachments import File
from virtwright.schemas.values import Unknown

_LARGEST = 1024 * 1024


def with_contents(files: Sequence[File], path: str) -> list[File]:
    """Each ``source`` replaced by what the file holds, so that a change of it is a difference.

    ``path`` is the field's, for errors. Raises ``InputError`` where a file can't be read, is no text, or is too large.
    """
    if isinstance(files, Unknown):
        return files
    return [_with_content(file, f"{path}[{index}].source") for index, file in enumerate(files)]


def _with_content(file: File, path: str) -> File:
    if isinstance(file, Unknown) or not isinstance(file.source, str):
        return file
    where = Where(file=file.source, path=path)
    try:
        with Path(file.source).open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        content = data.decode()
    except OSError as error:
        raise InputError.one(f"can't be read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise InputError.one("is no text", where=where, hint="put it into an image or a volume") from error
    if len(data) > _LARGEST or "\0" in content:
        message = "is larger than 1MiB" if len(data) > _LARGEST else "holds a NUL"
        raise InputError.one(message, where=where, hint="put it into an image or a volume")
    return file.model_copy(update={"content": content, "source": None})

"""Paths in a stack: relative to the stack's file, made absolute; the files that are part of the stack are read."""

import functools
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, Final

from virtwright.errors import InputError, RefusedError, Where
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.origins import CONTENT, OUTSIDE
from virtwright.schemas.references import RefersTo
from virtwright.schemas.values import Path, Value
from virtwright.stacks.base import Read
from virtwright.stacks.yaml.check import Shape
from virtwright.stacks.yaml.fields import MarkedField, marked_fields, replaced
from virtwright.stacks.yaml.source import read_text
from virtwright.trust import TRUSTED, Trust

MOST_CONTENT: Final = 1024**2
"""The largest file that ``files: [{source: ...}]`` reads, in bytes."""


MOST_CONTENTS: Final = 64 * 1024**2
"""Characters of all that one stack reads so."""


class Texts(dict[FilePath, str]):
    """What was read of the files of one stack, by the names that it gives them. The content of a file is kept once, whatever links lead
    to it."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[int, ...], str] = {}
        self._left = MOST_CONTENTS

    def read(self, file: FilePath) -> str:
        """Raises ``InputError`` where it can't be read, or all together is too much."""
        key = _identity(file)
        if key not in self._kept:
            text = read_text(file, most=MOST_CONTENT, where=Where())
            self._left -= len(text)
            if self._left < 0:
                raise InputError.one(f"with {str(file)!r} the stack reads more than {MOST_CONTENTS // 1024**2} MiB")
            self._kept[key] = text
        self[file] = self._kept[key]
        return self[file]


def _identity(file: FilePath) -> tuple[int, ...]:
    """Of what is in the file now."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return ()  # reading it says why
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.cache
def file_fields(model: type[Model]) -> tuple[MarkedField, ...]:
    """The fields of a model that name a file."""
    return tuple(field for field in marked_fields(model) if not isinstance(field.mark, RefersTo))


def settle_files(model: type[Model], shape: Shape, folder: FilePath, texts: Texts, trust: Trust = TRUSTED) -> Shape:
    """The inputs with absolute paths, and with the content of the files that are read. ``texts`` keeps what was read, so
    that a file is read once. Raises ``FileProblem``."""
    plain: Value = shape.plain
    reads: list[Read] = []
    for field in file_fields(model):
        for path, text in list(field.leaves(plain)) if field.mark == "path" else ():
            file = absolute(text, folder)
            if model is not Host:  # those that say how a host is reached are weighed with the host
                _check(file, path, trust)
            plain = replaced(plain, path, str(file))
            reads.append(Read(path, str(file)))
    settled = replace(shape, plain=plain, reads=(*shape.reads, *reads)) if reads else shape
    return read_contents(model, settled, folder, texts, trust)


def read_contents(model: type[Model], shape: Shape, folder: FilePath, texts: Texts, trust: Trust = TRUSTED) -> Shape:
    """The inputs with the content of the files that are read, each a secret: nobody said that it may be shown. Raises
    ``FileProblem``."""
    plain: Value = shape.plain
    reads: list[Read] = []
    for field in file_fields(model):
        for path, text in list(field.leaves(plain)) if field.mark == "content" else ():
            file = absolute(text, folder)
            _check(file, path, trust)
            plain = _with_content(plain, path, _content(file, path, texts))
            reads.append(Read(path, str(file), content=(*path[:-1], "content")))
    if not reads:
        return shape
    contents = {read.content: read.file for read in reads if read.content is not None}
    root = folder.resolve()
    origins = {
        path: CONTENT if FilePath(file).resolve().is_relative_to(root) else OUTSIDE for path, file in contents.items()
    }
    return replace(
        shape,
        plain=plain,
        secrets=shape.secrets | contents.keys(),
        reads=(*shape.reads, *reads),
        origins={**shape.origins, **origins},
    )


def _check(file: FilePath, path: Path, trust: Trust) -> None:
    try:
        trust.check_path(file)
    except RefusedError as error:
        raise FileProblem(error.message, path, error.hint) from error


class FileProblem(Exception):
    """A file can't be read; ``path`` is the field that names it."""

    def __init__(self, message: str, path: Path, hint: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint


def absolute(text: str, folder: FilePath) -> FilePath:
    """``~`` is the user's home; ``..`` is kept, since a link may be on the way."""
    try:
        return folder / FilePath(text).expanduser()
    except RuntimeError:
        return folder / text


def _content(file: FilePath, path: Path, texts: Texts) -> str:
    try:
        return texts.read(file)
    except InputError as error:
        raise FileProblem(error.message, path) from error


def _with_content(plain: Value, path: Path, content: str) -> Value:
    *above, name = path
    entry: Any = plain
    for part in above:
        entry = entry[part]
    rest = {key: value for key, value in entry.items() if key != name}
    return replaced(plain, tuple(above), {**rest, "content": content})

"""Files that are whole or not there, and trees that are removed without following a mount."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from virtwright.errors import HostError
from virtwright.files import write_whole
from virtwright.providers.namespace.kernel import trees
from virtwright.providers.namespace.mounts import mounts_below, unmount

T = TypeVar("T")


def write_atomically(path: Path, text: str, *, mode: int = 0o600, lasting: bool = True) -> None:
    """``write_whole``, whose errors are ``HostError``."""
    try:
        write_whole(path, text, mode=mode, lasting=lasting)
    except OSError as error:
        raise HostError(f"could not write {path}: {error.strerror}") from error


def write_json(path: Path, value: Any, *, lasting: bool = True) -> None:
    """Dataclasses, which must have slots, become objects. On one line: only so does the fast encoder do it."""
    write_atomically(path, json.dumps(value, ensure_ascii=False, default=_fields), lasting=lasting)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def read_json(path: Path) -> Any:
    """The file's value, or None where there is no such file. Raises ``HostError`` where it is damaged."""
    try:
        value = json.loads(path.read_bytes())
        if value is None:
            raise ValueError("it holds null")
        return value
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise HostError(
            f"the runtime's file {path} is damaged: {error}",
            hint="restore it from a backup; if the object is lost, move its folder away and apply again",
        ) from error


_cache: dict[str, tuple[tuple[int, int, int], Any]] = {}
_CACHED: Final = 20_000


def read_cached(path: str, parse: Callable[[Any], T]) -> T | None:
    """As ``read_json`` and then ``parse``, but once for each version of the file. What it returns must not be changed.

    Raises ``HostError`` where the file is damaged.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  called for every object of a listing
    except (FileNotFoundError, NotADirectoryError):
        _cache.pop(path, None)
        return None
    version = (status.st_ino, status.st_mtime_ns, status.st_size)
    known = _cache.get(path)
    if known is not None and known[0] == version:
        return cast("T", known[1])
    value = read_json(Path(path))
    if value is None:
        return None
    try:
        parsed = parse(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise HostError(f"the runtime's file {path} is damaged: {error}") from error
    if len(_cache) >= _CACHED:
        _cache.clear()
    _cache[path] = (version, parsed)
    return parsed


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a folder and what is in it; what is mounted below is unmounted first, never deleted through.

    Raises ``HostError``.
    """
    if not path.exists():
        return
    for mount in mounts_below(path):
        unmount(mount, lazily=True)
    if left := mounts_below(path):
        raise HostError(f"{left[0]} is still mounted, so {path} is not removed")
    with reported(f"remove {path}"):
        trees.remove(str(path))


@contextlib.contextmanager
def reported(doing: str) -> Iterator[None]:
    """What the operating system refuses becomes a ``HostError`` that says what was being done."""
    try:
        yield
    except OSError as error:
        what = f" ({error.filename})" if error.filename else ""
        raise HostError(f"could not {doing}: {error.strerror or error}{what}") from error

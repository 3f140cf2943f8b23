"""Which creations were cut off: noted on this machine before a host is asked, and struck out before the engine is answered.

What is left of a note is proof that the engine never heard of the object. A stamp is none: an object that the engine was
told to retain, or that it knows by another name, bears the same one.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.plugin.place import Place

_FOLDER: Final = "plugin/creations"
_NEW: Final = ".new"


@dataclass(frozen=True, slots=True)
class CutOff:
    """A creation whose process died."""

    operation: str
    urn: str


@dataclass(slots=True)
class Creations:
    """Those on one host. Each is held by a lock of its process for as long as that lives, so that nobody takes what is
    under way for cut off."""

    home: Path
    """virtwright's folder on this machine."""
    uri: str
    _under_way: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def begun(self, place: Place, operation: str) -> Iterator[None]:
        """Note a creation. Whoever leaves without calling ``end`` has left it cut off. Raises ``HostError``."""
        path = self._path(operation)
        self._under_way.add(operation)
        try:
            descriptor = _write(path, json.dumps({"host": self.uri, "urn": str(place.urn), "stack": place.stack}))
        except OSError as error:
            self._under_way.discard(operation)
            raise HostError(
                f"can't note in {path.parent} that {place.urn.name} is about to be made: {error.strerror}",
                hint="choose another folder:\n    export VIRTWRIGHT_HOME=/a/folder/you/can/write",
            ) from error
        try:
            yield
        finally:
            os.close(descriptor)
            self._under_way.discard(operation)

    @contextmanager
    def claimed(self, operation: str) -> Iterator[bool]:
        """Whether no other thread is at work on what was cut off; meanwhile ``cut_off`` tells nobody of it."""
        with self._lock:
            free = operation not in self._under_way
            self._under_way.add(operation)
        try:
            yield free
        finally:
            if free:
                self._under_way.discard(operation)

    def end(self, operation: str) -> None:
        """The engine is about to hear how it ended, or nothing is left of it."""
        self._path(operation).unlink(missing_ok=True)

    def cut_off(self, stack: str) -> list[CutOff]:
        """Those of a stack, the youngest first."""
        names = sorted((path.name for path in self._folder.glob("*")), reverse=True)
        noted = ((name, self._read(name, stack)) for name in names if not name.endswith(_NEW))
        return [CutOff(name, urn) for name, urn in noted if urn is not None]

    def _read(self, name: str, stack: str) -> str | None:
        """The URN of a creation of this stack on this host that is no longer under way."""
        if name in self._under_way:
            return None
        try:
            with self._path(name).open("r+", encoding="utf-8") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                note = json.load(file)
        except (OSError, ValueError):  # it goes on, has just ended, or is none of ours
            return None
        return str(note["urn"]) if (note.get("host"), note.get("stack")) == (self.uri, stack) else None

    def _path(self, operation: str) -> Path:
        return self._folder / operation

    @property
    def _folder(self) -> Path:
        return self.home / _FOLDER


def _write(path: Path, text: str) -> int:
    """A durable file that is locked from its first moment; the lock ends with the descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(path.name + _NEW)
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
        draft.rename(path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor

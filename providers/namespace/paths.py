"""Where the runtime keeps things: a folder for what lasts, and a place under /run for what ends with the boot."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from virtwright.errors import HostError, InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.process import inherited
from virtwright.providers.namespace import file_lock

DEFAULT_ROOT: Final = Path("/var/lib/virtwright")
VOLATILE: Final = Path("/run/virtwright")
FOLDERS: Final = {
    "Network": "networks",
    "Volume": "volumes",
    "Image": "images",
    "Container": "containers",
    "VirtualMachine": "machines",
}
"""The folder of each kind, inside the root."""


@dataclass(frozen=True, slots=True)
class Root:
    """The folder of one runtime. Two runtimes with different roots know nothing of each other."""

    path: Path

    @classmethod
    def from_uri(cls, uri: str) -> "Root":
        """``namespace:///`` is /var/lib/virtwright; ``namespace:///some/folder`` is that folder.

        Raises ``InputError`` for any other form.
        """
        parts = urlsplit(uri)
        path = unquote(parts.path)
        if parts.scheme != "namespace" or parts.netloc or parts.query or parts.fragment or "\0" in path:
            raise InputError.one(
                f"not a URI of the namespace runtime: {uri!r}",
                hint="write namespace:/// for this machine, or namespace:///some/folder for a runtime kept in that folder",
            )
        if ".." in path.split("/"):
            raise InputError.one(f"the folder in {uri!r} must not hold '..'")
        folder = Path(f"/{path.strip('/')}")
        return cls(DEFAULT_ROOT if folder == Path("/") else folder)

    @property
    def hash(self) -> str:
        """Eight hex digits that tell this root from others in names of the machine's own."""
        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:8]

    @property
    def volatile(self) -> Path:
        """Where what does not outlive the boot is kept: mounts of network namespaces, locks, sockets."""
        return VOLATILE / self.hash

    @property
    def netns(self) -> Path:
        """Folder of the network namespaces, one bind mount for each record id."""
        return self.volatile / "netns"

    def kind_folder(self, kind: str) -> Path:
        return self.path / FOLDERS[kind]

    def folder(self, kind: str, id: str) -> Path:
        """The folder of one object."""
        return self.kind_folder(kind) / id

    def prepare(self) -> None:
        """Make the folders, private to root, where they are missing. Raises ``HostError``."""
        with _needs_root():
            present = (str(self.netns), *(f"{self.path}/{name}" for name in FOLDERS.values()))
            if all(os.path.isdir(path) for path in present):  # noqa: PTH112  asked for at each lock, so without path objects
                return
            for folder in (self.path, *map(self.kind_folder, FOLDERS), VOLATILE, self.volatile, self.netns):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this root's lock: names, addresses and ports are given out under it. Held briefly; not re-entrant."""
        with self._locked(self.volatile / "lock"):
            yield

    @contextmanager
    def machine_lock(self) -> Iterator[None]:
        """Hold the machine's lock, shared by all roots: address ranges are chosen under it. Taken before ``lock``."""
        with self._locked(VOLATILE / "lock"):
            yield

    @contextmanager
    def object_lock(self, id: str) -> Iterator[None]:
        """Hold one object's lock, for work on it that takes long. Taken before ``lock``."""
        with self._locked(self.volatile / f"{id}.lock"):
            yield

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        self.prepare()
        with _needs_root():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            file_lock.take(descriptor)
            with inherited(descriptor):
                yield
        finally:
            os.close(descriptor)


@contextmanager
def _needs_root() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HostError(
            f"could not make the runtime's folder {error.filename}: {error.strerror}",
            hint="the namespace runtime needs root:\n    sudo virtwright ...",
        ) from error

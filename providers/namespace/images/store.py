"""The store of unpacked images: one folder for each content digest, shared by all that start from it."""

import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.formats import Format
from virtwright.providers.archives.limits import DEFAULT_LIMITS, Limits, Meter
from virtwright.providers.namespace.files import read_json, remove_tree, sync_folder, write_json
from virtwright.providers.namespace.images.formats import Progress, unpack_archive, unpack_folder
from virtwright.providers.namespace.images.tree import Tree
from virtwright.providers.namespace.paths import Root

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DOCUMENT: Final = "image.json"
_ROOTFS: Final = "rootfs"
_VERSION: Final = 1
_KEPT_FREE: Final = 0.05
"""The part of the file system that an image may not fill."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An unpacked image."""

    digest: str
    rootfs: Path
    """Its root file system; never to be written to."""
    config: ImageConfig


class ImageStore:
    """The unpacked images of one root. Several processes may use it at once."""

    def __init__(self, root: Root, limits: Limits = DEFAULT_LIMITS) -> None:
        self._root = root
        self._folder = root.kind_folder("Image")
        self._limits = limits

    def path(self, digest: str) -> Path:
        """Where the image with this digest (64 hex digits) lies, or would."""
        if not _DIGEST.fullmatch(digest):
            raise HostError(f"not an image's digest: {digest!r}")
        return self._folder / digest

    def digests(self) -> list[str]:
        """All that are unpacked."""
        with suppress(FileNotFoundError):
            return [entry.name for entry in self._folder.iterdir() if _DIGEST.fullmatch(entry.name)]
        return []

    def find(self, digest: str) -> StoredImage | None:
        """None where no such image is unpacked."""
        folder = self.path(digest)
        document = read_json(folder / _DOCUMENT)
        if document is None or not (folder / _ROOTFS).is_dir():
            return None
        try:
            return StoredImage(digest, folder / _ROOTFS, ImageConfig.model_validate(document["config"]))
        except (KeyError, TypeError, ValidationError) as error:
            raise HostError(
                f"the file {folder / _DOCUMENT} is damaged", hint="remove its folder and apply again"
            ) from error

    def take_folder(self, source: Path, digest: str, format: Format | None, progress: Progress) -> StoredImage:
        """Unpack a folder whose digest is ``digest``, unless it is unpacked already. Raises ``ImageError``."""

        def fill(tree: Tree, meter: Meter) -> ImageConfig:
            if source_digest(source) != digest:
                raise ImageError("changed since it was checked", source=source, hint="apply again")
            return unpack_folder(source, tree, meter, format, progress)

        return self._take(source, digest, fill)

    def take_file(self, source: Path, digest: str, format: Format | None, progress: Progress) -> StoredImage:
        """Unpack an archive in a file whose sha256 is ``digest``, unless it is unpacked already. Raises ``ImageError``."""
        try:
            with source.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    raise ImageError("changed since it was checked", source=source, hint="apply again")
                return self.take_archive(stream, source, digest, format, progress)
        except OSError as error:
            raise ImageError(f"can't be read: {error.strerror}", source=source) from error

    def take_archive(
        self, stream: BinaryIO, source: Path, digest: str, format: Format | None, progress: Progress
    ) -> StoredImage:
        """Unpack an archive, whose bytes the caller has held against ``digest``. Raises ``ImageError``."""
        return self._take(
            source, digest, lambda tree, meter: unpack_archive(stream, source, tree, meter, format, progress)
        )

    def discard(self, digest: str, is_used: Callable[[], bool]) -> bool:
        """Remove an image that nothing uses; asked while nobody else can take it. True where it was removed."""
        folder = self.path(digest)
        with self._locked(digest):
            if is_used():
                return False
            with suppress(FileNotFoundError):
                gone = self._folder / f".gone-{digest}"
                remove_tree(gone)
                folder.rename(gone)
                remove_tree(gone)
            return True

    def _take(self, source: Path, digest: str, fill: Callable[[Tree, Meter], ImageConfig]) -> StoredImage:
        with self._locked(digest):
            if (found := self.find(digest)) is not None:
                return found
            remove_tree(self.path(digest))
            self.sweep()
            work = self._folder / f".unpack-{digest}"
            remove_tree(work)
            try:
                self._fill(work, source, fill)
                work.rename(self.path(digest))
                sync_folder(self._folder)
            except OSError as error:
                raise HostError(f"could not unpack {source}: {error.strerror or error}") from error
            finally:
                remove_tree(work)
        stored = self.find(digest)
        if stored is None:
            raise HostError(f"the image {digest} was removed while it was unpacked", hint="apply again")
        return stored

    def _fill(self, work: Path, source: Path, fill: Callable[[Tree, Meter], ImageConfig]) -> None:
        rootfs = work / _ROOTFS
        rootfs.mkdir(parents=True)
        rootfs.chmod(0o755)  # whatever the umask is: unprivileged programs inside pass through it
        meter = Meter(source, self._folder, self._fitting_limits())
        with Tree(rootfs, meter.limits.depth) as tree:
            config = fill(tree, meter)
        write_json(work / _DOCUMENT, {"version": _VERSION, "config": json.loads(config.model_dump_json())})
        _sync_file_system(work)

    def _fitting_limits(self) -> Limits:
        usage = shutil.disk_usage(self._folder)
        room = int(usage.free - usage.total * _KEPT_FREE)
        return replace(self._limits, total=min(self._limits.total, max(room, 0)))

    def sweep(self) -> None:
        """Remove what killed processes have left behind half-unpacked."""
        for left in self._folder.glob(".unpack-*"):
            digest = left.name.removeprefix(".unpack-")
            with suppress(BlockingIOError), self._locked(digest, wait=False):
                remove_tree(left)

    @contextmanager
    def _locked(self, digest: str, *, wait: bool = True) -> Iterator[None]:
        self._root.prepare()
        path = self._root.volatile / f"image-{digest}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)


def _sync_file_system(path: Path) -> None:
    """All files of an image reach the disk before its folder gets its name."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)

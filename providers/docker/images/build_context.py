"""The folder that an image is built from: what of it is sent, its digest, and the tar.

What ``.dockerignore`` means: https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.digest import file_digest, walk
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.writing import TAR_END, tar_tree, unreadable

_FIELD: Final = "source.build"
_SENT: Final = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)

Entry = tuple[str, os.stat_result]


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """A folder with a Dockerfile."""

    folder: Path
    dockerfile: str

    def check(self) -> None:
        """Raises ``InputError`` where the folder or the Dockerfile is not there."""
        if not self.folder.is_dir():
            what = "is no folder" if self.folder.exists() else "does not exist"
            raise InputError.one(f"the folder {self.folder} {what}", where=Where(path=f"{_FIELD}.context"))
        if not (self.folder / self.dockerfile).is_file():
            raise InputError.one(
                f"there is no {self.dockerfile} in {self.folder}",
                where=Where(path=f"{_FIELD}.dockerfile"),
                hint="name the file with the instructions, relative to the folder:\n    dockerfile: docker/Dockerfile",
            )

    def digest(self) -> str:
        """Sha256, in hex, of all that is sent: names, modes, contents and targets of links; no owners, no times.

        Raises ``ImageError`` where something can't be read.
        """
        total = hashlib.sha256()
        for path, status in self.entries():
            line = f"{path}\0{status.st_mode:o}\0{self._content(self.folder / path, status)}\0"
            total.update(os.fsencode(line))
        return total.hexdigest()

    def tar(self) -> Iterator[bytes]:
        """All that is sent, owned by root, as Docker's own client sends it."""
        yield from tar_tree(self.folder, self.entries(), owners=False)
        yield TAR_END

    def entries(self) -> list[Entry]:
        """What ``.dockerignore`` leaves, parents first, in a fixed order."""
        patterns = self._patterns()
        try:
            found = self._kept(patterns) if patterns else list(walk(self.folder))
        except OSError as error:
            raise unreadable(Path(error.filename or self.folder), error) from error
        return sorted(entry for entry in found if stat.S_IFMT(entry[1].st_mode) in _SENT)

    def _kept(self, patterns: list[str]) -> list[Entry]:
        from docker.utils.build import exclude_paths

        import virtwright.providers.docker.client.library  # noqa: F401  docker-py is imported its way

        paths = exclude_paths(str(self.folder), patterns, dockerfile=self.dockerfile)
        return [(path, (self.folder / path).lstat()) for path in paths]

    def _patterns(self) -> list[str]:
        """The lines of ``DOCKERFILE.dockerignore``, else of ``.dockerignore``. Nothing outside of the folder is read."""
        for name in (f"{self.dockerfile}.dockerignore", ".dockerignore"):
            path = self.folder / name
            if path.is_symlink() and not path.resolve().is_relative_to(self.folder.resolve()):
                raise ImageError("leads out of the folder that is built", source=path)
            try:
                lines = path.read_text(encoding="utf-8-sig").split("\n")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unreadable(path, error) from error
            except UnicodeDecodeError as error:
                raise ImageError("is no text", source=path) from error
            return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return []

    def _content(self, path: Path, status: os.stat_result) -> str:
        try:
            if stat.S_ISREG(status.st_mode):
                return file_digest(path, status)
            return str(path.readlink()) if stat.S_ISLNK(status.st_mode) else ""
        except OSError as error:
            raise unreadable(path, error) from error

"""A machine's file, read and held against what its manifest says of each part."""

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from virtwright.errors import InputError, Where
from virtwright.providers.archives.compression import DAMAGED, unpack
from virtwright.providers.context import Context
from virtwright.providers.exports.manifest import (
    CHUNK,
    DEFINITION,
    FIRMWARE,
    MANIFEST,
    Chunk,
    Manifest,
    SavedDisk,
    chunk_name,
    secret_name,
)
from virtwright.providers.exports.sealing import Unseal
from virtwright.providers.exports.writing import COMMENT

_LARGEST: Final = 64 * 1024**2
"""Bytes of a member that is read as a whole."""
_TARGET: Final = re.compile(r"[a-z]{2,8}")
_DAMAGED: Final = (zipfile.BadZipFile, KeyError, NotImplementedError, *DAMAGED)


class ExportReader:
    """A context manager. Opening it raises ``InputError`` where the file is none of ours, is damaged, or is of a later version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise self._error(f"can't be read: {error.strerror}") from error
        except zipfile.BadZipFile as error:
            raise self._not_whole() from error
        self.manifest = self._manifest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def digest(self) -> str:
        """Of the manifest, which has those of all else: it names the very file."""
        return self._zip.comment.decode("ascii", "replace").removeprefix(COMMENT)

    def verify(self, context: Context) -> None:
        """Read all of it. Raises ``InputError`` where a part is not what the manifest says."""
        done, whole = 0, max(1, self.manifest.stored)
        self.definition()
        self.firmware()
        for name in self.manifest.secrets:
            self._secret_text(name)
        for disk in self.manifest.disks:
            for _, data in self.chunks(disk):
                context.check()
                done += len(data)
                context.progress(f"checking {self.path.name}", done / whole)

    def definition(self) -> str:
        data = self._member(DEFINITION)
        self._hold(DEFINITION, data, self.manifest.definition)
        return data.decode(errors="replace")

    def firmware(self) -> bytes | None:
        saved = self.manifest.firmware
        if saved is None or not saved.chunks:
            return None
        return self._unpacked(FIRMWARE, saved.chunks[0])

    def chunks(self, disk: SavedDisk) -> Iterator[tuple[int, bytes]]:
        """Offsets and bytes in order, each held against its hash. Between them are holes."""
        for chunk in disk.file.chunks:
            yield chunk.offset, self._unpacked(chunk_name(disk.target, chunk), chunk)

    def secret(self, name: str, unseal: Unseal) -> bytes | None:
        """None where it was left out. Raises ``SecretsError`` for another key."""
        saved = self.manifest.secrets.get(name)
        if saved is None:
            return None
        text = self._secret_text(name)
        if saved.sealed:
            text = unseal.open(self.manifest.salt or "", text, secret_name(name))
        return base64.b64decode(text)

    def _secret_text(self, name: str) -> str:
        data = self._member(secret_name(name))
        self._hold(secret_name(name), data, self.manifest.secrets[name].sha256)
        return data.decode("ascii", "replace")

    def _manifest(self) -> Manifest:
        if not self._zip.comment.startswith(COMMENT.encode()):
            raise self._error(
                "is no machine that virtwright exported",
                hint="such a file is made by:\n    virtwright export vms.NAME FILE",
            )
        data = self._member(MANIFEST)
        self._hold(MANIFEST, data, self.digest)
        try:
            manifest = Manifest.model_validate_json(data)
        except ValidationError as error:
            raise self._error(
                "has a manifest that can't be understood: "
                + "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3]),
                hint="it may be of a later version of virtwright: import it with that one",
            ) from error
        self._check_disks(manifest)
        return manifest

    def _check_disks(self, manifest: Manifest) -> None:
        """The file may be anybody's: a disk's chunks lie in it, one after another."""
        for disk in manifest.disks:
            here = 0
            for chunk in disk.file.chunks:
                if chunk.offset < here or not 0 < chunk.length <= CHUNK:
                    raise self._error(f"has a disk {disk.target} whose parts overlap")
                here = chunk.offset + chunk.length
            if here > disk.file.length or not _TARGET.fullmatch(disk.target):
                raise self._error(f"has a disk {disk.target} whose parts do not fit")

    def _unpacked(self, name: str, chunk: Chunk) -> bytes:
        packed = self._member(name)
        try:
            data = unpack(packed, chunk.length)
        except _DAMAGED as error:
            raise self._damaged(name) from error
        if len(data) != chunk.length:
            raise self._damaged(name)
        self._hold(name, data, chunk.sha256)
        return data

    def _member(self, name: str) -> bytes:
        try:
            if self._zip.getinfo(name).file_size > _LARGEST:
                raise self._damaged(name)
            return self._zip.read(name)
        except _DAMAGED as error:
            raise self._damaged(name) from error

    def _hold(self, name: str, data: bytes, sha256: str) -> None:
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._damaged(name)

    def _damaged(self, name: str) -> InputError:
        return self._error(
            f"is damaged: {name} is not what was saved", hint="copy it again, or export the machine again"
        )

    def _not_whole(self) -> InputError:
        return self._error(
            "is no exported machine, or not all of it", hint="copy it again, or export the machine again"
        )

    def _error(self, message: str, hint: str | None = None) -> InputError:
        return InputError.one(f"{self.path.name} {message}", where=Where(file=str(self.path)), hint=hint)

"""A machine's file, written member after member: a ZIP archive whose disks lie in it as compressed chunks, without their holes."""

import base64
import hashlib
import zipfile
from contextlib import suppress
from typing import BinaryIO, Final, Self

from virtwright.providers.archives.compression import pack
from virtwright.providers.exports.manifest import (
    CHUNK,
    DEFINITION,
    FIRMWARE,
    MANIFEST,
    WORDS,
    Chunk,
    Manifest,
    SavedFile,
    SavedSecret,
    chunk_name,
    secret_name,
)
from virtwright.providers.exports.sealing import SecretsRule

COMMENT: Final = "virtwright machine, sha256 of the manifest: "
"""What the archive's comment begins with: the file is ours, and whole."""


class ExportWriter:
    """A context manager. ``finish`` makes it a file that can be read; without that it is none."""

    def __init__(self, file: BinaryIO, secrets: SecretsRule) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._rule = secrets
        self._secrets: dict[str, SavedSecret] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what was not finished is thrown away
            self._zip.close()

    @property
    def keeps_secrets(self) -> bool:
        return self._rule.kept

    def disk(self, target: str) -> "DiskWriter":
        return DiskWriter(self._zip, target)

    def definition(self, xml: str) -> str:
        """Returns its hash."""
        data = xml.encode()
        self._zip.writestr(DEFINITION, data)
        return hashlib.sha256(data).hexdigest()

    def words(self, yaml: str) -> None:
        """The machine as a stack says it, for people."""
        self._zip.writestr(WORDS, yaml)

    def firmware(self, data: bytes) -> SavedFile:
        self._zip.writestr(FIRMWARE, pack(data))
        return SavedFile(length=len(data), chunks=(_chunk(0, data),))

    def secret(self, name: str, value: bytes) -> None:
        """Sealed, in clear where that was asked for, or not at all."""
        text = base64.b64encode(value).decode()
        if not self._rule.kept:
            return
        sealed = self._rule.seal is not None and not self._rule.clear
        if self._rule.seal is not None and sealed:
            text = self._rule.seal.close(text, secret_name(name))
        self._zip.writestr(secret_name(name), text)
        self._secrets[name] = SavedSecret(sealed=sealed, sha256=hashlib.sha256(text.encode()).hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """``manifest`` gets the secrets."""
        sealed = any(each.sealed for each in self._secrets.values())
        salt = self._rule.seal.salt() if self._rule.seal is not None and sealed else None
        whole = manifest.model_copy(update={"secrets": dict(self._secrets), "salt": salt})
        text = whole.model_dump_json(indent=1).encode()
        self._zip.writestr(MANIFEST, text, compress_type=zipfile.ZIP_DEFLATED)
        self._zip.comment = (COMMENT + hashlib.sha256(text).hexdigest()).encode()
        self._zip.close()


class DiskWriter:
    """One disk, from its beginning to its end."""

    def __init__(self, archive: zipfile.ZipFile, target: str) -> None:
        self._zip = archive
        self._target = target
        self._chunks: list[Chunk] = []
        self._pending = bytearray()
        self._here = 0
        """Where the pending bytes begin."""

    def data(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= CHUNK:
            self._write(CHUNK)

    def hole(self, length: int) -> None:
        if self._pending:
            self._write(len(self._pending))
        self._here += length

    def finish(self) -> SavedFile:
        if self._pending:
            self._write(len(self._pending))
        return SavedFile(length=self._here, chunks=tuple(self._chunks))

    def _write(self, length: int) -> None:
        data = bytes(self._pending[:length])
        del self._pending[:length]
        chunk = _chunk(self._here, data)
        self._here += length
        if not any(data):
            return  # zeros are a hole, whoever wrote them
        self._zip.writestr(chunk_name(self._target, chunk), pack(data))
        self._chunks.append(chunk)


def _chunk(offset: int, data: bytes) -> Chunk:
    return Chunk(offset=offset, length=len(data), sha256=hashlib.sha256(data).hexdigest())

"""Files of known keys, as ``sshd(8)`` describes under SSH_KNOWN_HOSTS FILE FORMAT: read, and asked about one host."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh.errors import SshError
from virtwright.providers.ssh.names import matches

_HASHED: Final = "|1|"
_MARKERS: Final = ("@cert-authority", "@revoked")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line: a key, and for which hosts it is what."""

    names: str
    key_type: str
    blob: bytes
    marker: str
    file: str
    line: int

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    def names_host(self, name: str) -> bool:
        """Patterns are separated by commas; a host that matches one with ``!`` is not meant."""
        if self.names.startswith(_HASHED):
            return _hash_matches(self.names, name)
        patterns = self.names.lower().split(",")
        if any(matches(name, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
            return False
        return any(matches(name, pattern) for pattern in patterns)


class KnownKeys:
    """Every line of some files. Files that are not there hold nothing."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        self._keys = [key for file in files for key in _read(file)]

    def of(self, names: Sequence[str], marker: str = "") -> list[KnownKey]:
        """The keys with this marker for a host, whichever of its names is used; the first name's keys come first."""
        found = [key for name in names for key in self._keys if key.marker == marker and key.names_host(name.lower())]
        return list(dict.fromkeys(found))

    def authorities(self, names: Sequence[str]) -> list[KnownKey]:
        return self.of(names, "@cert-authority")

    def revoked(self, names: Sequence[str]) -> list[KnownKey]:
        return self.of(names, "@revoked")


def _read(file: str) -> Iterator[KnownKey]:
    try:
        lines = Path(file).read_text(encoding="utf-8", errors="replace").split("\n")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SshError(f"the known host keys can't be read: {error.strerror}", where=Where(file=file)) from error
    for number, line in enumerate(lines, 1):
        key = parse_line(line, file, number)
        if key is not None:
            yield key


def parse_line(line: str, file: str, number: int) -> KnownKey | None:
    """None for a comment, an empty line, and what is no key: one bad line must not hide the good ones."""
    words = line.split()
    marker = words.pop(0) if words and words[0].startswith("@") else ""
    if len(words) < 3 or words[0].startswith("#") or marker not in ("", *_MARKERS):
        return None
    names, key_type, encoded = words[:3]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    length = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + length] != key_type.encode():
        return None
    return KnownKey(names, key_type, blob, marker, file, number)


def _hash_matches(hashed: str, name: str) -> bool:
    _, _, salt, digest = [*hashed.split("|"), "", "", ""][:4]
    try:
        key, expected = base64.b64decode(salt), base64.b64decode(digest)
    except binascii.Error:
        return False
    return hmac.compare_digest(hmac.new(key, name.encode(), hashlib.sha1).digest(), expected)

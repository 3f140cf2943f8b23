"""Fingerprints of keys, and the one key that a stack pins a host to."""

import base64
import binascii
import hashlib
from typing import Final, Self

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass

_SHA256: Final = "SHA256:"


def fingerprint(blob: bytes) -> str:
    """As ``ssh-keygen -l`` prints it: ``SHA256:`` and base64 without padding."""
    return _SHA256 + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class HostKeyPin:
    """A key that was given in the stack: by its fingerprint, or whole, which also tells its type."""

    fingerprint: str
    key_type: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """``SHA256:...`` or ``ssh-ed25519 AAAA... [comment]``. Raises ``InputError``."""
        if text.startswith(_SHA256):
            return cls(text.rstrip("="))
        key_type, _, rest = text.partition(" ")
        encoded = rest.partition(" ")[0]
        try:
            blob = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            blob = b""
        length = int.from_bytes(blob[:4], "big")
        if not blob or blob[4 : 4 + length] != key_type.encode():
            raise InputError.one(
                "ssh.host_key holds a key that is damaged: its type does not stand in it",
                hint="copy it from the host:\n    cat /etc/ssh/ssh_host_ed25519_key.pub",
            )
        return cls(fingerprint(blob), key_type)

    def accepts(self, blob: bytes) -> bool:
        return fingerprint(blob) == self.fingerprint

"""Where secrets came from, told by hashes that can be compared without any key."""

import hashlib
import hmac
import os
from typing import Final

CONTENT: Final = "content"
"""The origin of what was read from a file in the stack's own folder, before it is kept."""
OUTSIDE: Final = "outside"
"""That of what was read from elsewhere. It is not kept, as it tells nothing of the content."""
_KEPT: Final = f"{CONTENT}:"
_COST: Final = 2**11
"""Of scrypt: some milliseconds, so that guessing what a short file holds is dear for a reader of the state."""


def derived(*parts: str) -> str:
    """The origin of what is made of secrets with these origins, and of texts; empty where one has none."""
    if not all(parts):
        return ""
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_origin(text: str, salt: bytes | None = None) -> str:
    """The origin of a file's content as it is kept."""
    salt = os.urandom(8) if salt is None else salt
    hashed = hashlib.scrypt(text.encode("utf-8", "surrogatepass"), salt=salt, n=_COST, r=8, p=1, dklen=32)
    return f"{_KEPT}{salt.hex()}:{hashed.hex()}"


def is_content(origin: str) -> bool:
    """Whether it is that of a file's content, as it is kept."""
    return origin.startswith(_KEPT)


def is_origin_of(origin: str, text: str) -> bool:
    """Whether a kept ``origin`` is that of the content ``text``."""
    _, salt, _ = origin.split(":")
    return hmac.compare_digest(origin, content_origin(text, bytes.fromhex(salt)))

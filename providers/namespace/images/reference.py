"""How a container names the image it starts from: ``host``, or ``sha256:...`` for one in the store."""

import re
from typing import Final

HOST: Final = "host"
"""The host's own root file system, read-only."""
_REFERENCE: Final = re.compile(r"sha256:([0-9a-f]{64})")


def reference_to(digest: str) -> str:
    return f"sha256:{digest}"


def digest_of(reference: str) -> str | None:
    """The digest in a reference to the store; None for any other text."""
    match = _REFERENCE.fullmatch(reference)
    return match[1] if match else None

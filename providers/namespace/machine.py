"""Which machine this is, for who has to tell it from another one."""

import hashlib
import re
from pathlib import Path
from typing import Final

FILE: Final = Path("/etc/machine-id")
_DIGITS: Final = 32


def machine_id(file: Path = FILE) -> str | None:
    """A hash of the machine's id, which is to be told to nobody (``man 5 machine-id``). None where it has none."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    if not re.fullmatch(f"[0-9a-f]{{{_DIGITS}}}", text):
        return None
    return hashlib.sha256(b"virtwright machine\0" + text.encode()).hexdigest()[:_DIGITS]

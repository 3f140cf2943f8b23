"""Keys that are stretched once for all processes of a test: a million rounds take a seventh of a second, and a command line with a passphrase needs up to three."""

import hashlib
import os
from pathlib import Path
from typing import Final

from virtwright.stacks import cipher

FOLDER: Final = "TESTS_STRETCHED_KEYS"
"""The variable that names the folder where the keys are kept."""


def remember(folder: Path) -> None:
    """From now on this process, and what is forked from it, looks into the folder before it stretches a key."""
    stretch = cipher._stretch

    def remembered(passphrase: str, salt: bytes) -> bytes:
        name = hashlib.sha256(b"%d %s " % (cipher.ROUNDS, salt.hex().encode()) + passphrase.encode()).hexdigest()
        file = folder / name
        if not file.exists():
            unfinished = folder / f"{name}.{os.getpid()}"
            unfinished.write_bytes(stretch(passphrase, salt))
            unfinished.rename(file)
        return file.read_bytes()

    cipher._stretch = remembered

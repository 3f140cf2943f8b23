"""A seed as the file that is put beside its machine: a disk with cloud-init's label, or what is mounted where cloud-init looks."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from virtwright.providers.context import Context
from virtwright.providers.libvirt.cloud_init.iso import iso

_ROOM: Final = 4 * 1024**2
"""Bytes of a file system beside its files."""


def as_disk(documents: Mapping[str, str], context: Context) -> bytes:
    """An ISO: the same bytes for the same documents."""
    return iso({name: text.encode() for name, text in documents.items()})


def as_file_system(documents: Mapping[str, str], context: Context) -> bytes:
    """An ext4, whose root folder is root's alone. Raises ``HostError`` where mke2fs is missing."""
    from virtwright.providers.libvirt.volumes.file_system import file_system

    with tempfile.TemporaryDirectory(prefix="virtwright-") as folder:
        for name, text in documents.items():
            path = Path(folder, name)
            path.touch(mode=0o600)
            path.write_text(text)
        size = _ROOM + 2 * sum(len(text.encode()) for text in documents.values())
        with file_system(Path(folder), size, context) as image:
            return Path(image.name).read_bytes()

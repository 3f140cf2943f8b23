"""The archive that a kernel unpacks as its first file system. Format: Linux's ``Documentation/driver-api/early-userspace/
buffer-format.rst`` ("newc")."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A file, folder or symbolic link (its target is the data)."""

    data: bytes = b""
    mode: int = stat.S_IFREG | 0o755


FOLDER = Entry(mode=stat.S_IFDIR | 0o755)


def link(target: str) -> Entry:
    return Entry(target.encode(), stat.S_IFLNK | 0o777)


def pack(entries: Mapping[str, Entry]) -> bytes:
    """``entries`` by path, without the leading slash; folders before what lies in them."""
    parts = [_entry(number, name, each) for number, (name, each) in enumerate(entries.items(), 1)]
    return b"".join([*parts, _entry(0, "TRAILER!!!", Entry(mode=0))])


def _entry(number: int, name: str, entry: Entry) -> bytes:
    path = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (number, entry.mode, 0, 0, links, 0, len(entry.data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % each for each in fields) + path
    return _padded(head) + _padded(entry.data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

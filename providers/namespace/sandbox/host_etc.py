"""The part of the host's /etc that a container gets as copies: what everybody on the host may read.

Programs and package managers need most of it. It stays as it was when it was copied: what the host writes there later
(renewed keys, password files half written) is none of the container's.
"""

import os
import posixpath
import stat
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.sandbox.host_mask import (
    PUBLIC_FILE,
    PUBLIC_FOLDER,
    Entry,
    copied,
    folder_entry,
    link_entry,
    scan,
)

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of all files together. Top first: what lies deep in a large /etc is left out."""
MOST: Final = 20_000
"""Entries."""
_LEFT_OUT: Final = frozenset({"etc/machine-id"})
_KEPT_LINKS: Final = frozenset(
    ["", "etc", "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "proc", "dev", "sys"]
)
"""Where a link may lead and still find what it is made for. A file elsewhere (/run/systemd/resolve/resolv.conf) is copied in its place."""
_SUDOERS: Final = b"""\
Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
%sudo ALL=(ALL:ALL) ALL
%wheel ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
"""
_SOURCES: Final = {"etc/shadow": "etc/passwd", "etc/gshadow": "etc/group", "etc/sudoers": None}
"""Files that nobody may read and programs need: what stands in for them is made from what everybody may read."""


@dataclass(slots=True)
class _Room:
    """What may still be copied."""

    bytes: int
    entries: int

    def takes(self, entry: Entry) -> bool:
        self.entries -= 1
        if len(entry.content) > self.bytes or self.entries < 0:
            return False
        self.bytes -= len(entry.content)
        return True


def entries(root: Path, whole: Path) -> list[Entry]:
    """What is shown below ``root``/etc, each folder before what is in it; links may lead to what is mounted on the root, as ``whole`` has it.

    To be called by who may read no more than everybody (``acting_as_nobody``): then nobody who owns a folder there can lead it astray."""
    result: list[Entry] = []
    room, folders = _Room(LARGEST, MOST), deque(["etc"])
    while folders:
        folder = folders.popleft()
        for found in sorted(scan(root / folder), key=lambda found: found.name):
            path = f"{folder}/{found.name}"
            entry = None if path in _LEFT_OUT else _entry(root, whole, found, path)
            if entry is not None and room.takes(entry):
                result.append(entry)
                if entry.how == "empty" and entry.mode & PUBLIC_FOLDER == PUBLIC_FOLDER:
                    folders.append(path)
    return result


def _entry(root: Path, whole: Path, found: "os.DirEntry[str]", path: str) -> Entry | None:
    try:
        facts = found.stat(follow_symlinks=False)
        if stat.S_ISLNK(facts.st_mode):
            return _link(whole, found, path)
    except OSError:
        return None  # it is gone
    if stat.S_ISDIR(facts.st_mode):
        return folder_entry(path, "empty", facts)
    if path in _SOURCES:
        mode = stat.S_IMODE(facts.st_mode) & 0o777
        return Entry(path, "file", mode, facts.st_uid, facts.st_gid, _stand_in(root, path))
    return copied(found.path, path) if facts.st_mode & PUBLIC_FILE and stat.S_ISREG(facts.st_mode) else None


def _link(whole: Path, found: "os.DirEntry[str]", path: str) -> Entry:
    target = os.readlink(found.path)  # noqa: PTH115  (a thousand of them: a path for each would cost more than all else)
    if "/" not in target or (target.startswith("/usr/") and ".." not in target):
        return link_entry(path, target)
    leads = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target))
    if leads.split("/", 2)[1] not in _KEPT_LINKS and (copy := copied(f"{whole}{leads}", path)):
        return replace(copy, mode=0o644, uid=0, gid=0)
    return link_entry(path, target)


def _stand_in(root: Path, path: str) -> bytes:
    source = _SOURCES[path]
    if source is None:
        return _SUDOERS
    copy = copied(str(root / source), source)
    return (locked_users if path == "etc/shadow" else locked_groups)(copy.content if copy else b"")


def locked_users(passwd: bytes) -> bytes:
    """A shadow(5) file in which no user of ``passwd`` has a password. Pure."""
    return b"".join(b"%s:*::0:99999:7:::\n" % row[0] for row in _rows(passwd))


def locked_groups(group: bytes) -> bytes:
    """A gshadow(5) file in which no group of ``group`` has a password. Pure."""
    return b"".join(b"%s:*::%s\n" % (row[0], row[3]) for row in _rows(group))


def _rows(text: bytes) -> list[list[bytes]]:
    return [row for line in text.split(b"\n") if len(row := line.split(b":")) > 3 and row[0]]

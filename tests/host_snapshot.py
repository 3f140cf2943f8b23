"""What a host is at one moment, for a comparison with what it is later: files, mounts, packet filter, sysctls, processes, control groups, devices."""

import hashlib
import os
import re
import socket
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

FOLDERS: Final = ("/etc", "/usr")
_CGROUPS: Final = Path("/sys/fs/cgroup")
_COUNTERS: Final = re.compile(
    r"fs/(aio-nr|dentry-state|file-nr|inode-nr|inode-state|quota/.*)|kernel/(ns_last_pid|random/.*|pty/nr|tainted_.*)"
    r"|net/netfilter/nf_conntrack_count|vm/(stat_refresh|compact_memory)"
)
"""Sysctls that count what happens on a machine, and those that do something when they are read."""


@dataclass(frozen=True)
class Snapshot:
    """Each part by names that a difference can be told in."""

    files: Mapping[str, str]
    mounts: Mapping[str, str]
    filter: Mapping[str, str]
    sysctls: Mapping[str, str]
    processes: Mapping[str, str]
    groups: Mapping[str, str]
    links: Mapping[str, str]

    def differences(self, later: "Snapshot") -> list[str]:
        found = []
        for part in fields(self):
            before, after = getattr(self, part.name), getattr(later, part.name)
            found += [
                f"{part.name}: {name}: {before.get(name)} -> {after.get(name)}"
                for name in sorted({*before, *after})
                if before.get(name) != after.get(name)
            ]
        return found


def take() -> Snapshot:
    """Of the caller's namespaces."""
    return Snapshot(
        files={path: what for folder in FOLDERS for path, what in _files(Path(folder))},
        mounts=dict.fromkeys(_mounts(), "mounted"),
        filter=dict.fromkeys(_said("nft", "-s", "list", "ruleset"), "there"),
        sysctls=dict(_sysctls(Path("/proc/sys"))),
        processes={name: str(number) for name, number in Counter(_processes()).items()},
        groups={str(path): "there" for path in _CGROUPS.rglob("*/")},
        links=dict.fromkeys((name for _, name in socket.if_nameindex()), "there"),
    )


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            status = path.lstat()
            what = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
            if stat.S_ISREG(status.st_mode):
                with path.open("rb") as content:
                    what += f" {hashlib.file_digest(content, 'sha256').hexdigest()}"
            elif stat.S_ISLNK(status.st_mode):
                what += f" {path.readlink()}"
            yield str(path), what


def _mounts() -> Iterator[str]:
    """Without their numbers."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        yield " ".join(line.split()[3:])


def _said(*argv: str) -> list[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split("\n")


def _sysctls(top: Path) -> Iterator[tuple[str, str]]:
    for parent, _, names in os.walk(top):
        for name in names:
            path = Path(parent, name)
            key = str(path.relative_to(top))
            if _COUNTERS.fullmatch(key):
                continue
            try:
                yield key, path.read_bytes().decode(errors="replace")
            except OSError as error:
                yield key, str(error.strerror)


def _processes() -> Iterator[str]:
    """By name: a shim that waits for the next container is another one each time."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield (path / "comm").read_text().strip()

"""What of the host's own root file system a container may see: the programs, not the data and not the secrets.

A mask is a tree that lies over the host's root. It names all that is shown: folders of the host's that are live, copies of
files, links, and empty folders where programs expect some (overlayfs.rst, "whiteouts and opaque directories", "redirect_dir").
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final, Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.idmap import SIZE, acting_as

PUBLIC_FOLDER: Final = 0o005
PUBLIC_FILE: Final = 0o004
LARGEST_FILE: Final = 1024 * 1024
"""Bytes of a file that is copied."""

_PROGRAMS: Final = ("bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr")
_EMPTY: Final = {
    "boot": 0o755, "dev": 0o755, "etc": 0o755, "home": 0o755, "media": 0o755, "mnt": 0o755, "opt": 0o755, "proc": 0o555,
    "root": 0o700, "run": 0o755, "srv": 0o755, "sys": 0o555, "tmp": 0o1777, "var": 0o755, "var/cache": 0o755, "var/lib": 0o755,
}  # fmt: skip
_LOCAL: Final = ("bin", "etc", "games", "include", "lib", "man", "sbin", "share", "src")
"""Of /usr/local, by the Filesystem Hierarchy Standard; empty."""
_PACKAGES: Final = {
    "var/lib": ("alternatives", "apt", "dpkg", "dnf", "misc", "pacman", "pam", "python", "rpm", "shells.state", "ucf"),
    "var/cache": ("apt", "dnf", "fontconfig", "ldconfig", "man"),
}
"""The data of package managers; programs can't be installed without it."""
_THEIR_OWN: Final = (
    "var/cache/apt/archives/lock",
    "var/cache/apt/archives/partial",
    "var/lib/apt/lists/lock",
    "var/lib/apt/lists/partial",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
    "var/lib/dpkg/triggers/Lock",
)
"""What package managers keep to themselves and make anew where it is missing. They could not open the host's."""
_OPAQUE: Final = "trusted.overlay.opaque"
_REDIRECT: Final = "trusted.overlay.redirect"
_OVERFLOW: Final = 65534


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One entry of a mask."""

    path: str
    """Relative to the root."""
    how: Literal["empty", "file", "hidden", "link", "live"]
    """``empty``: a folder that has only what the mask has in it; ``live``: one that has also all that the host has there, now and
    later; ``hidden``: nothing, within one that is live."""
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    content: bytes = b""
    """Of a file; where a link leads."""


def plan(root: Path, private: Iterable[PurePath] = (), shown: Iterable[str] = (), *, walk: bool = False) -> list[Entry]:
    """What is shown of the file system at ``root``, but for /etc; folders come before what is in them.

    ``private`` names folders, relative to it, to hide beside what is always hidden; ``shown`` those of the administrator's own (/opt, /usr/local) to show.
    ``walk``: hide each path in live folders that not everybody may read. Raises ``SandboxError`` where one to show can't be."""
    found = {path: Entry(path, "empty", mode) for path, mode in _EMPTY.items()}
    for entry in (*_programs(root), *_local(root), *_var(root), *_their_own(root)):
        found[entry.path] = entry
    for entry in _opened(root, shown):
        below = [path for path in found if path.startswith(f"{entry.path}/")]
        for path in below:
            del found[path]
        found[entry.path] = entry
    for folder in private:
        path, facts = str(folder), _facts(root / folder)
        if facts is not None and stat.S_ISDIR(facts.st_mode) and path not in found and _is_live(path, found):
            found[path] = folder_entry(path, "empty", facts)
    if walk:
        for entry in list(found.values()):
            if entry.how == "live":
                found.update((each.path, each) for each in _walked(root, entry.path, found))
    _add_parents(root, found)
    return sorted(found.values())


def unknown(root: Path, entries: Iterable[Entry]) -> list[str]:
    """The names at the top of ``root`` that the mask does not have."""
    return sorted({entry.name for entry in scan(root)} - {entry.path for entry in entries})


def live_folders(entries: Iterable[Entry]) -> list[Entry]:
    """A mask that shows what ``entries`` have live, and nothing else. Pure."""
    live = {PurePath(entry.path) for entry in entries if entry.how == "live"}
    tops = {path for path in live if live.isdisjoint(path.parents)}
    parents = {parent for path in tops for parent in path.parents[:-1]}
    return sorted([*(Entry(str(path), "live") for path in tops), *(Entry(str(path), "empty") for path in parents)])


def folder_entry(path: str, how: Literal["empty", "live"], facts: os.stat_result) -> Entry:
    return Entry(path, how, stat.S_IMODE(facts.st_mode) & 0o1777, facts.st_uid, facts.st_gid)


def link_entry(path: str, target: str) -> Entry:
    return Entry(path, "link", content=os.fsencode(target))


def scan(folder: Path) -> list["os.DirEntry[str]"]:
    """What is in the folder; nothing where it is none, or may not be read."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return []
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _programs(root: Path) -> Iterator[Entry]:
    for entry in scan(root):
        if entry.name in _PROGRAMS:
            yield from _folder_or_link(entry, entry.name, "live")


def _local(root: Path) -> Iterator[Entry]:
    facts = _facts(root / "usr/local")
    if facts is not None and stat.S_ISDIR(facts.st_mode):
        yield folder_entry("usr/local", "empty", facts)
        for entry in scan(root / "usr/local"):
            if entry.name in _LOCAL:
                yield from _folder_or_link(entry, f"usr/local/{entry.name}", "empty")


def _var(root: Path) -> Iterator[Entry]:
    for folder in ("var", "var/lib", "var/cache"):
        for entry in scan(root / folder):
            path = f"{folder}/{entry.name}"
            if path in _EMPTY:
                continue
            if entry.name not in _PACKAGES.get(folder, ()):
                yield from _folder_or_link(entry, path, "empty")
            elif entry.is_file(follow_symlinks=False):
                yield from filter(None, [copied(entry.path, path)])
            else:
                public = entry.stat(follow_symlinks=False).st_mode & PUBLIC_FOLDER == PUBLIC_FOLDER
                yield from _folder_or_link(entry, path, "live" if public else "empty")


def _folder_or_link(entry: "os.DirEntry[str]", path: str, how: Literal["empty", "live"]) -> Iterator[Entry]:
    if entry.is_symlink():
        yield link_entry(path, str(Path(entry.path).readlink()))
    elif entry.is_dir(follow_symlinks=False):
        yield folder_entry(path, how, entry.stat(follow_symlinks=False))


def copied(source: str, path: str) -> Entry | None:
    """A copy of a regular file; None for what is none, is too large or not everybody may read."""
    try:
        fd = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(fd, "rb", buffering=0) as file:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode) or not facts.st_mode & PUBLIC_FILE or facts.st_size > LARGEST_FILE:
            return None
        content = file.read(LARGEST_FILE + 1) or b""
    if len(content) > LARGEST_FILE:
        return None  # it grew
    return Entry(path, "file", stat.S_IMODE(facts.st_mode) & 0o777, facts.st_uid, facts.st_gid, content)


def _opened(root: Path, shown: Iterable[str]) -> Iterator[Entry]:
    """The folders that a stack names; those that lie in another one of them are shown with it."""
    wanted = [PurePath(path) for path in shown]
    for path in wanted:
        if any(other in path.parents for other in wanted):
            continue
        inner = path.relative_to("/")
        for each in (*reversed(inner.parents[:-1]), inner):
            facts = _facts(root / each)
            if facts is None or not stat.S_ISDIR(facts.st_mode):
                raise SandboxError(f"can't show /{each} in the container: it is not a folder of this host")
            if facts.st_mode & PUBLIC_FOLDER != PUBLIC_FOLDER:
                raise SandboxError(f"can't show /{each} in the container: not everybody on this host may read it")
        yield folder_entry(str(inner), "live", (root / inner).stat())


def _facts(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _their_own(root: Path) -> Iterator[Entry]:
    for path in _THEIR_OWN:
        if (facts := _facts(root / path)) is not None:
            yield folder_entry(path, "empty", facts) if stat.S_ISDIR(facts.st_mode) else Entry(path, "hidden")


def _is_live(path: str, found: dict[str, Entry]) -> bool:
    """Whether the host's own shows there."""
    for parent in PurePath(path).parents:
        if (entry := found.get(str(parent))) is not None:
            return entry.how == "live"
    return False


def _walked(root: Path, live: str, found: dict[str, Entry]) -> Iterator[Entry]:
    folders = [live]
    while folders:
        folder = folders.pop()
        for entry in scan(root / folder):
            path, facts = f"{folder}/{entry.name}", entry.stat(follow_symlinks=False)
            if path in found or entry.is_symlink():
                continue
            if not stat.S_ISDIR(facts.st_mode):
                if not facts.st_mode & PUBLIC_FILE:
                    yield Entry(path, "hidden")
            elif facts.st_mode & PUBLIC_FOLDER == PUBLIC_FOLDER:
                folders.append(path)
            else:
                yield folder_entry(path, "empty", facts)


def _add_parents(root: Path, found: dict[str, Entry]) -> None:
    """The folders on the way to what the mask has: within a live one they are live, too."""
    parents = {parent for path in found for parent in PurePath(path).parents[:-1]} - {PurePath(path) for path in found}
    for parent in sorted(parents):
        how: Literal["empty", "live"] = "live" if _is_live(str(parent), found) else "empty"
        found[str(parent)] = folder_entry(str(parent), how, (root / parent).stat())


def make(entries: Iterable[Entry], into: str, owner: int) -> None:
    """Make the tree in the folder ``into`` for a container whose root is the host's id ``owner``. The umask must be 0."""
    with acting_as(owner):
        for entry in entries:
            place = f"{into}/{entry.path}"
            _make(entry, place)
            if (entry.uid or entry.gid) and entry.how != "hidden":
                ids = (owner + (number if number < SIZE else _OVERFLOW) for number in (entry.uid, entry.gid))
                os.chown(place, *ids, follow_symlinks=False)


def _make(entry: Entry, place: str) -> None:
    if entry.how == "hidden":
        hide(place)
    elif entry.how == "link":
        os.symlink(entry.content, os.fsencode(place))  # noqa: PTH211  (a thousand of them: paths would cost more than all else)
    elif entry.how == "file":
        fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, entry.mode)
        os.write(fd, entry.content)
        os.close(fd)
    else:
        Path(place).mkdir(entry.mode)
        if entry.how == "empty":
            make_opaque(place)
        else:
            os.setxattr(place, _REDIRECT, os.fsencode(f"/{entry.path}"))


def make_opaque(place: str) -> None:
    os.setxattr(place, _OPAQUE, b"y")


def hide(place: str) -> None:
    os.mknod(place, stat.S_IFCHR, os.makedev(0, 0))

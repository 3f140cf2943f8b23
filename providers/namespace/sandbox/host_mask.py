"""What of the host's own root file system a container may see: the programs, not the data and not the secrets.

The plan is a layer that lies between the host's root and the container's own: empty opaque folders hide what is below
them, whiteouts hide single names, and a few files are replaced (overlayfs.rst, "whiteouts and opaque directories").
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

_SHOWN: Final = frozenset({"bin", "etc", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "usr", "var"})
"""Of the root, what is not emptied or hidden."""
_EMPTY: Final = {
    "boot": 0o755, "dev": 0o755, "home": 0o755, "media": 0o755, "mnt": 0o755, "proc": 0o555, "root": 0o700,
    "run": 0o755, "srv": 0o755, "sys": 0o555, "tmp": 0o1777,
}  # fmt: skip
_SHOWN_IN_VAR: Final = frozenset({"cache", "lib"})
_SHOWN_IN_LIB: Final = frozenset(
    ["alternatives", "apt", "dpkg", "dnf", "misc", "pacman", "pam", "python", "rpm", "shells.state", "ucf"]
)
"""The data of package managers; programs can't be installed without it."""
_SHOWN_IN_CACHE: Final = frozenset(["apt", "dnf", "fontconfig", "ldconfig", "man"])
_HIDDEN: Final = ("etc/machine-id",)
_LOCKED: Final = frozenset({"etc/gshadow", "etc/shadow"})
"""Files of passwords; the second field holds the password."""
_KEPT: Final = frozenset({"etc/sudoers", "etc/sudoers.d", "etc/.pwd.lock"})
_OPAQUE: Final = "trusted.overlay.opaque"


@dataclass(frozen=True, slots=True, order=True)
class Mask:
    """One entry of the layer that hides what is the host's own: see ``plan``."""

    path: str
    """Relative to the root."""
    how: Literal["empty", "file", "folder", "hidden"]
    """``empty``: a folder without what the host has in it; ``file``: another content; ``folder``: let through."""
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    content: str = ""


def plan(root: Path, private: Iterable[Path] = ()) -> list[Mask]:
    """What to mask of the file system at ``root``, seen as it is now; folders come before what is in them.

    ``private`` names folders to hide beside what is always hidden."""
    masks = [*_top(root), *_var(root), *_etc(root)]
    paths = {mask.path for mask in masks}
    for folder in private:
        path = folder.resolve().relative_to(root)
        if folder.is_dir() and not paths.intersection(str(part) for part in (path, *path.parents)):
            facts = folder.stat()
            masks.append(Mask(str(path), "empty", 0o700, facts.st_uid, facts.st_gid))
    parents = {str(parent) for mask in masks for parent in Path(mask.path).parents} - {"."}
    return sorted({*masks, *(_passing(root, parent) for parent in parents)})


def _passing(root: Path, folder: str) -> Mask:
    facts = (root / folder).stat()
    return Mask(folder, "folder", stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid)


def _top(root: Path) -> Iterator[Mask]:
    for name in {entry.name for entry in _entries(root)} - _SHOWN - _EMPTY.keys():
        yield Mask(name, "hidden")
    for name, mode in _EMPTY.items():
        yield Mask(name, "empty", mode)


def _var(root: Path) -> Iterator[Mask]:
    for folder, shown in (("var", _SHOWN_IN_VAR), ("var/lib", _SHOWN_IN_LIB), ("var/cache", _SHOWN_IN_CACHE)):
        for entry in _entries(root / folder):
            if entry.name not in shown and not entry.is_symlink():
                yield _emptied(f"{folder}/{entry.name}", entry)


def _etc(root: Path) -> Iterator[Mask]:
    """Everything that not everybody on the host may read is no business of a container's root either."""
    for name in _HIDDEN:
        if (root / name).exists():
            yield Mask(name, "hidden")
    folders = ["etc"]
    while folders:
        folder = folders.pop()
        for entry in _entries(root / folder):
            path = f"{folder}/{entry.name}"
            if path in _KEPT or entry.is_symlink():
                continue
            facts = entry.stat(follow_symlinks=False)
            if path in _LOCKED:
                content = lock((root / path).read_text())
                yield Mask(path, "file", stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid, content)
            elif stat.S_ISDIR(facts.st_mode):
                if facts.st_mode & 0o005 != 0o005:
                    yield _emptied(path, entry)
                else:
                    folders.append(path)
            elif not facts.st_mode & 0o004:
                yield Mask(path, "hidden")


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    if not folder.is_dir() or folder.is_symlink():
        return []
    with os.scandir(folder) as entries:
        return list(entries)


def _emptied(path: str, entry: "os.DirEntry[str]") -> Mask:
    """Folders stay, empty; files go."""
    facts = entry.stat(follow_symlinks=False)
    if stat.S_ISDIR(facts.st_mode):
        return Mask(path, "empty", stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid)
    return Mask(path, "hidden")


def lock(text: str) -> str:
    """The text of a password file with every password made impossible. Pure."""
    lines = [line.split(":") for line in text.split("\n")]
    return "".join(f"{':'.join([parts[0], '*', *parts[2:]])}\n" for parts in lines if len(parts) > 1)


def make(masks: Iterable[Mask], into: str, owner: int) -> None:
    """Make the layer in the folder ``into`` for a container whose root is the host's id ``owner``."""
    for mask in masks:
        place = Path(into, mask.path)
        if mask.how == "hidden":
            os.mknod(place, stat.S_IFCHR, os.makedev(0, 0))
            continue
        if mask.how == "file":
            place.write_text(mask.content)
        else:
            place.mkdir()
        if mask.how == "empty":
            os.setxattr(place, _OPAQUE, b"y")
        os.chown(place, owner + mask.uid, owner + mask.gid)
        place.chmod(mask.mode)

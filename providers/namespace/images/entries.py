"""Names and links inside an archive: what is accepted, and what is refused. Pure."""

import math
from typing import Final

_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4095


class RefusedEntryError(ValueError):
    """An entry can't be accepted; the message says why."""


def split_name(name: str, depth: int) -> tuple[str, ...]:
    """``./usr//bin/`` as ``("usr", "bin")``; the root itself is ``()``. Raises ``RefusedEntryError`` for an absolute
    name, for ``..`` and for what no file system takes."""
    if name.startswith("/"):
        raise RefusedEntryError("its name is absolute")
    if "\0" in name:
        raise RefusedEntryError("its name holds a NUL")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise RefusedEntryError("its name holds '..'")
    if any(len(_encoded(part)) > _LONGEST_NAME for part in parts) or len(_encoded(name)) > _LONGEST_PATH:
        raise RefusedEntryError("its name is too long")
    if len(parts) > depth:
        raise RefusedEntryError(f"it lies more than {depth} folders deep")
    return parts


def check_symlink(parts: tuple[str, ...], target: str) -> None:
    """A symbolic link may be absolute (inside, that is the image's own root) but may not climb above the root.
    Raises ``RefusedEntryError``."""
    if not target or "\0" in target or len(_encoded(target)) > _LONGEST_PATH:
        raise RefusedEntryError("its link target is empty, too long or holds a NUL")
    level = 0 if target.startswith("/") else len(parts) - 1
    for part in target.split("/"):
        if part == "..":
            level -= 1
        elif part not in ("", "."):
            level += 1
        if level < 0:
            raise RefusedEntryError(f"it links to {target!r}, which leaves the root")


def check_owner(uid: int, gid: int) -> None:
    """Owners are numbers that the kernel knows. Raises ``RefusedEntryError``."""
    for number in (uid, gid):
        if not 0 <= number < 2**32 - 1:
            raise RefusedEntryError(f"its owner is {number}, which is no user or group")


def clamp_time(seconds: float) -> int:
    """A modification time that every file system can hold."""
    return int(min(max(seconds, 0.0), 2.0**33)) if not math.isnan(seconds) else 0


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise RefusedEntryError("its name is not text") from None

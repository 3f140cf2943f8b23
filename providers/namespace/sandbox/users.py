"""Adding users to the tables of the current root (passwd(5), group(5), shadow(5)), whatever tools the image has."""

import os
from collections.abc import Collection
from pathlib import Path

from virtwright.providers.namespace.sandbox import files
from virtwright.providers.namespace.sandbox.identity import table
from virtwright.providers.namespace.sandbox.spec import BootAction

_FIRST_UID = 1000


def add(action: BootAction) -> None:
    """Make the user and what is given for it; a user who exists keeps its ids."""
    row = next((row for row in table("/etc/passwd") if row[0] == action.name), None)
    if row is None:
        rows = (line for path in ("/etc/passwd", "/etc/group") for line in table(path))
        taken = {int(line[2]) for line in rows if line[2].isdecimal()}
        uid = action.uid if action.uid is not None else free_id(taken)
        place = action.home or f"/home/{action.name}"
        row = [action.name, "x", str(uid), str(uid), "", place, action.shell or _default_shell()]
        _append("/etc/passwd", ":".join(row))
        _append("/etc/group", f"{action.name}:x:{uid}:")
    password = action.password_hash or "*"
    _replace(
        "/etc/shadow", action.name, f"{action.name}:{password}:19000:0:99999:7:::", 0o640, keep=not action.password_hash
    )
    for group in action.groups:
        _join(group, action.name)
    uid, gid, home = int(row[2]), int(row[3]), Path(row[5])
    _own_folder(home, uid, gid, 0o755)
    if action.authorized_keys:
        _own_folder(home / ".ssh", uid, gid, 0o700)
        keys = "".join(f"{key}\n" for key in action.authorized_keys)
        files.put(f"{home}/.ssh/authorized_keys", keys, 0o600, (uid, gid))
    if action.sudo:
        Path("/etc/sudoers.d").mkdir(mode=0o750, parents=True, exist_ok=True)
        files.put(f"/etc/sudoers.d/90-{action.name}", f"{action.name} {action.sudo}\n", 0o440, (0, 0))


def free_id(taken: Collection[int]) -> int:
    """The first id for people that is free both as a user's and as a group's."""
    return next(number for number in range(_FIRST_UID, 60_000) if number not in taken)


def joined(lines: list[str], group: str, member: str) -> list[str]:
    """The lines of a group file with ``member`` in ``group``, which is made where it is missing. Pure."""
    result, found = [], False
    for line in lines:
        parts = line.split(":")
        if parts[0] == group and len(parts) == 4:
            found = True
            members = [name for name in parts[3].split(",") if name]
            parts[3] = ",".join(dict.fromkeys([*members, member]))
            line = ":".join(parts)
        result.append(line)
    if not found:
        taken = {int(parts[2]) for line in lines if len(parts := line.split(":")) == 4 and parts[2].isdigit()}
        result.append(f"{group}:x:{free_id(taken)}:{member}")
    return result


def _join(group: str, member: str) -> None:
    _store("/etc/group", joined(_lines("/etc/group"), group, member), 0o644)


def _lines(path: str) -> list[str]:
    """Only a newline ends one: whoever wrote a file of the image may have put anything else into it."""
    try:
        text = files.read(path).decode(errors="surrogateescape")
    except FileNotFoundError:
        return []
    return text.removesuffix("\n").split("\n") if text else []


def _store(path: str, lines: list[str], mode: int) -> None:
    files.rewrite(path, "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"), mode)


def _default_shell() -> str:
    return "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"


def _append(path: str, line: str) -> None:
    _store(path, [*_lines(path), line], 0o644)


def _replace(path: str, name: str, line: str, mode: int, *, keep: bool) -> None:
    """Set the line of ``name``; with ``keep`` one that is there stays."""
    lines = _lines(path)
    if keep and any(old.startswith(f"{name}:") for old in lines):
        return
    rest = [old for old in lines if not old.startswith(f"{name}:")]
    _store(path, [*rest, line], mode)


def _own_folder(folder: Path, uid: int, gid: int, mode: int) -> None:
    if not folder.exists():
        folder.mkdir(mode=mode, parents=True)
        os.chown(folder, uid, gid)

"""Adding users to the tables of the current root (passwd(5), group(5), shadow(5)), whatever tools the image has."""

import os
from collections.abc import Collection
from pathlib import Path

from virtwright.providers.namespace.sandbox.identity import table
from virtwright.providers.namespace.sandbox.spec import BootAction

_FIRST_UID = 1000


def add(action: BootAction) -> None:
    """Make the user and what is given for it; a user who exists keeps its ids."""
    row = next((row for row in table("/etc/passwd") if row[0] == action.name), None)
    if row is None:
        taken = {int(line[2]) for path in ("/etc/passwd", "/etc/group") for line in table(path)}
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
        _write(home / ".ssh/authorized_keys", "".join(f"{key}\n" for key in action.authorized_keys), uid, gid, 0o600)
    if action.sudo:
        Path("/etc/sudoers.d").mkdir(mode=0o750, parents=True, exist_ok=True)
        _write(Path(f"/etc/sudoers.d/90-{action.name}"), f"{action.name} {action.sudo}\n", 0, 0, 0o440)


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
    lines = _lines("/etc/group")
    Path("/etc/group").write_text("\n".join(joined(lines, group, member)) + "\n")


def _lines(path: str) -> list[str]:
    """Only a newline ends one: whoever wrote a file of the image may have put anything else into it."""
    if not Path(path).exists():
        return []
    with Path(path).open(newline="\n") as file:
        return [line.rstrip("\n") for line in file]


def _default_shell() -> str:
    return "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"


def _append(path: str, line: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


def _replace(path: str, name: str, line: str, mode: int, *, keep: bool) -> None:
    """Set the line of ``name``; with ``keep`` one that is there stays."""
    lines = _lines(path)
    if keep and any(old.startswith(f"{name}:") for old in lines):
        return
    rest = [old for old in lines if not old.startswith(f"{name}:")]
    Path(path).touch(mode)
    Path(path).write_text("\n".join([*rest, line]) + "\n")


def _own_folder(folder: Path, uid: int, gid: int, mode: int) -> None:
    if not folder.exists():
        folder.mkdir(mode=mode, parents=True)
        os.chown(folder, uid, gid)


def _write(path: Path, text: str, uid: int, gid: int, mode: int) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode)
    path.write_text(text)
    path.chmod(mode)
    os.chown(path, uid, gid)

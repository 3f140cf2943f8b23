"""The machine's mounts, as this thread sees them."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.process import operand, run

_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One line of ``mountinfo``, described in proc_pid_mountinfo(5)."""

    path: Path
    type: str
    source: str
    device: str
    """``major:minor``."""


def mount_entries() -> list[MountEntry]:
    """Every mount, in the order of mounting."""
    return [_parse(line) for line in _mountinfo()]


def _mountinfo() -> list[str]:
    """Its lines: the kernel escapes newlines in paths, but no other character that could be taken for the end of one."""
    with Path("/proc/thread-self/mountinfo").open(newline="\n") as file:
        return [line.rstrip("\n") for line in file]


def _parse(line: str) -> MountEntry:
    before, _, after = line.partition(" - ")
    fields = before.split(" ")
    type, source, *_ = after.split(" ")
    return MountEntry(Path(_decoded(fields[4])), type, _decoded(source), fields[2])


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)


def mounts_below(path: Path) -> list[Path]:
    """The mount points at and below ``path``, the innermost first."""
    near = [
        _parse(line) for line in _mountinfo() if path.name in line or "\\" in line
    ]  # parsing thousands of lines is slow
    return [entry.path for entry in reversed(near) if entry.path.is_relative_to(path)]


def unmount(path: Path, *, lazily: bool = False) -> None:
    """Unmount what lies on top at ``path``. Raises ``HostError`` where it is busy."""
    flags = ["--lazy"] if lazily else []
    done = run(["umount", *flags, operand(str(path))], check=False)
    if done.status != 0 and path in mounts_below(path):
        raise HostError(f"could not unmount {path}: {done.stderr.strip()}")


def holders(device: str) -> list[str]:
    """Who has the block device ``device`` mounted: one process, with its name, for each mount namespace but this one."""
    number = Path(f"/sys/class/block/{Path(device).name}/dev").read_text().strip()
    seen = {_namespace("thread-self")}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ends meanwhile
            if (namespace := _namespace(folder.name)) in seen:
                continue
            seen.add(namespace)
            if f" {number} " in (folder / "mountinfo").read_text():
                found.append(f"{folder.name} ({(folder / 'comm').read_text().strip()})")
    return found


def _namespace(process: str) -> int:
    return Path(f"/proc/{process}/ns/mnt").stat().st_ino

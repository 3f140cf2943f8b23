"""A hash of a program's files, to which a saved plan is bound."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from virtwright.errors import RefusedError
from virtwright.stacks.plan_mark import is_plan_file
from virtwright.stacks.python.project import Project
from virtwright.trust import TRUSTED, Trust

_COUNTED: Final = (".py", ".yaml", ".yml", ".json", ".toml", ".txt", ".cfg")
_SKIPPED: Final = ("__pycache__", "node_modules")


def files_digest(project: Project, trust: Trust = TRUSTED) -> str:
    """In hex. Of a folder: its sources and settings, but for hidden folders, virtual environments and saved plans."""
    files = sorted(_sources(project.folder)) if project.is_folder else [project.program]
    known: dict[tuple[int, int], str] = {}
    lines = [f"{file.relative_to(project.folder)} {_hash(file, trust, known)}" for file in files]
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in _SKIPPED and not (Path(parent) / name / "pyvenv.cfg").exists()
        ]
        counted = (Path(parent) / name for name in names if name.endswith(_COUNTED))
        yield from (file for file in counted if not (file.suffix == ".json" and is_plan_file(file)))


def _hash(file: Path, trust: Trust, known: dict[tuple[int, int], str]) -> str:
    """Nothing of what is no regular file. One that many links lead to is read once."""
    try:
        trust.check_own(file)
        with open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                return ""
            key = (status.st_dev, status.st_ino)
            if key not in known:
                known[key] = hashlib.file_digest(opened, "sha256").hexdigest()
            return known[key]
    except (OSError, RefusedError):
        return ""

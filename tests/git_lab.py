"""Git repositories for tests, made by the git program as a user would."""

import subprocess
from pathlib import Path
from typing import Final

_WHO: Final = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false")
_SETTINGS: Final = ("-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", "-c", "gc.auto=0")


def git(folder: Path, *words: str) -> str:
    """What git answers in this folder."""
    command = ["git", *_WHO, *_SETTINGS, "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def commit(folder: Path, message: str = "a change") -> str:
    """Commit all that is there; returns the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path) -> str:
    """Make the folder a repository that has all files in it; returns its first commit."""
    git(folder, "init", "--quiet")
    return commit(folder, f"the beginning of {folder}")


def clone(source: Path, to: Path, *, depth: int | None = None) -> Path:
    """As the job of a pipeline gets it, where a depth is given."""
    shallow = () if depth is None else ("--depth", str(depth))
    git(source, "clone", "--quiet", *shallow, f"file://{source}", str(to))
    return to

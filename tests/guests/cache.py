"""What tests make once and keep between runs, in the user's cache."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs

ROOT: Final = platformdirs.user_cache_path("virtwright-tests")


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """The path ``name`` in the cache; where it is not there, ``make`` fills it (a file or a folder). Processes take turns,
    and what is there is whole."""
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            new = path.parent / f".{path.name}.new"
            _remove(new)
            make(new)
            new.rename(path)
    return path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

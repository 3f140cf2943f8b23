"""Filling a new volume. Links are copied as links and never followed; nothing but files, folders and links is taken."""

from pathlib import Path

from virtwright.errors import HostError
from virtwright.process import operand, run


def copy_into(source: Path, target: Path) -> None:
    """Copy what is in the folder ``source`` into the empty folder ``target``: owners, modes, times, holes and all.

    Raises ``HostError`` where ``source`` is no folder, holds a device, a socket or a pipe, or does not fit.
    """
    if not source.is_dir():
        raise HostError(f"there is no folder {source}", hint="source.content and source.clone copy a folder")
    if found := _special(source):
        raise HostError(f"{found} is no file, folder or link, so it is not copied", hint="take it out of the folder")
    argv = ["cp", "--archive", "--reflink=auto", "--sparse=always", "--no-target-directory"]
    run([*argv, operand(str(source)), operand(str(target))], timeout=24 * 3600, package="coreutils")


def _special(folder: Path) -> str:
    """The first thing that is no file, folder or link; a tree may be deeper than any path is long, and ``find`` takes that."""
    kinds = ["-not", "-type", "f", "-not", "-type", "d", "-not", "-type", "l"]
    return run(
        ["find", "-P", operand(str(folder)), *kinds, "-print", "-quit"], timeout=24 * 3600, package="findutils"
    ).stdout.rstrip("\n")

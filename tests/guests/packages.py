"""Debian packages, unpacked into a folder rather than installed."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.guests.cache import cached


def unpacked(package: str) -> Path:
    """The files of the newest version of ``package`` that the machine's sources know, kept between runs."""
    return cached(f"packages/{package}", lambda new: _unpack(package, new))


def _unpack(package: str, new: Path) -> None:
    new.mkdir()
    try:
        _download(package, new)
    except subprocess.CalledProcessError:  # no lists yet, or so old that their files have gone
        _run(["apt-get", "update", "-qq"], new)
        _download(package, new)
    (archive,) = new.glob("*.deb")
    _run(["dpkg-deb", "--extract", str(archive), str(new)], new)
    archive.unlink()


def _download(package: str, folder: Path) -> None:
    _run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package], folder)


def depends(package: str, prefix: str) -> str:
    """The first dependency of ``package`` whose name begins with ``prefix``."""
    told = subprocess.run(
        ["apt-cache", "depends", "--no-recommends", "--no-suggests", package],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    names = (line.rpartition(" ")[2] for line in told.splitlines() if "Depends:" in line)
    return next(name for name in names if name.startswith(prefix))


def _run(argv: list[str], folder: Path) -> None:
    subprocess.run(argv, cwd=folder, check=True, timeout=280, capture_output=True)


@dataclass(frozen=True)
class Archive:
    """Where the machine's own packages come from."""

    uri: str
    suite: str


def debian_archive() -> Archive:
    """As apt knows it."""
    told = subprocess.run(
        ["apt-cache", "policy", "dpkg"], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    for line in told.splitlines():
        words = line.split()
        if len(words) > 2 and words[1].startswith(("http://", "https://")) and "-security" not in words[2]:
            return Archive(words[1], words[2].partition("/")[0])
    raise AssertionError(f"dpkg comes from no archive:\n{told}")

"""Images of real programs for tests that can pull nothing: the machine's own, with the libraries that they need."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests import image_archives as make
from tests.docker_lab import APPLETS, DockerLab

PYTHON: Final = Path("/usr/bin/python3").resolve()
_STANDARD_LIBRARY: Final = Path("/usr/lib") / PYTHON.name
_LEFT_OUT: Final = re.compile(r"/(test|idlelib|tkinter|ensurepip|pydoc_data|lib2to3|turtledemo|config-[^/]*)(/|$)")
_LIBRARY: Final = re.compile(r"(/\S+) \(0x")


def import_python(lab: DockerLab, reference: str) -> None:
    """The machine's Python with its standard library."""
    _import(lab, reference, python_root())


def python_root() -> bytes:
    """The same, as an archive of a root file system."""
    files = [path for path in _STANDARD_LIBRARY.rglob("*") if not _LEFT_OUT.search(str(path)) and path.is_file()]
    extensions = [path for path in files if path.suffix == ".so"]
    links = [make.symlink("usr/bin/python3", PYTHON.name)]
    return _root([PYTHON, *files], [PYTHON, *extensions], links)


def import_nginx(lab: DockerLab, reference: str) -> None:
    """nginx, with the folders that it writes to."""
    folders = [make.folder(f"var/{name}") for name in ("lib", "lib/nginx", "log", "log/nginx")]
    _import(lab, reference, _root([Path("/usr/sbin/nginx")], [Path("/usr/sbin/nginx")], folders))


def import_redis(lab: DockerLab, reference: str) -> None:
    """Redis with its command line."""
    programs = [Path("/usr/bin/redis-server"), Path("/usr/bin/redis-cli")]
    _import(lab, reference, _root(programs, programs, [make.folder("data")]))


def _import(lab: DockerLab, reference: str, root: bytes) -> None:
    name, _, tag = reference.partition(":")
    lab.api.import_image_from_data(root, repository=name, tag=tag)


def _root(files: Iterable[Path], linked: Iterable[Path], more: Iterable[make.Entry]) -> bytes:
    entries = [*make.busybox_entries(), *(make.symlink(f"bin/{name}", "busybox") for name in APPLETS), *more]
    paths = {*files, *_libraries(linked)}
    entries += [
        make.entry(str(path).lstrip("/"), path.read_bytes(), mode=path.stat().st_mode & 0o777) for path in sorted(paths)
    ]
    return make.tar(entries)


def _libraries(programs: Iterable[Path]) -> Iterator[Path]:
    told = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, timeout=120, check=True).stdout
    return (Path(found) for found in _LIBRARY.findall(told))

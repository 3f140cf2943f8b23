"""Starting the processes that lead into containers: among mounts of their own, all read-only, until they have loaded what they run.

Whoever finds a process inside reaches the files that it runs from and has mapped, through ``/proc/PID/exe`` and ``map_files``, on the mount by which they
were opened. What was opened on a read-only mount can't be changed there, its mode and capabilities included (decision 0403)."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, Final

import virtwright
from virtwright.errors import HostError
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.mounts import make_all_read_only
from virtwright.providers.namespace.own_mounts import in_own_mounts

ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "LD_BIND_NOW": "1",
}
"""Links all at once: a shim that links when it first calls copies the page of each table."""
_CODE: Final = ("cgroups", "kernel", "sandbox", "shim")
"""The folders with the code of these processes."""


def start(mode: str, *arguments: str, pass_fds: Sequence[int] = (), **options: Any) -> "subprocess.Popen[bytes]":
    """Run ``shim/__main__.py``; ``options`` are those of ``Popen``. It must not ask to be killed with its parent (``in_own_mounts``). Raises ``HostError``."""
    folder = Path(virtwright.__path__[0], "providers/namespace")
    _write_bytecode(folder)
    with ExitStack() as closing:
        home = [_opened(closing, "/proc/thread-self/ns/mnt", os.O_RDONLY), _opened(closing, "/", os.O_PATH)]
        main = str(folder / "shim/__main__.py")
        argv = [sys.executable, "-I", "-S", main, *map(str, home), mode, *arguments]

        def spawn() -> "subprocess.Popen[bytes]":
            make_all_read_only()
            return subprocess.Popen(argv, pass_fds=[*home, *pass_fds], cwd="/", env=ENVIRONMENT, **options)

        try:
            return in_own_mounts(spawn)
        except SandboxError as error:
            raise HostError(error.message) from error


def _opened(closing: ExitStack, path: str, flags: int) -> int:
    fd = os.open(path, flags | os.O_CLOEXEC)
    closing.callback(os.close, fd)
    return fd


def _write_bytecode(folder: Path) -> None:
    """Among read-only mounts nobody can, and each start would compile everything anew."""
    for name in _CODE:
        with os.scandir(folder / name) as files:
            for file in files:
                if file.name.endswith(".py") and _written(cache_from_source(file.path)) < file.stat().st_mtime:
                    _compile(file.path)


def _written(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _compile(path: str) -> None:
    import py_compile

    with suppress(OSError):  # the folder may not be ours to write to
        py_compile.compile(path, doraise=True)

"""Reaching into a container that runs: programs and files. Raises ``HostError``."""

import errno
import json
import os
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.confined import open_file
from virtwright.providers.namespace import read_only_start, relay
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox.idmap import SIZE, first_of
from virtwright.providers.namespace.sandbox.spec import FileContent
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.providers.namespace.supervisor import Supervisor, load, status

_NOBODY: Final = 65534
_LONGEST_MESSAGE: Final = 65536
LARGEST_READ: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class InnerFile:
    """A regular file as it is inside."""

    content: bytes
    mode: int
    """The permission bits."""
    uid: int
    gid: int


def enter(
    supervisor: Supervisor,
    folder: Path,
    argv: Sequence[str],
    *,
    interactive: bool = False,
    tty: bool = False,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> int:
    """Run a program inside, and relay between it and this process's standard streams; returns its exit status as a shell gives it.

    ``interactive`` passes on the standard input; ``tty`` gives the program a terminal of the container's own, with this one in
    raw mode. ``user`` and ``cwd`` default to the container's."""
    now = _running(folder)
    if now.state == "paused":
        raise HostError("the container is paused: resume it first")
    spec, _ = supervisor.completed(load(folder))
    request = {
        "do": "execute",
        "spec": asdict(spec),
        "group": now.cgroup,
        "process": _process(now),
        "argv": list(argv),
        "interactive": interactive,
        "tty": tty,
        "size": relay.size(),
        "term": os.environ.get("TERM", "xterm"),
        "user": (spec.user if spec.init == "none" else "") if user is None else user,
        "env": dict(env or {}),
        "cwd": spec.cwd if cwd is None else cwd,
    }
    with _keeper(request) as (process, link):
        code = relay.relay(link, interactive=interactive, tty=tty)
        if code is None:
            code = process.wait()
    return 128 - code if code < 0 else code


def write_file(folder: Path, file: FileContent) -> None:
    """Write or replace a file as the container's root would."""
    request = {"do": "write", "process": _process(_running(folder)), "file": asdict(file)}
    with _keeper(request) as (_, link):
        told = json.loads(link.recv(_LONGEST_MESSAGE) or b"{}")
    if told.get("status") != 0:
        raise HostError(f"could not write {file.path} inside: {told.get('error', 'it ended meanwhile')}")


def read_file(folder: Path, path: str, most: int = LARGEST_READ) -> InnerFile | None:
    """The regular file at ``path`` as a program inside would find it, up to ``most`` bytes; None where there is none.

    Its links are followed inside the container's root and never out of it."""
    now = _running(folder)
    try:
        root = os.open(f"/proc/{_alive(now).pid}/root", os.O_PATH | os.O_DIRECTORY)
    except OSError as error:
        raise HostError("it ended meanwhile") from error
    try:
        owner = first_of(_alive(now).pid)
        _alive(now)  # still the same process: so this is its root
        return _read(root, path, owner, most)
    except OSError as error:
        raise HostError(f"could not read {path} inside: {error.strerror}") from error
    finally:
        os.close(root)


def _read(root: int, path: str, owner: int, most: int) -> InnerFile | None:
    try:
        descriptor = open_file(root, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENXIO):  # a folder, a pipe, a device, a socket
            return None
        raise
    with os.fdopen(descriptor, "rb") as file:
        facts, content = os.fstat(descriptor), file.read(most)
    uid, gid = (
        number - owner if owner <= number < owner + SIZE else _NOBODY for number in (facts.st_uid, facts.st_gid)
    )
    return InnerFile(content, stat.S_IMODE(facts.st_mode), uid, gid)


def _running(folder: Path) -> Status:
    now = status(folder)
    if now.process is None or not now.alive:
        raise HostError("the container is not running")
    return now


def _alive(now: Status) -> Process:
    if now.process is None or not now.process.alive:
        raise HostError("the container is not running")
    return now.process


def _process(now: Status) -> dict[str, Any]:
    return asdict(_alive(now))


@contextmanager
def _keeper(request: Mapping[str, Any]) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A process of its own for what changes namespaces, and the line to it. It holds nothing of the operator's, and ends when
    the line does. The request may hold secrets, so it is no argument."""
    memory = os.memfd_create("request", os.MFD_CLOEXEC)
    link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with link:
        with theirs, os.fdopen(memory, "wb") as file:
            file.write(json.dumps(request).encode())
            file.seek(0)
            process = read_only_start.start(
                "enter",
                str(memory),
                str(theirs.fileno()),
                pass_fds=[memory, theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            yield process, link
        except BaseException:
            process.kill()  # it may hang before it can listen
            raise
        finally:
            link.close()
            process.wait()

"""Handing over to the program."""

import errno
import os
import signal
from pathlib import Path
from typing import NoReturn

from virtwright.providers.namespace.kernel.errors import SandboxError, explain
from virtwright.providers.namespace.sandbox.identity import Identity

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


_CHANGED = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGCHLD,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
)


def environment(given: dict[str, str] | None, identity: Identity, hostname: str) -> dict[str, str]:
    """What a program expects to find set, with ``given`` on top."""
    return {"PATH": PATH, "HOME": identity.home, "HOSTNAME": hostname, **(given or {})}


def fresh_signals() -> None:
    """Undo what this interpreter and the shell before it changed; programs expect the defaults."""
    for number in _CHANGED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def fork() -> int:
    """As ``os.fork``, for a process that counts towards a container's limits. Raises ``SandboxError`` where they are reached."""
    try:
        return os.fork()
    except BlockingIOError as error:
        raise SandboxError("no process can be added: its limit of processes is reached (resources.pids)") from error


def execute(argv: tuple[str, ...], env: dict[str, str]) -> NoReturn:
    """Become the program; returns only by raising ``SandboxError``. Its ``number`` tells a shell's 126 from 127."""
    name = argv[0]
    candidates = [name] if "/" in name else [f"{folder or '.'}/{name}" for folder in env.get("PATH", PATH).split(":")]
    refused: OSError | None = None
    for path in candidates:
        try:
            os.execve(path, argv, env)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                refused = refused or error
            elif Path(path).is_file():
                raise SandboxError(
                    f"can't run {name}: the interpreter it needs is missing", number=errno.ENOENT
                ) from error
        except ValueError as error:
            raise SandboxError(f"can't run {name}: {error}: see the environment of the image") from error
    raise _reason(name, refused)


def _reason(name: str, refused: OSError | None) -> SandboxError:
    if refused is None:
        return SandboxError(f"command not found: {name}", number=errno.ENOENT)
    if refused.errno == errno.EACCES:
        return SandboxError(f"can't run {name}: it is not an executable file", number=errno.EACCES)
    if refused.errno == errno.ENOEXEC:
        text = f"can't run {name}: it is neither a program of this machine's kind nor a script that begins with #!"
        return SandboxError(text, number=errno.ENOEXEC)
    return explain(refused.errno or 0, f"run {name}")

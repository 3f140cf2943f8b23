"""``exec``: a program run inside a container that runs, with this process's standard streams or a terminal."""

import fcntl
import json
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, NoReturn

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.kernel.descriptors import keep_only
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox import boot, identity, join, program, working_folder
from virtwright.providers.namespace.sandbox.spec import FileContent, SandboxSpec, decode

NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127


def main() -> None:
    """The request is a line of JSON on the file descriptor that the last argument names."""
    with os.fdopen(int(sys.argv[-1])) as file:
        request = json.loads(file.read())
    try:
        status = _write(request) if request["do"] == "write" else _execute(request)
    except (SandboxError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        status = NOT_EXECUTABLE
    sys.exit(status)


def _write(request: Mapping[str, Any]) -> int:
    """Write one file as root inside."""
    join.enter(decode(Process, request["process"]), writable=True)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    keep_only()
    boot.write_file(decode(FileContent, request["file"]))
    return 0


def _execute(request: Mapping[str, Any]) -> int:
    spec: SandboxSpec = decode(SandboxSpec, request["spec"])
    rights = identity.privileges(spec)
    Group(request["group"], detect(), delegated=spec.privileged).enter()
    join.enter(decode(Process, request["process"]))
    spec = replace(spec, user=request["user"], cwd=request["cwd"])
    env = {**(spec.env or {}), **request["env"]}
    argv = tuple(request["argv"])
    if not request["tty"]:
        pid = os.fork()
        if pid == 0:
            if not request["interactive"]:
                os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            _become(spec, argv, env, rights)
        return _wait(pid)
    master, slave = os.openpty()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for target in (0, 1, 2):
            os.dup2(slave, target)
        _become(spec, argv, {"TERM": request["term"], **env}, rights)
    os.close(slave)
    _Terminal(master, forward=request["interactive"]).relay()
    return _wait(pid)


def _become(spec: SandboxSpec, argv: tuple[str, ...], env: dict[str, str], rights: identity.Privileges) -> NoReturn:
    status = NOT_EXECUTABLE
    try:
        keep_only()
        who = identity.resolve(spec.user)
        working_folder.enter(spec.cwd)
        identity.assume(who, rights)
        identity.die_with_parent()
        program.fresh_signals()
        program.execute(argv, program.environment(env, who, spec.hostname or spec.id))
    except SandboxError as error:
        status = NOT_FOUND if error.message.startswith("command not found") else NOT_EXECUTABLE
        os.write(2, f"{error.message}\n".encode())
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(status)


def _wait(pid: int) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the program inside, which has got it too
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return 128 - code if code < 0 else code


class _Terminal:
    """Carries bytes and the window's size between this process's terminal and one inside."""

    def __init__(self, master: int, *, forward: bool) -> None:
        self._master = master
        self._input = 0 if forward else None
        """Where to read what the user types; None once it has ended."""

    def relay(self) -> None:
        """Until the last process on the inner terminal has gone."""
        signal.signal(signal.SIGWINCH, lambda number, frame: self._resize())
        self._resize()
        with _raw(self._input):
            while self._step():
                pass

    def _resize(self) -> None:
        for fd in (0, 1, 2):
            if os.isatty(fd):
                size = fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8)
                fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
                return

    def _step(self) -> bool:
        wanted = [self._master, *([self._input] if self._input is not None else [])]
        ready, _, _ = select.select(wanted, [], [])
        if self._input is not None and self._input in ready:
            data = os.read(self._input, 65536)
            if data:
                _write_all(self._master, data)
            else:
                _write_all(self._master, b"\x04")  # the end of a pipe is a Ctrl-D
                self._input = None
        if self._master in ready:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return False
            if not data:
                return False
            _write_all(1, data)
        return True


@contextmanager
def _raw(fd: int | None) -> Iterator[None]:
    """Every key goes through, also Ctrl-C; the terminal's own mode comes back at the end."""
    if fd is None or not os.isatty(fd):
        yield
        return
    before = termios.tcgetattr(fd)
    tty.setraw(fd, termios.TCSADRAIN)  # what was typed ahead counts
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]

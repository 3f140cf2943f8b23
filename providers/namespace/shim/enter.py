"""``exec``: a program run inside a container that runs. Its streams and its session are its own: the operator's command line,
which relays, has the other ends (``relay.py``). This process keeps the program: it passes signals on, tells how it ended, and
ends it when nobody is there any more."""

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.kernel.calls import become_subreaper
from virtwright.providers.namespace.kernel.descriptors import keep_only
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox import boot, identity, join, program, streams, working_folder
from virtwright.providers.namespace.sandbox.request import GO
from virtwright.providers.namespace.sandbox.spec import FileContent, SandboxSpec, decode

NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
_GRACE: Final = 5.0
"""Seconds that a program has to end by itself when the operator's terminal is gone."""


def main() -> None:
    """The request is a line of JSON on the file descriptor that the last argument but one names. What becomes of it is told on
    the socket that the last one names, in messages of JSON; a byte that comes from there is a signal for the program."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)  # not the operator's
    link = socket.socket(fileno=int(sys.argv[-1]))
    link.set_inheritable(False)
    with os.fdopen(int(sys.argv[-2])) as file:
        request = json.loads(file.read())
    status, told = NOT_EXECUTABLE, {}
    try:
        status = _write(request, link) if request["do"] == "write" else _execute(request, link)
    except (SandboxError, OSError) as error:
        told["error"] = str(error)
    except Exception as error:  # noqa: BLE001  (told to the operator, whatever it is)
        told["error"] = f"{type(error).__name__}: {error}. This is a bug in virtwright."
    _tell(link, status=status, **told)
    sys.exit(status)  # what counts where nothing could be told


def _tell(link: socket.socket, **message: object) -> None:
    with suppress(OSError):  # nobody is there any more
        link.send(json.dumps(message).encode())


def _write(request: Mapping[str, Any], link: socket.socket) -> int:
    """Write one file as root inside."""
    join.enter(decode(Process, request["process"]), writable=True)
    _become_root()
    keep_only(link.fileno())
    boot.write_file(decode(FileContent, request["file"]))
    return 0


def _become_root() -> None:
    """The container's."""
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def _execute(request: Mapping[str, Any], link: socket.socket) -> int:
    """This process stays outside, with its rights. What enters gives its own up before a child of it is seen inside; it ends
    then, and leaves the child to this process."""
    become_subreaper()
    told, tell = os.pipe2(os.O_CLOEXEC)
    gate, go = os.pipe2(os.O_CLOEXEC)
    stage = os.fork()
    if stage == 0:
        _enter(request, link, tell, gate)
    os.close(tell)
    with os.fdopen(told) as file:
        child = file.read()
    _, status = os.waitpid(stage, 0)
    if not child:
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code < 0 else code
    pid = int(child)
    if (early := _next_signal(link)) is not None:  # the operator's command line listens, and perhaps was asked to end
        os.write(go, GO)
    for fd in (gate, go):
        os.close(fd)
    if early:
        _signal(pid, early)
    return _keep(pid, link)


def _enter(request: Mapping[str, Any], link: socket.socket, tell: int, gate: int) -> NoReturn:
    """In a fork: become a process with the rights of a program of the container, of which nothing is seen inside, and fork
    the program from it. Never returns."""
    with _failures_told(link):
        identity.die_with_parent()
        spec: SandboxSpec = decode(SandboxSpec, request["spec"])
        rights = identity.privileges(spec)
        Group(request["group"], detect(), delegated=spec.privileged).enter()
        join.enter(decode(Process, request["process"]))
        keep_only(link.fileno(), tell, gate)
        _become_root()
        identity.die_with_parent()
        who = identity.resolve(request["user"])
        own = _streams(request, who)
        socket.send_fds(link, [b'{"streams": true}'], own.outer)
        keep_only(link.fileno(), tell, gate, *own.inner)
        working_folder.enter(request["cwd"])
        identity.assume(who, rights)
        identity.die_with_parent()
        term = {"TERM": request["term"]} if request["tty"] else {}
        given = {**term, **(spec.env or {}), **request["env"]}
        env = program.environment(given, who, spec.hostname or spec.id)
        if (pid := program.fork()) == 0:
            _become(tuple(request["argv"]), env, own, link, gate)
        os.write(tell, b"%d" % pid)
        os._exit(0)


def _become(
    argv: tuple[str, ...], env: dict[str, str], own: streams.Streams, link: socket.socket, gate: int
) -> NoReturn:
    """In the forked child: never returns."""
    with _failures_told(link):
        os.setsid()  # /dev/tty would open the operator's terminal, whatever the standard streams are
        own.install()
        keep_only(link.fileno(), gate)
        if os.read(gate, 1) != GO:
            os._exit(NOT_EXECUTABLE)  # nobody keeps it
        identity.die_with_parent()  # of whoever keeps it from here on
        program.fresh_signals()
        program.execute(argv, env)


@contextmanager
def _failures_told(link: socket.socket) -> Generator[None, None, None]:
    """Ends this process, whatever happens."""
    status = NOT_EXECUTABLE
    try:
        yield
    except SandboxError as error:
        if error.message.startswith("command not found"):
            status = NOT_FOUND
        _tell(link, status=status, error=error.message)
    except OSError as error:
        _tell(link, status=status, error=str(error))
    except Exception as error:  # noqa: BLE001  (told to the operator, whatever it is)
        _tell(link, status=status, error=f"{type(error).__name__}: {error}. This is a bug in virtwright.")
    finally:
        os._exit(status)


def _streams(request: Mapping[str, Any], who: identity.Identity) -> streams.Streams:
    if request["tty"]:
        return streams.terminal(who.uid, *request["size"])
    return streams.pipes(who.uid, who.gid, interactive=request["interactive"])


def _keep(pid: int, link: socket.socket) -> int:
    """Until the program has ended; its exit status, as a shell gives it."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(link, select.POLLIN)
    hung_up, patience = False, None
    while ended not in (ready := [fd for fd, _ in poll.poll(patience)]):
        if not ready:
            _signal(pid, signal.SIGKILL)
            patience = None
            continue
        number = _next_signal(link)
        if number is None:
            poll.unregister(link)
        _signal(pid, number or signal.SIGHUP)
        if number in (None, signal.SIGHUP):
            hung_up, patience = True, _GRACE * 1000
    if hung_up:
        _signal(pid, signal.SIGKILL)  # the rest of its group; not yet waited for, so the number is still its own
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return 128 - code if code < 0 else code


def _next_signal(link: socket.socket) -> int | None:
    """None where nobody is there any more."""
    with suppress(ConnectionError):
        if sent := link.recv(1):
            return sent[0]
    return None


def _signal(pid: int, number: int) -> None:
    """To the program and what it has begun in its own process group, as a terminal would."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        os.kill(pid, number)  # it does not lead a group yet

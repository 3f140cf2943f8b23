"""One health check, made in a fork of the shim."""

import os
import re
import signal
import socket
from typing import NoReturn
from urllib.parse import urlsplit

from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.kernel.descriptors import keep_only
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox import identity, join, program, streams, working_folder
from virtwright.providers.namespace.sandbox.spec import HealthCheck, SandboxSpec

_HERE = "127.0.0.1"
_LONGEST_HEAD = 4096


def perform(spec: SandboxSpec, check: HealthCheck, process: Process, group: Group, output: int) -> NoReturn:
    """Exits with 0 where the container is healthy; says why not on the file descriptor ``output``."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        keep_only(output)
        if check.command:
            status = _command(spec, check.command, process, group, output)
        else:
            join.enter_network(process)
            if check.tcp:
                socket.create_connection((_HERE, check.tcp), check.timeout).close()
            else:
                _http(check.http or "", check.timeout)
            status = 0
    except (SandboxError, OSError) as error:
        os.write(output, str(error).encode())
    finally:
        os._exit(status)


def _command(spec: SandboxSpec, argv: tuple[str, ...], process: Process, group: Group, output: int) -> int:
    """In a child that has no more rights than the container from its first moment, since it is seen inside."""
    rights = identity.privileges(spec)
    group.enter()
    join.enter(process)
    for target, fd in enumerate((streams.null(), output, output)):
        os.dup2(fd, target)
    keep_only(output)
    who = identity.resolve(spec.user if spec.init == "none" else "")
    working_folder.enter(spec.cwd)
    identity.assume(who, rights)
    pid = program.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    identity.die_with_parent()
    program.fresh_signals()
    program.execute(argv, program.environment(spec.env, who, spec.hostname or spec.id))


def target(http: str) -> tuple[str, int, str]:
    """The Host header, port and path of an ``http`` check (see ``HealthCheck``). Pure."""
    if http[:1].isdigit():
        http = f":{http}"
    parts = urlsplit(http if http.startswith("http://") else f"http://{_HERE}{http}")
    path = parts.path or "/"
    return parts.hostname or _HERE, parts.port or 80, f"{path}?{parts.query}" if parts.query else path


def _http(http: str, timeout: float) -> None:
    """Raises ``SandboxError`` for an answer that is not from 200 to 399."""
    name, port, path = target(http)
    with socket.create_connection((_HERE, port), timeout) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {name}:{port}\r\nUser-Agent: virtwright\r\n\r\n".encode())
        head = b""
        while b"\n" not in head and len(head) < _LONGEST_HEAD and (data := connection.recv(1024)):
            head += data
    answer = re.match(rb"HTTP/\S+ ([0-9]{3})", head)
    if not answer:
        raise SandboxError(f"port {port} does not answer in HTTP")
    if not 200 <= int(answer[1]) < 400:
        raise SandboxError(f"GET {path} on port {port} answered {int(answer[1])}")

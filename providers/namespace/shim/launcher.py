"""The launcher: a process with everything loaded that forks one shim for each request. It ends with its command line."""

import gc
import os
import signal
import socket

from virtwright.providers.namespace.cgroups.group import detect
from virtwright.providers.namespace.kernel.calls import set_name
from virtwright.providers.namespace.kernel.capabilities import last
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import boot_id
from virtwright.providers.namespace.sandbox import idmap
from virtwright.providers.namespace.shim.serve import serve

_LONGEST_REQUEST = 64


def main() -> None:
    """Standard input is a socket; each message on it carries one end of a connection, over which the request
    comes, the container's lock (held while its shim lives), and the layer that hides what is the host's own where the container needs one."""
    requests = socket.socket(fileno=os.dup(0))
    os.close(0)
    os.open("/dev/null", os.O_RDWR)
    set_name("virtwright-run")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is the command line's affair
    os.chdir("/")
    userns = _prepare()
    gc.disable()  # a shim is small and makes no cycles to speak of; a collection would only unshare its pages
    gc.freeze()
    while (received := _next(requests)) is not None:
        connection, lock, mask = received
        if os.fork() == 0:
            requests.close()
            serve(connection, mask, userns)
        connection.close()
        for fd in (lock, mask):
            if fd is not None:
                os.close(fd)


def _prepare() -> int | SandboxError:
    """Find out once what every shim needs to know; the user namespace that mounts are mapped by, or why there is none."""
    detect()
    boot_id()
    last()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        return idmap.create()
    except SandboxError as error:
        return error
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # shims that end while this one lives leave no zombies


def _next(requests: socket.socket) -> tuple[socket.socket, int, int | None] | None:
    """The next connection with the lock and the mask that came with it; None when the other side is gone."""
    message, fds, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
    if not message:
        return None
    for fd in fds:
        os.set_inheritable(fd, False)
    return socket.socket(fileno=fds[0]), fds[1], fds[2] if len(fds) > 2 else None

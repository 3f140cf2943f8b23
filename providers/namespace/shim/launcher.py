"""The launcher: a process with everything loaded that forks one shim for each request. It ends with its command line."""

import gc
import os
import signal
import socket

from virtwright.providers.namespace.kernel.calls import set_name
from virtwright.providers.namespace.shim.shim import serve

_LONGEST_REQUEST = 64


def main() -> None:
    """Standard input is a socket; each message on it carries one end of a connection, over which the request comes."""
    requests = socket.socket(fileno=os.dup(0))
    os.close(0)
    os.open("/dev/null", os.O_RDWR)
    set_name("virtwright-run")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # shims that end while this one lives leave no zombies
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is the command line's affair
    gc.disable()  # a shim is small and makes no cycles to speak of; a collection would only unshare its pages
    gc.freeze()
    while (connection := _next(requests)) is not None:
        if os.fork() == 0:
            requests.close()
            serve(connection)
        connection.close()


def _next(requests: socket.socket) -> socket.socket | None:
    """The next connection; None when the other side is gone."""
    message, fds, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 1)
    if not message:
        return None
    os.set_inheritable(fds[0], False)
    return socket.socket(fileno=fds[0])

"""The launcher: a process with everything loaded that forks a shim for each request, one ahead of its time. It ends with its
command line."""

import gc
import os
import select
import signal
import socket

from virtwright.providers.namespace.cgroups.group import detect
from virtwright.providers.namespace.kernel.calls import set_name
from virtwright.providers.namespace.kernel.capabilities import last
from virtwright.providers.namespace.kernel.processes import boot_id
from virtwright.providers.namespace.shim.serve import serve


def main() -> None:
    """Standard input is a socket; each message on it carries one end of a connection, over which the request
    comes, the container's lock and the claim to its ids (held while its shim lives), and the layer that hides what is the host's own where the container needs one."""
    queue = socket.socket(fileno=os.dup(0))
    os.close(0)
    os.open("/dev/null", os.O_RDWR)
    set_name("virtwright-run")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is the command line's affair
    os.chdir("/")
    _prepare()
    gc.disable()  # a shim is small and makes no cycles to speak of; a collection would only unshare its pages
    gc.freeze()
    while _keep_one_ready(queue):
        pass


def _keep_one_ready(queue: socket.socket) -> bool:
    """Have a shim wait for the next request; returns when it has one. False where no more will come."""
    taken, tell = os.pipe2(os.O_CLOEXEC)
    if os.fork() == 0:
        os.close(taken)
        serve(queue, tell)
    os.close(tell)
    try:
        return bool(os.read(taken, 1)) or not _hung_up(queue)
    finally:
        os.close(taken)


def _hung_up(queue: socket.socket) -> bool:
    poll = select.poll()
    poll.register(queue, select.POLLHUP)
    return bool(poll.poll(0))


def _prepare() -> None:
    """Find out once what every shim needs to know."""
    detect()
    boot_id()
    last()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # shims that end while this one lives leave no zombies

"""The birth of a shim: from a request to a container that runs."""

import json
import os
import signal
import socket
import traceback
from contextlib import suppress
from typing import Final, NoReturn

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import prctl, set_name
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox import idmap
from virtwright.providers.namespace.sandbox.identity import die_with_parent
from virtwright.providers.namespace.sandbox.request import GO, Means, Request, receive
from virtwright.providers.namespace.sandbox.status import write_private
from virtwright.providers.namespace.shim import run as runs
from virtwright.providers.namespace.shim.control import Control
from virtwright.providers.namespace.shim.shim import Shim, signal_number

_LONGEST_MESSAGE: Final = 64


class Gate:
    """Where a container waits until the command line has made ready what is around it: its networks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._open = False

    def __call__(self) -> None:
        """Raises ``SandboxError`` where the command line has given up or is gone."""
        if not self._open and self._connection.recv(1) != GO:
            raise SandboxError("the command line ended before all was ready around the container")
        self._open = True


def serve(queue: socket.socket, tell: int) -> NoReturn:
    """In a fork of the launcher: prepare for a container, wait for the next request, start it and stay with it. Never returns.

    A byte is written to ``tell`` when the request is there."""
    try:
        die_with_parent()  # until it has a container, it is nothing without the launcher
        os.setsid()
        os.umask(0o022)
        set_name("virtwright-shim")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _wait(queue, tell)
    finally:
        os._exit(0)


def _wait(queue: socket.socket, tell: int) -> None:
    child = runs.conceive()
    received = _next(queue)
    if received is None:
        child.end()
        return
    prctl(k.PR_SET_PDEATHSIG, 0)
    with suppress(BrokenPipeError):  # the launcher was killed a moment ago
        os.write(tell, b"t")
    os.close(tell)
    queue.close()
    _serve(child, *received)


def _next(queue: socket.socket) -> tuple[socket.socket, int | None] | None:
    """The next connection and the mask that came with it; None when the other side is gone.

    What else came, the container's lock and the claim to its ids, is held for as long as this process lives."""
    message, fds, _, _ = socket.recv_fds(queue, _LONGEST_MESSAGE, 4)
    if not message:
        return None
    for fd in fds:
        os.set_inheritable(fd, False)
    return socket.socket(fileno=fds[0]), fds[3] if len(fds) > 3 else None


def _serve(child: runs.Unborn, connection: socket.socket, mask: int | None) -> None:
    """``mask`` is the layer that hides what is the host's own."""
    if (received := receive(connection)) is None:
        child.end()
        return
    gate = Gate(connection)
    try:
        shim = _begin(child, received[0], mask, gate)
    except Exception as error:  # noqa: BLE001   # whatever it is, the command line must hear of it
        text = error.message if isinstance(error, SandboxError) else f"{type(error).__name__}: {error}"
        with suppress(OSError, SandboxError):
            gate()
            connection.sendall(json.dumps({"error": text}).encode())
        return
    with suppress(OSError):  # the command line may be gone: the container runs
        connection.sendall(json.dumps({"error": None}).encode())
    connection.close()
    try:
        shim.loop.run()
    except BaseException:  # noqa: BLE001  (kept for whoever looks into it; nobody else would hear of it)
        write_private(shim.folder / "shim.error", traceback.format_exc())
        if shim.run is not None:
            shim.run.signal(signal.SIGKILL)


def _begin(child: runs.Unborn, packed: bytes, mask: int | None, gate: Gate) -> Shim:
    """The child is told first of all: it builds its sandbox while this process gets ready."""
    newborn, (request, means, warnings) = _told(child, packed, mask, gate)
    group = Group(request.group, detect(), delegated=request.spec.privileged)
    shim = Shim(request, group, (*request.warnings, *warnings), means)
    shim.publish()
    try:
        shim.control = Control(shim.loop, shim.folder, shim.handle)
        _listen_for_signals(shim)
        shim.start(newborn)
    except BaseException as error:
        shim.publish(error=str(error), exit_status=127)
        shim.finish("exited")
        raise
    return shim


def _told(
    child: runs.Unborn, packed: bytes, mask: int | None, gate: Gate
) -> tuple[runs.Newborn, tuple[Request, Means, tuple[str, ...]]]:
    """Raises ``SandboxError``; then the child is gone."""
    try:
        request = Request.unpacked(packed)
        signal_number(request.spec.stop_signal)
        userns, warnings = _user_namespace(request)
    except BaseException:
        child.end()
        raise
    means = Means(userns, mask)
    newborn = runs.begin(child, request.spec, packed, means, gate)
    return newborn, (request, means, warnings)


def _user_namespace(request: Request) -> tuple[int | None, tuple[str, ...]]:
    """The user namespace to use, and what is to be said of it."""
    if not idmap.wanted(request.spec):
        return None, ()
    try:
        return idmap.create(request.first_id), ()
    except SandboxError as error:
        if request.spec.user_namespace:
            raise
        return None, (f"no user namespace: {error.message}",)


def _listen_for_signals(shim: Shim) -> None:
    """A SIGTERM from outside (the machine shuts down) is a request to stop."""
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def stop() -> None:
        os.read(read, 64)
        shim.stop(shim.spec.stop_timeout)

    shim.loop.watch(read, stop)

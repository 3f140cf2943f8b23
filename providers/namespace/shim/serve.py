"""The birth of a shim: from a request to a container that runs."""

import json
import os
import pickle
import signal
import socket
import traceback
from pathlib import Path
from typing import NoReturn

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.kernel.calls import set_name
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
from virtwright.providers.namespace.shim import run as runs
from virtwright.providers.namespace.shim.control import Control
from virtwright.providers.namespace.shim.request import Request
from virtwright.providers.namespace.shim.shim import Shim, is_first, signal_number


def serve(connection: socket.socket, mask: int | None, userns: int | SandboxError) -> NoReturn:
    """In a fork of the launcher: start a container and stay with it. Never returns.

    ``mask`` is the layer that hides what is the host's own, ``userns`` the user namespace that mounts are mapped by, or why there is none."""
    try:
        os.setsid()
        os.umask(0o022)
        set_name("virtwright-shim")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _serve(connection, mask, userns)
    finally:
        os._exit(0)


def _serve(connection: socket.socket, mask: int | None, userns: int | SandboxError) -> None:
    with connection.makefile("rb") as file:
        request: Request = pickle.load(file)  # from the command line that is this process's parent
    try:
        shim = _begin(request, mask, userns)
    except Exception as error:  # noqa: BLE001   # whatever it is, the command line must hear of it
        text = error.message if isinstance(error, SandboxError) else f"{type(error).__name__}: {error}"
        connection.sendall(json.dumps({"error": text}).encode())
        return
    connection.sendall(json.dumps({"error": None}).encode())
    connection.close()
    try:
        shim.loop.run()
    except BaseException:  # noqa: BLE001  (kept for whoever looks into it; nobody else would hear of it)
        (shim.folder / "shim.error").write_text(traceback.format_exc())
        if shim.run is not None:
            shim.run.signal(signal.SIGKILL)


def _begin(request: Request, mask: int | None, userns: int | SandboxError) -> Shim:
    """The child is forked as early as can be: what either touches of their common memory afterwards is copied."""
    spec, group = request.spec, Group(request.group, detect(), delegated=request.spec.privileged)
    folder = Path(spec.folder)
    signal_number(spec.stop_signal)
    fd, warnings = _user_namespace(spec, userns)
    means = runs.Means(fd, mask)
    newborn = runs.begin(spec, group, means, first=is_first(folder))
    shim = Shim(spec, group, (*request.warnings, *warnings), means)
    shim.publish()
    try:
        shim.control = Control(shim.loop, folder, shim.handle)
        _listen_for_signals(shim)
        shim.start(newborn)
    except BaseException as error:
        shim.publish(error=str(error), exit_status=127)
        shim.finish("exited")
        raise
    return shim


def _user_namespace(spec: SandboxSpec, userns: int | SandboxError) -> tuple[int | None, tuple[str, ...]]:
    """The user namespace to use, and what is to be said of it."""
    if not runs.wants_user_namespace(spec):
        return None, ()
    if isinstance(userns, int):
        return userns, ()
    if spec.user_namespace:
        raise userns
    return None, (f"no user namespace: {userns.message}",)


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

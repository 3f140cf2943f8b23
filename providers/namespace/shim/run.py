"""One run of a container: from its birth to the end of its process 1."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import setns, unshare
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.kernel.processes import Process, catches
from virtwright.providers.namespace.sandbox import request as requests
from virtwright.providers.namespace.sandbox.process_one import Cradle, become
from virtwright.providers.namespace.sandbox.request import GO, Means
from virtwright.providers.namespace.sandbox.rootfs import IdMapError
from virtwright.providers.namespace.sandbox.spec import SandboxSpec


@dataclass
class Run:
    """A container that runs. The file descriptors belong to it."""

    pid: int
    pidfd: int
    process: Process
    outputs: dict[str, int]
    """Where to read what it writes, by stream name."""
    link: socket.socket | None
    """From the init of a system container: how its boot list ended."""
    began: float
    """On the clock of ``time.monotonic``."""

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def hears(self, number: int) -> bool:
        """Whether ``number`` would reach it at all: process 1 gets only what it has a handler for, and SIGKILL."""
        return number == signal.SIGKILL or catches(self.pid, number)

    def end(self) -> int:
        """After its end: its exit status, as a shell gives it."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        if self.link is not None:
            self.link.close()
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code < 0 else code


@dataclass(frozen=True, slots=True)
class Unborn:
    """A child in a pid namespace of its own that waits to be told what it is to become."""

    pid: int
    link: socket.socket
    outputs: dict[str, int]

    def end(self) -> None:
        """Kill it, and leave nothing of it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for fd in self.outputs.values():
            os.close(fd)
        self.link.close()


@dataclass(frozen=True, slots=True)
class Newborn:
    """A child that builds its sandbox by itself and becomes the program, once ``gate`` has returned."""

    spec: SandboxSpec
    child: Unborn
    gate: Callable[[], None]


def conceive() -> Unborn:
    """Fork the child. Raises ``SandboxError``."""
    out, out_write = os.pipe2(os.O_CLOEXEC)
    err, err_write = os.pipe2(os.O_CLOEXEC)
    ours, theirs = socket.socketpair()
    pid = _fork(Cradle(theirs, (out_write, err_write)))
    theirs.close()
    for fd in (out_write, err_write):
        os.close(fd)
    return Unborn(pid, ours, {"stdout": out, "stderr": err})


def begin(child: Unborn, spec: SandboxSpec, packed: bytes, means: Means, gate: Callable[[], None]) -> Newborn:
    """Tell the child what to become: ``packed`` is the request that holds ``spec``. Raises ``SandboxError``."""
    try:
        requests.send(child.link, packed, means)
    except OSError as error:
        child.end()
        fail(error, "hand the container over to its first process")
    return Newborn(spec, child, gate)


def finish(newborn: Newborn) -> Run:
    """Returns once the program runs. Raises ``SandboxError``, ``IdMapError`` where only the id map stands in the way."""
    pid = newborn.child.pid
    try:
        outputs, kept = _await(newborn)
        process = Process.of(pid) or Process(pid, 0, "")  # ended already, and waits to be waited for
    except BaseException:
        newborn.child.end()
        raise
    return Run(pid, os.pidfd_open(pid), process, outputs, kept, time.monotonic())


def _fork(cradle: Cradle) -> int:
    """A child in a pid namespace of its own; later children of this process are in the old one again."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    unshare(k.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        become(cradle)
    setns(own, k.CLONE_NEWPID)
    os.close(own)
    return pid


def _await(newborn: Newborn) -> tuple[dict[str, int], socket.socket | None]:
    """Read from the child until it has become the program."""
    link, outputs, rest = newborn.child.link, newborn.child.outputs, b""
    while True:
        data, fds, _, _ = socket.recv_fds(link, 65536, 1)
        if not data:
            if newborn.spec.init == "system":
                raise SandboxError("the container's init ended before it was ready")
            link.close()
            return outputs, None
        *lines, rest = (rest + data).split(b"\n")
        if fds:
            for fd in outputs.values():
                os.close(fd)
            os.set_inheritable(fds[0], False)
            outputs = {"console": fds[0]}
        for line in lines:
            message = json.loads(line)
            if "error" in message:
                kind = IdMapError if message["idmap"] else SandboxError
                raise kind(message["error"], number=message["number"])
            if "built" in message:
                newborn.gate()
                link.send(GO)
            if "started" in message:
                with suppress(OSError):  # its end is noticed later
                    link.send(GO)  # what it tells from now on is for the shim's loop
                return outputs, link

"""The shim: what one container's state is, and what each event makes of it."""

import json
import os
import select
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from virtwright.providers.archives.confined import open_in_root
from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.kernel import loop_devices
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox import status as status_file
from virtwright.providers.namespace.sandbox.request import Means, Request
from virtwright.providers.namespace.sandbox.rootfs import IdMapError
from virtwright.providers.namespace.sandbox.spec import Limits, SandboxSpec, decode
from virtwright.providers.namespace.sandbox.status import STARTED, Status, is_first
from virtwright.providers.namespace.shim import policy
from virtwright.providers.namespace.shim import run as runs
from virtwright.providers.namespace.shim.control import Answer, Control
from virtwright.providers.namespace.shim.health import Checker, Health
from virtwright.providers.namespace.shim.log import Log, Stream, now
from virtwright.providers.namespace.shim.loop import Loop, Timer


class Shim:
    """One container's keeper."""

    def __init__(self, request: Request, group: Group, warnings: tuple[str, ...], means: Means) -> None:
        self.spec = spec = request.spec
        self.first_id = request.first_id
        self.folder = Path(spec.folder)
        self.loop = Loop()
        self.group = group
        self.log = Log(self.folder, spec.log_size, spec.log_files)
        self.status = Status("starting", shim=Process.of(os.getpid()), cgroup=group.name, warnings=warnings)
        self.run: runs.Run | None = None
        self.means = means
        self.checker: Checker | None = None
        self.delay = 0.0
        self.timer: Timer | None = None
        self.stopping: list[Answer] | None = None
        """Who waits for the stop that is under way; None while none is."""
        self.streams: list[Stream] = []
        self.control: Control | None = None

    def publish(self, **changes: Any) -> None:
        self.status = replace(self.status, **changes)
        with suppress(OSError):  # a full disk must not end the container
            status_file.write(self.folder, self.status)

    # Starting

    def start(self, newborn: runs.Newborn) -> None:
        """Returns once the program of ``newborn`` runs. Raises ``SandboxError``."""
        try:
            self.run = runs.finish(newborn)
        except IdMapError as error:
            if self.spec.user_namespace is not None:
                raise
            self.means = replace(self.means, userns=None)
            warning = f"no user namespace: {error.message}"
            self.status = replace(self.status, warnings=(*self.status.warnings, warning))
            self.run = runs.finish(replace(self.beget(), gate=newborn.gate))
        self._follow(self.run)
        boot = "running" if self.spec.init == "system" else "none"
        health = "starting" if self.spec.healthcheck else "none"
        if boot == "none" and is_first(self.folder):
            (self.folder / STARTED).touch()
        self.publish(
            state="running",
            process=self.run.process,
            started_at=now(),
            boot=boot,
            boot_error="",
            health=health,
            health_output="",
            user_namespace=self.means.userns is not None,
            devices=_own_devices(self.run.pid) if self.spec.privileged else (),
        )

    def beget(self) -> runs.Newborn:
        packed = Request(self.spec, self.group.name, self.first_id).packed()
        return runs.begin(runs.conceive(), self.spec, packed, self.means, lambda: None)

    def _follow(self, run: runs.Run) -> None:
        self.loop.watch(run.pidfd, self.ended)
        self.streams = [Stream(name, fd, self.log) for name, fd in run.outputs.items()]
        for stream in self.streams:
            self.loop.watch(stream.fd, lambda stream=stream: self._read(stream))  # type: ignore[misc]
        if run.link is not None:
            self.loop.watch(run.link.fileno(), self._boot_ended)
        if self.spec.healthcheck:
            check = self.spec.healthcheck
            self.checker = Checker(self.loop, self.spec, check, run.process, self.group, self._tell_health)

    def _read(self, stream: Stream) -> None:
        if not stream.read():
            self.loop.forget(stream.fd)

    def _tell_health(self, health: Health, output: str) -> None:
        if (health, output) != (self.status.health, self.status.health_output):
            self.publish(health=health, health_output=output)

    def _boot_ended(self) -> None:
        assert self.run is not None and self.run.link is not None
        text = self.run.link.recv(65536)
        self.loop.forget(self.run.link.fileno())
        try:
            message = json.loads(text)
        except ValueError:
            message = {"boot": "failed", "error": "the process that carries it out was ended"}
        if message["boot"] == "done":
            (self.folder / STARTED).touch()
        self.publish(boot=message["boot"], boot_error=message.get("error", ""))

    # Ending

    def ended(self) -> None:
        """Process 1 has ended, and with it everything in its pid namespace."""
        assert self.run is not None
        run, self.run = self.run, None
        self.loop.forget(run.pidfd)
        if run.link is not None:
            self.loop.forget(run.link.fileno())
        if self.checker is not None:
            self.checker.stop()
            self.checker = None
        if self.timer is not None:
            self.timer.cancel()
        self._drain()
        code = run.end()
        loop_devices.release(self.status.devices)
        kills = self.group.oom_kills()
        oom = code == 128 + signal.SIGKILL and kills > self.status.oom_kills
        self.status = replace(
            self.status, process=None, exit_status=code, finished_at=now(), oom_killed=oom, oom_kills=kills
        )
        ran_for = time.monotonic() - run.began
        if self.stopping is not None:
            self.finish("stopped")
        elif policy.restarts(self.spec.restart, code):
            self._restart_later(ran_for)
        else:
            self.finish("exited")

    def _drain(self) -> None:
        for stream in self.streams:
            self.loop.forget(stream.fd)
            while _pending(stream.fd) and stream.read():
                pass
            stream.flush()
            os.close(stream.fd)
        self.streams = []

    def _restart_later(self, ran_for: float) -> None:
        self.delay = policy.next_delay(self.delay, ran_for)
        self.publish(state="restarting", health="none")
        self.timer = self.loop.later(self.delay, self._restart)

    def _restart(self) -> None:
        self.status = replace(self.status, restarts=self.status.restarts + 1)
        try:
            self.group.kill()
            self.start(self.beget())
        except SandboxError as error:
            self.log.write("stderr", [error.message.encode()])
            self.publish(exit_status=127, finished_at=now(), error=error.message)
            self._restart_later(0.0)

    def finish(self, state: status_file.State) -> None:
        """The container will not run again by itself: tidy up and end."""
        trouble = None
        try:
            self.group.remove()
        except SandboxError as error:
            trouble = error.message
        self.publish(state=state, process=None, health="none", **({"error": trouble} if trouble else {}))
        if self.control is not None:
            self.control.close()
        for answer in self.stopping or []:
            answer(trouble)
        self.loop.stop()

    # Requests

    def handle(self, request: Mapping[str, Any], answer: Answer) -> None:
        try:
            if request["do"] == "stop":
                self.stop(float(request["timeout"]), answer)
                return
            actions = {"pause": self.pause, "resume": self.resume, "limits": self.set_limits, "adopt": self.adopt}
            actions[request["do"]](request)
        except SandboxError as error:
            answer(error.message)
        except Exception as error:  # noqa: BLE001  (a strange request must not end the container)
            answer(f"{type(error).__name__}: {error}")
        else:
            answer(None)

    def stop(self, timeout: float, answer: Answer | None = None) -> None:
        self.stopping = [*(self.stopping or []), *([answer] if answer else [])]
        if self.run is None:
            if self.timer is not None:
                self.timer.cancel()
            self.finish("stopped")
            return
        if self.checker is not None:
            self.checker.stop()
            self.checker = None
        if self.status.state == "paused":
            self.group.thaw()
        number = signal_number(self.spec.stop_signal)
        if timeout <= 0 or not self.run.hears(number):
            self.run.signal(signal.SIGKILL)
            return
        self.run.signal(number)
        run = self.run
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.loop.later(timeout, lambda: run.signal(signal.SIGKILL))

    def pause(self, request: Mapping[str, Any]) -> None:
        if self.run is None:
            raise SandboxError("the container is not running")
        self.group.freeze()
        if self.checker is not None:
            self.checker.paused = True
        self.publish(state="paused")

    def resume(self, request: Mapping[str, Any]) -> None:
        if self.status.state != "paused":
            return
        self.group.thaw()
        if self.checker is not None:
            self.checker.paused = False
        self.publish(state="running")

    def adopt(self, request: Mapping[str, Any]) -> None:
        """Take over what of a changed spec needs no restart."""
        check = decode(SandboxSpec.__annotations__["healthcheck"], request["healthcheck"])
        names = ("restart", "stop_signal", "stop_timeout")
        self.spec = replace(self.spec, healthcheck=check, **{name: request[name] for name in names})
        if self.checker is not None:
            self.checker.stop()
            self.checker = None
        if self.run is not None and check is not None:
            self.checker = Checker(self.loop, self.spec, check, self.run.process, self.group, self._tell_health)
        self.publish(health="starting" if self.checker else "none", health_output="")

    def set_limits(self, request: Mapping[str, Any]) -> None:
        limits = decode(Limits, request["limits"])
        self.group.set_limits(limits)
        self.spec = replace(self.spec, limits=limits)


def signal_number(name: str) -> int:
    """``SIGTERM``, ``SIGRTMIN+3``, ... Raises ``SandboxError`` for what is no signal. Pure."""
    base, plus, offset = name.partition("+")
    number = signal.Signals.__members__.get(base)
    if number is None or (plus and not offset.isdigit()):
        raise SandboxError(f"there is no signal {name}")
    return number + int(offset or 0)


def _own_devices(pid: int) -> tuple[int, ...]:
    """The file systems that go with the container. What a file on an overlay says of it, folders don't say."""
    import tempfile

    found = set()
    try:
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return ()  # it has ended already
    for path in ("/", "/run", "/dev/shm"):
        with suppress(OSError):
            folder = open_in_root(root, path, os.O_PATH | os.O_DIRECTORY)  # a link inside must not lead to the host's
            with suppress(OSError), tempfile.TemporaryFile(dir=f"/proc/self/fd/{folder}") as file:
                found.add(os.fstat(file.fileno()).st_dev)
            os.close(folder)
    os.close(root)
    return tuple(sorted(found))


def _pending(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))

"""Health checks of one run: when to check, and what the results mean."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal

from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox.spec import HealthCheck, SandboxSpec
from virtwright.providers.namespace.shim import probe
from virtwright.providers.namespace.shim.loop import Loop, Timer

Health = Literal["starting", "healthy", "unhealthy"]
_FIRST_WAIT: Final = 0.05
_LONGEST_OUTPUT: Final = 4096


class Verdict:
    """What a row of results means. Pure; times in seconds since the start."""

    def __init__(self, check: HealthCheck) -> None:
        self._check = check
        self._failures = 0
        self._wait = _FIRST_WAIT
        self.health: Health = "starting"

    def add(self, healthy: bool, at: float) -> None:
        if healthy:
            self.health, self._failures = "healthy", 0
            return
        self._failures += 1
        if self.health == "starting":
            # Until the first success checks come quickly, so time counts here, not the number of failures.
            if at >= self._check.start_period + self._check.retries * self._check.interval:
                self.health = "unhealthy"
        elif self._failures >= self._check.retries and at >= self._check.start_period:
            self.health = "unhealthy"

    def wait(self) -> float:
        """Seconds to the next check: short at first, so that what is ready is soon seen to be."""
        if self.health != "starting":
            return self._check.interval
        wait, self._wait = self._wait, self._wait * 1.5
        return min(wait, self._check.interval)


class Checker:
    """Checks one run until ``stop``."""

    def __init__(
        self,
        loop: Loop,
        spec: SandboxSpec,
        check: HealthCheck,
        process: Process,
        group: Group,
        tell: Callable[[Health, str], None],
    ) -> None:
        self._loop, self._spec, self._check, self._process, self._group = loop, spec, check, process, group
        self._tell = tell
        self._began = time.monotonic()
        self._verdict = Verdict(check)
        self._timer: Timer = loop.later(self._verdict.wait(), self._begin)
        self._current: tuple[int, int, int] | None = None
        self._output = b""
        self.paused = False

    def stop(self) -> None:
        self._timer.cancel()
        if self._current is not None:
            pid, _, _ = self._current
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            self._collect()

    def _begin(self) -> None:
        if self.paused:
            self._timer = self._loop.later(self._check.interval, self._begin)
            return
        read, write = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            probe.perform(self._spec, self._check, self._process, self._group, write)
        with suppress(OSError):
            os.setpgid(pid, pid)  # in both, so that it is done whoever comes first
        os.close(write)
        os.set_blocking(read, False)
        pidfd = os.pidfd_open(pid)
        self._current, self._output = (pid, pidfd, read), b""
        self._loop.watch(pidfd, self._finish)
        self._loop.watch(read, self._take)
        self._timer = self._loop.later(self._check.timeout, self._expire)

    def _take(self) -> None:
        """What it writes is taken to the end, so that it need not wait, and kept as far as it is of use."""
        assert self._current is not None
        read = self._current[2]
        try:
            data = os.read(read, 65536)
        except BlockingIOError:
            return
        if not data:
            self._loop.forget(read)
        self._output = (self._output + data)[:_LONGEST_OUTPUT]

    def _expire(self) -> None:
        assert self._current is not None
        with suppress(ProcessLookupError):
            os.killpg(self._current[0], signal.SIGKILL)
        self._collect()
        self._settle(False, f"no answer within {self._check.timeout:g} s")

    def _finish(self) -> None:
        self._timer.cancel()
        status, output = self._collect()
        self._settle(status == 0, output or ("" if status == 0 else f"exit status {status}"))

    def _settle(self, healthy: bool, output: str) -> None:
        self._verdict.add(healthy, time.monotonic() - self._began)
        self._timer = self._loop.later(self._verdict.wait(), self._begin)
        self._tell(self._verdict.health, output)

    def _collect(self) -> tuple[int, str]:
        """Exit status and output of the check that has ended or was killed."""
        assert self._current is not None
        pid, pidfd, read = self._current
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._take()
        self._current = None
        for fd in (pidfd, read):
            self._loop.forget(fd)
            os.close(fd)
        return status, self._output.decode(errors="replace").strip()

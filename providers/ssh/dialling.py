"""Having a line: made when it is first needed, and once more where it broke, by one thread for all."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from virtwright.providers.ssh.errors import HostKeyError, IncompatibleError, LoginError, SshError
from virtwright.providers.ssh.target import SshTarget

if TYPE_CHECKING:
    from virtwright.providers.ssh.host_keys import HostKeys
    from virtwright.providers.ssh.live import Live

_PAUSES: Final = (0.0, 0.5, 1.5)
"""Seconds before each attempt to have a broken line again."""
_FRESH: Final = 1.0
"""Seconds in which others are told the failure of the last attempt in the place of one of their own."""


class Jump(Protocol):
    """A connection to a jump host: ``SshConnection``."""

    def live(self) -> "Live":
        """The line to it. Raises ``SshError`` and its kin."""

    def close(self) -> None:
        """It is not used here any more."""


class Dialler:
    """The line to one target. ``opened`` gives the connection to a jump host, which others may share."""

    def __init__(self, target: SshTarget, opened: Callable[[SshTarget], Jump]) -> None:
        self._target = target
        self._opened = opened
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._failed: tuple[float, SshError] | None = None

    def live(self) -> "Live":
        """The line, which was alive just now. Raises ``SshError`` and its kin."""
        asked = time.monotonic()
        with self._lock:
            if self._live is not None and self._live.line.alive:
                return self._live
            if self._failed is not None and asked - self._failed[0] < _FRESH:
                raise self._failed[1]
            broken = self._live
            if broken is not None:
                broken.close()
            try:
                self._live = self._dial(_PAUSES if broken is not None else _PAUSES[:1])
            except SshError as error:
                self._failed = (time.monotonic(), error)
                raise
            self._failed = None
            return self._live

    def close(self) -> None:
        with self._lock:
            if self._live is not None:
                self._live.close()
                self._live = None

    def _dial(self, pauses: tuple[float, ...]) -> "Live":
        for pause in pauses:
            time.sleep(pause)
            try:
                return self._connect()
            except (HostKeyError, LoginError):
                raise
            except SshError:
                if pause == pauses[-1]:
                    raise
        raise AssertionError("there is at least one attempt")

    def _connect(self) -> "Live":
        from virtwright.providers.ssh.host_keys import HostKeys

        keys = HostKeys.of(self._target)
        first: HostKeyError | None = None
        for algorithms in keys.groups():
            try:
                return self._connect_with(keys, algorithms)
            except HostKeyError as error:
                first = first or error
            except IncompatibleError:
                if len(keys.groups()) == 1:
                    raise
        raise first or SshError(f"{self._target} has no host key of a type that virtwright knows")

    def _connect_with(self, keys: "HostKeys", algorithms: tuple[str, ...]) -> "Live":
        from virtwright.providers.ssh.line import open_line
        from virtwright.providers.ssh.live import Live

        deadline = time.monotonic() + self._target.connect_timeout
        wire, below = self._wire(deadline)
        try:
            return Live(open_line(self._target, wire, deadline, keys, algorithms), below)
        except BaseException:
            below()
            raise

    def _wire(self, deadline: float) -> tuple[Any, Callable[[], None]]:
        """The way to the host, and what is to be closed after it."""
        from virtwright.providers.ssh.ways import ProxyProgram, connect_tcp, through

        target = self._target
        if target.jump is not None:
            jump = self._opened(target.jump)
            try:
                return through(target, lambda: jump.live().tcp(target.host, target.port, deadline)), jump.close
            except BaseException:
                jump.close()
                raise
        if target.proxy_command is not None:
            program = ProxyProgram(target.proxy_command)
            return program, program.close
        return connect_tcp(target, deadline), lambda: None

"""One live SSH connection, from connecting to its end: the host's key checked, logged in, kept alive."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from virtwright.providers.ssh.errors import LineBrokenError, SshTimeoutError
from virtwright.providers.ssh.target import SshTarget
from virtwright.schemas.quantities import format_duration

if TYPE_CHECKING:
    from paramiko import Channel

    from virtwright.providers.ssh.host_keys import HostKeys
    from virtwright.providers.ssh.wire import WireTransport

_TICK: Final = 0.25
"""The longest pause between two looks at the line, in seconds."""
_NOTICED: Final = 1.0
"""Seconds in which the thread that reads notices the end of a line, too."""


class ChannelRefusedError(Exception):
    """The host did not open a channel. ``prohibited`` where it said that it never will."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.prohibited = code == 1


class Line:
    """A connection that is logged in. Breaks when the other side stays silent; ``fault`` then says so."""

    def __init__(self, target: SshTarget, transport: "WireTransport") -> None:
        self.target = target
        self.transport = transport
        self.fault = ""
        self._ended = threading.Event()
        if target.keepalive:
            threading.Thread(target=self._watch, name=f"ssh watch {target}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._ended.is_set() and self.transport.is_active()

    def close(self) -> None:
        self._ended.set()
        with suppress(Exception):  # the other side may be gone in any state
            self.transport.close()

    def broken(self, *, sent: bool) -> LineBrokenError:
        """The error for an operation under which the line ended. Whoever writes may learn of that before the thread that
        reads: it is waited for, so that what is done again gets a new line."""
        end = time.monotonic() + _NOTICED
        while self.alive and time.monotonic() < end:
            time.sleep(0.005)
        reason = self.fault or str(self.transport.saved_exception or "") or "it was closed"
        more = "; whether the operation happened there is not known" if sent else ""
        return LineBrokenError(f"the connection to {self.target} broke: {reason}{more}", sent=sent)

    def session(self, timeout: float) -> "Channel":
        return self._open(lambda: self.transport.open_session(timeout=timeout), timeout)

    def unix(self, path: str, timeout: float) -> "Channel":
        return self._open(lambda: self.transport.open_unix_channel(path, timeout), timeout)

    def tcp(self, host: str, port: int, timeout: float) -> "Channel":
        def opened() -> "Channel":
            return self.transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout)

        return self._open(opened, timeout)

    def _open(self, opened: "Callable[[], Channel]", timeout: float) -> "Channel":
        """Raises ``ChannelRefusedError``, ``LineBrokenError`` (nothing was sent) or ``SshTimeoutError``."""
        from paramiko.ssh_exception import ChannelException, SSHException

        started = time.monotonic()
        try:
            channel = opened()
        except ChannelException as error:
            raise ChannelRefusedError(error.code, error.text) from error
        except (SSHException, OSError, EOFError) as error:
            if isinstance(error, EOFError) or not self.alive:
                raise self.broken(sent=False) from error
            if time.monotonic() - started < timeout:  # where two are refused at once, paramiko mixes up the reasons
                raise ChannelRefusedError(0, str(error)) from error
            message = f"{self.target} opened no channel within {format_duration(round(timeout, 3))}"
            raise SshTimeoutError(message) from error
        return channel

    def _watch(self) -> None:
        """Ask for a sign of life after each ``keepalive`` of silence; after ``keepalive_count`` of them break the line."""
        interval = self.target.keepalive
        asked = 0
        while not self._ended.wait(min(_TICK, interval / 2)):
            if not self.transport.is_active():
                return
            silence = time.monotonic() - _wire(self.transport).heard
            asked = 0 if silence < interval else asked
            if silence >= interval * (self.target.keepalive_count + 1):
                self.fault = f"the other side has been silent for {format_duration(round(silence, 1))}"
                return self.close()
            if silence >= interval * (asked + 1):
                asked += 1
                threading.Thread(target=self._ask, name=f"ssh ask {self.target}", daemon=True).start()

    def _ask(self) -> None:
        """On a thread of its own: where the other side takes nothing any more, this never returns while the line lives."""
        with suppress(Exception):
            self.transport.global_request("keepalive@openssh.com", wait=True)


def open_line(target: SshTarget, wire: Any, deadline: float, keys: "HostKeys", algorithms: tuple[str, ...]) -> Line:
    """Shake hands over ``wire``, check the host's key, and only then log in. ``deadline`` is on ``time.monotonic``.

    Raises ``SshError`` and its kin; ``wire`` is closed then."""
    from virtwright.providers.ssh.authentication import login
    from virtwright.providers.ssh.handshake import shake_hands

    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    transport = shake_hands(target, wire, deadline, keys, algorithms)
    try:
        login(transport, target, deadline)
        return Line(target, transport)
    except BaseException:
        transport.close()
        raise


def _wire(transport: "WireTransport") -> Any:
    return transport.sock

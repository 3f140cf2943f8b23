"""A program on the host with its streams: for what is long, large or interactive."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from virtwright.providers.ssh.errors import SshTimeoutError
from virtwright.providers.ssh.line import Line
from virtwright.providers.ssh.pump import Outputs
from virtwright.providers.ssh.sessions import Sessions
from virtwright.providers.ssh.shell import end_session
from virtwright.schemas.quantities import format_duration

if TYPE_CHECKING:
    from paramiko import Channel


class RemoteProcess:
    """A context manager: leaving it ends the program if it still runs."""

    def __init__(self, line: Line, sessions: Sessions, channel: "Channel") -> None:
        self._line = line
        self._sessions = sessions
        self._released = False
        self.channel = channel
        """For terminals: ``resize_pty``, ``fileno``."""
        self._outputs = Outputs(channel)

    def write(self, data: bytes, timeout: float = 60.0) -> None:
        """Raises ``LineBrokenError`` or ``SshTimeoutError``; a program that takes no more raises ``BrokenPipeError``."""
        self.channel.settimeout(timeout)
        try:
            self.channel.sendall(data)
        except TimeoutError as error:
            raise SshTimeoutError(f"the program took no input for {format_duration(timeout)}") from error
        except OSError as error:
            if not self._line.alive:
                raise self._line.broken(sent=True) from error
            raise BrokenPipeError("the program takes no more input") from error

    def end_input(self) -> None:
        self.channel.shutdown_write()

    def outputs(self, timeout: float = float("inf")) -> Iterator[tuple[bytes, bytes]]:
        """What it writes, as it comes: output and error output. ``timeout`` is in seconds, from one piece to the next.

        Raises ``LineBrokenError`` where the line ends before the program does, and ``SshTimeoutError``."""
        while True:
            more = self._outputs.read(time.monotonic() + timeout)
            if more is None:
                raise SshTimeoutError(
                    f"the program on {self._line.target} wrote nothing for {format_duration(timeout)}"
                )
            if more == (b"", b""):
                if not self._line.alive:
                    raise self._line.broken(sent=True)
                return
            yield more

    def wait(self, timeout: float) -> int:
        """Its exit status; -1 where a signal ended it. Raises ``SshTimeoutError`` or ``LineBrokenError``."""
        if not self.channel.status_event.wait(timeout):
            raise SshTimeoutError(f"the program on {self._line.target} still runs after {format_duration(timeout)}")
        if not self._line.alive and not self.channel.exit_status_ready():
            raise self._line.broken(sent=True)
        return self.channel.exit_status

    def close(self) -> None:
        if self._released:
            return
        self._released = True
        if self._line.alive and not self.channel.closed:
            if not self.channel.exit_status_ready():
                self._line.transport.signal(self.channel, "TERM")
            end_session(self.channel)
        self.channel.close()
        self._sessions.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

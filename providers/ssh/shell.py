"""One long-lived shell on the host that runs many short commands: the account's start-up files are paid for once."""

import secrets
import shlex
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from virtwright.providers.ssh.errors import SshError, SshTimeoutError
from virtwright.providers.ssh.line import Line
from virtwright.providers.ssh.pump import Outputs
from virtwright.providers.ssh.quoting import checked
from virtwright.schemas.quantities import format_duration

if TYPE_CHECKING:
    from paramiko import Channel

KIND: Final = "shell"
INPUT_LIMIT: Final = 1 << 15
"""Input up to this many bytes goes through the shell itself."""
_OUTPUT_LIMIT: Final = 64 << 20
_PATIENCE: Final = 2.0
_SHOWN: Final = 300
_PRELUDE: Final = 'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; LC_ALL=C.UTF-8; export PATH LC_ALL\n'


class Shell:
    """A shell and its channel. One command at a time; an error leaves it unfit: see ``fit``."""

    def __init__(self, line: Line, channel: "Channel", deadline: float) -> None:
        self._line = line
        self._channel = channel
        self._mark = f"{secrets.token_hex(16)} "
        self._start(deadline)
        self._outputs = Outputs(channel)
        self.fit = True
        self._send(_PRELUDE + self._end("0"), started=False)
        self._collect(deadline, "the start of a shell", started=False)

    def run(self, argv: Sequence[str], input: str | None, timeout: float) -> tuple[int, bytes, bytes]:
        """Status, output and error output. Raises ``LineBrokenError`` or ``SshTimeoutError``; the command is ended then."""
        words = shlex.join(checked(argv))
        feed = "" if input is None else f"printf %s {shlex.quote(input)} | "
        empty = "</dev/null" if input is None else ""
        self._send(f'set -- {words}\n{feed}(exec "$@") {empty}\n' + self._end("$?"))
        return self._collect(time.monotonic() + timeout, shlex.join(argv), timeout=timeout)

    def retire(self) -> None:
        """End the shell and wait until the host has counted it out."""
        self.fit = False
        end_session(self._channel)

    def _start(self, deadline: float) -> None:
        from paramiko.ssh_exception import SSHException

        self._channel.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            self._channel.exec_command("exec /bin/sh")
        except (SSHException, OSError) as error:
            if not self._line.alive:
                raise self._line.broken(sent=False) from error
            raise SshError(f"{self._line.target} runs no commands for this login: {error}") from error

    def _end(self, status: str) -> str:
        return f"printf '%s%s\\n' '{self._mark}' {status}; printf '%s\\n' '{self._mark}' >&2\n"

    def _send(self, text: str, *, started: bool = True) -> None:
        """Where the shell that is not ``started`` yet has ended by now, it has said why."""
        try:
            self._channel.sendall(text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            self.fit = False
            if started or not self._line.alive:
                raise self._line.broken(sent=started) from error

    def _collect(
        self, deadline: float, what: str, *, timeout: float = 0.0, started: bool = True
    ) -> tuple[int, bytes, bytes]:
        out, err = _Until(self._mark.encode()), _Until(self._mark.encode())
        while not (out.done and err.done):
            more = self._outputs.read(deadline)
            if more is None:
                raise self._late(what, timeout or self._line.target.connect_timeout)
            if more == (b"", b""):
                raise self._ended(out, err, started)
            out.add(more[0])
            err.add(more[1])
            if len(out.data) + len(err.data) > _OUTPUT_LIMIT:
                self._kill()
                raise SshError(f"{what} wrote more than {_OUTPUT_LIMIT >> 20} MiB, and was ended")
        return int(out.rest), bytes(out.data), bytes(err.data)

    def _late(self, what: str, timeout: float) -> SshTimeoutError:
        self._kill()
        return SshTimeoutError(f"gave up after {format_duration(timeout)} on {self._line.target}: {what}")

    def _ended(self, out: "_Until", err: "_Until", started: bool) -> SshError:
        self.fit = False
        if not self._line.alive:
            return self._line.broken(sent=started)
        said = (bytes(err.data) or bytes(out.data)).decode("utf-8", "replace").strip()[-_SHOWN:]
        if started:
            return self._line.broken(sent=True)
        self._channel.status_event.wait(
            _PATIENCE
        )  # it comes after the end of the output, or never: of what a signal has ended
        status = f" with status {code}" if (code := self._channel.exit_status) >= 0 else ""
        return SshError(
            f"{self._line.target} has no shell for this login: it ended{status}{f' and said: {said}' if said else ''}",
            hint=f"see what it says:\n    {self._line.target.command} /bin/sh",
        )

    def _kill(self) -> None:
        """End the command: closing the channel alone would leave it running on the host."""
        self.fit = False
        self._line.transport.signal(self._channel, "KILL")
        end_session(self._channel)


class _Until:
    """Bytes up to a mark, and the line that follows the mark."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self.data = bytearray()
        self.rest = b""
        self.done = False

    def add(self, more: bytes) -> None:
        start = max(0, len(self.data) - len(self._mark) - 16)
        self.data += more
        found = self.data.find(self._mark, start)
        end = self.data.find(b"\n", found) if found >= 0 else -1
        if end >= 0:
            self.rest = bytes(self.data[found + len(self._mark) : end])
            del self.data[found:]
            self.done = True


def end_session(channel: "Channel") -> None:
    """Close a session and wait until the host has closed it, too: only then does it no longer count there."""
    try:
        channel.shutdown_write()
        end = time.monotonic() + _PATIENCE
        while not channel.closed and time.monotonic() < end:
            time.sleep(0.002)
    except OSError:
        pass  # the line is gone, and the session with it
    channel.close()

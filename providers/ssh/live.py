"""A line with all that runs over it. When the line ends, all of it goes."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from virtwright.providers.ssh.errors import SshError
from virtwright.providers.ssh.files import Files
from virtwright.providers.ssh.host_key_pin import fingerprint
from virtwright.providers.ssh.line import Line
from virtwright.providers.ssh.quoting import line as command_line
from virtwright.providers.ssh.relay import Relays
from virtwright.providers.ssh.remote_process import RemoteProcess
from virtwright.providers.ssh.sessions import Sessions
from virtwright.providers.ssh.shell import INPUT_LIMIT, KIND, Shell

if TYPE_CHECKING:
    from paramiko import Channel

_HASHING = 600.0


class Live:
    """Everything of one line."""

    def __init__(self, line: Line, below: Callable[[], None]) -> None:
        self.line = line
        self.sessions = Sessions(line)
        self.relays = Relays(line, self.sessions)
        self.files = Files(line, self.sessions)
        self._below = below

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.line.transport.get_remote_server_key().asbytes())

    def run(self, argv: Sequence[str], input: str | None, timeout: float) -> tuple[int, bytes, bytes]:
        if input is not None and (len(input.encode("utf-8", "surrogateescape")) > INPUT_LIMIT or "\0" in input):
            return self._run_alone(argv, input.encode("utf-8", "surrogateescape"), timeout)
        deadline = time.monotonic() + min(timeout, self.line.target.connect_timeout)
        shell = self.sessions.borrow(KIND, deadline, lambda channel: Shell(self.line, channel, deadline))
        assert isinstance(shell, Shell)
        try:
            return shell.run(argv, input, timeout)
        finally:
            if shell.fit:
                self.sessions.put_back(KIND, shell)
            else:
                self.sessions.release()

    def start(self, argv: Sequence[str], terminal: tuple[str, int, int] | None) -> RemoteProcess:
        from paramiko.ssh_exception import SSHException

        deadline = time.monotonic() + self.line.target.connect_timeout
        channel = self.sessions.channel(deadline)
        try:
            channel.settimeout(self.line.target.connect_timeout)
            if terminal:
                channel.get_pty(*terminal)
            channel.exec_command(command_line(argv))
            channel.settimeout(None)
            return RemoteProcess(self.line, self.sessions, channel)
        except BaseException as error:
            channel.close()
            self.sessions.release()
            if isinstance(error, SSHException | OSError):
                if not self.line.alive:
                    raise self.line.broken(sent=True) from error
                raise SshError(f"{self.line.target} runs no commands for this login: {error}") from error
            raise

    def hash_of(self, path: str) -> str | None:
        """Found on the host; None where it has no ``sha256sum``."""
        status, out, _ = self.run(["sha256sum", "--", path], None, _HASHING)
        return out.lstrip(b"\\")[:64].decode("ascii", "replace") if status == 0 else None

    def tcp(self, host: str, port: int, deadline: float) -> "Channel":
        return self.line.tcp(host, port, max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        self.line.close()
        self.sessions.close()
        self._below()

    def _run_alone(self, argv: Sequence[str], data: bytes, timeout: float) -> tuple[int, bytes, bytes]:
        """In a session of its own, so that any bytes can be its input."""
        end = time.monotonic() + timeout
        with self.start(["env", "LC_ALL=C.UTF-8", *argv], None) as process:
            feeding = _Feeding(process, data, timeout)
            out, err = bytearray(), bytearray()
            for more in process.outputs(max(0.1, end - time.monotonic())):
                out += more[0]
                err += more[1]
            feeding.finish()
            return process.wait(max(0.1, end - time.monotonic())), bytes(out), bytes(err)


class _Feeding:
    """Writes the input while the outputs are read: neither waits for the other."""

    def __init__(self, process: RemoteProcess, data: bytes, timeout: float) -> None:
        import threading

        self._thread: Any = threading.Thread(target=self._feed, args=(process, data, timeout), daemon=True)
        self._thread.start()

    def _feed(self, process: RemoteProcess, data: bytes, timeout: float) -> None:
        from contextlib import suppress

        with suppress(BrokenPipeError, SshError, OSError):  # the program may want less; its status tells
            process.write(data, timeout)
            process.end_input()

    def finish(self) -> None:
        self._thread.join(1.0)

"""The way to a unix socket of a host that forwards none: a program there between the socket and a session's streams."""

import secrets
import shlex
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from virtwright.errors import InputError
from virtwright.providers.ssh.errors import SshError, SshTimeoutError
from virtwright.providers.ssh.line import ChannelRefusedError, Line
from virtwright.providers.ssh.quoting import line as command_line
from virtwright.providers.ssh.sessions import Sessions
from virtwright.providers.ssh.shell import end_session
from virtwright.providers.ssh.unix_stream import Free, UnixStream

if TYPE_CHECKING:
    from paramiko import Channel

_LONGEST_PATH: Final = 107
_SHOWN: Final = 300
_PYTHON: Final = """
import os, select, socket, sys
wire = socket.socket(socket.AF_UNIX)
try:
    wire.connect(sys.argv[1])
except OSError as error:
    sys.exit(error.strerror)
sys.stdout.write(sys.argv[2] + chr(10))
sys.stdout.flush()
inputs = [0, wire]
while wire in inputs:
    for ready in select.select(inputs, [], [])[0]:
        data = os.read(0, 65536) if ready == 0 else wire.recv(65536)
        if not data:
            inputs.remove(ready)
            if ready == 0:
                wire.shutdown(socket.SHUT_WR)
        elif ready == 0:
            wire.sendall(data)
        else:
            while data:
                data = data[os.write(1, data):]
"""
_SCRIPT: Final = """
if [ ! -S "$1" ]; then if [ -e "$1" ]; then echo "not a socket"; else echo "No such file or directory"; fi >&2; exit 1; fi
if [ ! -w "$1" ]; then echo "Permission denied" >&2; exit 1; fi
mark=$2 python=$3 socket=$1
shift 3
if [ $# -gt 0 ] && command -v "$1" >/dev/null; then echo "$mark"; exec "$@"; fi
if command -v python3 >/dev/null; then exec python3 -c "$python" "$socket" "$mark"; fi
echo "$mark"
if command -v socat >/dev/null; then exec socat -t 86400 - "UNIX-CONNECT:$socket"; fi
if command -v nc >/dev/null; then exec nc -U "$socket"; fi
echo "neither python3 nor socat nor nc is installed there" >&2
exit 1
"""


class Relays:
    """Streams to unix sockets over one line; remembers whether the host forwards them."""

    def __init__(self, line: Line, sessions: Sessions) -> None:
        self._line = line
        self._sessions = sessions
        self._forwards: bool | None = None

    def open(self, path: str, helper: Sequence[str] | None, deadline: float) -> UnixStream:
        """``helper`` is a command on the host that joins its streams to the socket, such as ``docker system dial-stdio``;
        where it is not installed, or None, what is there is used.

        Raises ``SshError``: there is no such socket, it may not be opened, nothing listens."""
        check_path(path)
        if self._forwards is not False:
            try:
                channel = self._line.unix(path, max(0.1, deadline - time.monotonic()))
            except ChannelRefusedError:
                """OpenSSH does not say why: the socket may be missing, or nothing is forwarded. The program knows."""
            else:
                self._forwards = True
                return UnixStream(self._line, channel, Free())
        stream = self._relayed(path, helper, deadline)
        self._forwards = False
        return stream

    def _relayed(self, path: str, helper: Sequence[str] | None, deadline: float) -> UnixStream:
        """A stream at rest that leads to the same socket, or a new one."""

        def start(channel: "Channel") -> "_Counted":
            mark = secrets.token_hex(8)
            channel.settimeout(max(0.1, deadline - time.monotonic()))
            _execute(self._line, channel, ("/bin/sh", "-c", _SCRIPT, "sh", path, mark, _PYTHON, *(helper or ())))
            _await_mark(self._line, channel, path, mark)
            return _Counted(self._sessions, channel, path)

        while True:
            ties = self._sessions.borrow(_kind(path), deadline, start)
            assert isinstance(ties, _Counted)
            mine = ties.hand_over()
            if not (mine.channel.closed or mine.channel.eof_received):
                mine.channel.settimeout(None)
                return UnixStream(self._line, mine.channel, mine)
            mine.channel.close()
            mine.release()


def check_path(path: str) -> None:
    """Raises ``InputError`` for what can't be the path of a unix socket."""
    if not path.startswith("/") or "\0" in path or "\n" in path or len(path.encode()) > _LONGEST_PATH:
        message = f"not the path of a unix socket: {shlex.quote(path[:_SHOWN])}"
        raise InputError.one(message, hint=f"it begins with '/' and has at most {_LONGEST_PATH} bytes")


class _Counted:
    """The ties of a stream that takes up a session. At rest it serves whoever opens the same socket next."""

    def __init__(self, sessions: Sessions, channel: "Channel", path: str) -> None:
        self._sessions = sessions
        self._path = path
        self.channel = channel
        self._resting = False
        self._gone = False

    def rest(self) -> None:
        self._resting = True
        self._sessions.put_back(_kind(self._path), self)

    def wake(self) -> bool:
        if self._resting:
            self._resting = False
            self._gone = not self._sessions.take_back(self)
        return not self._gone

    def hand_over(self) -> "_Counted":
        """The same channel for somebody else."""
        self._gone = True
        return _Counted(self._sessions, self.channel, self._path)

    def retire(self) -> None:
        self._gone = True
        end_session(self.channel)

    def release(self) -> bool:
        if not self.wake():
            return False
        self._gone = True
        self._sessions.release()
        return True


def _kind(path: str) -> str:
    return f"relay {path}"


def _execute(line: Line, channel: "Channel", argv: Sequence[str]) -> None:
    from paramiko.ssh_exception import SSHException

    try:
        channel.exec_command(command_line(argv))
    except (SSHException, OSError) as error:
        if not line.alive:
            raise line.broken(sent=False) from error
        raise SshError(f"{line.target} runs no commands for this login: {error}") from error


def _await_mark(line: Line, channel: "Channel", path: str, mark: str) -> None:
    """What start-up files print comes before the mark and is not the socket's."""
    seen = b""
    wanted = f"{mark}\n".encode()
    while not seen.endswith(wanted):
        try:
            byte = channel.recv(1)
        except TimeoutError as error:
            raise SshTimeoutError(f"{line.target} did not open its socket {path} in time") from error
        if not byte:
            if not line.alive:
                raise line.broken(sent=False)
            said = channel.makefile_stderr("rb").read(_SHOWN).decode("utf-8", "replace").strip()
            raise SshError(f"{line.target} can't open its socket {path}: {said or 'it said nothing'}")
        seen = (seen + byte)[-len(wanted) :]

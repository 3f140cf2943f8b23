"""The one connection to an SSH host: commands, files and streams to its unix sockets, for all threads."""

import shlex
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar

from virtwright.errors import HostError
from virtwright.process import Completed
from virtwright.providers.ssh.dialling import Dialler
from virtwright.providers.ssh.errors import LineBrokenError
from virtwright.providers.ssh.files import Progress
from virtwright.providers.ssh.live import Live
from virtwright.providers.ssh.quoting import checked
from virtwright.providers.ssh.remote_process import RemoteProcess
from virtwright.providers.ssh.target import SshTarget
from virtwright.providers.ssh.unix_stream import UnixStream

if TYPE_CHECKING:
    from paramiko import SFTPClient

T = TypeVar("T")
HOUR: Final = 3600.0
_SHOWN: Final = 2000


def _unseen(done: int, size: int) -> None:
    """Nobody watches the transfer."""


class SshConnection:
    """One host. Opened by ``open``; the first use connects. Whoever opens an equal target meanwhile gets the same one.

    Where the line broke, the next use connects again. A use under which it breaks is repeated only where nothing of it had
    been sent, or the caller says that it is ``repeatable``; else ``LineBrokenError`` tells."""

    _shared: Final[dict[SshTarget, "SshConnection"]] = {}
    _sharing: Final = threading.Lock()

    def __init__(self, target: SshTarget) -> None:
        self.target = target
        self._users = 0
        self._dialler = Dialler(target, type(self).open)

    @classmethod
    def open(cls, target: SshTarget) -> Self:
        """Touches nothing yet. ``close`` it as often as it was opened."""
        with cls._sharing:
            connection = cls._shared.get(target)
            if not isinstance(connection, cls):
                connection = cls._shared[target] = cls(target)
            connection._users += 1
            return connection

    def close(self) -> None:
        """The last one ends the connection."""
        with self._sharing:
            self._users -= 1
            if self._users > 0:
                return
            self._shared.pop(self.target, None)
        self._dialler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> None:
        """Connect now, where that was not done. Raises ``SshError`` and its kin."""
        self._dialler.live()

    @property
    def server(self) -> str:
        """How the other side's SSH calls itself, such as ``OpenSSH_10.0``."""
        return self._dialler.live().line.transport.remote_version.partition("-")[2].partition("-")[2]

    @property
    def host_key(self) -> str:
        """The fingerprint of the key that the host proved to hold."""
        return self._dialler.live().fingerprint

    def run(
        self,
        argv: Sequence[str],
        *,
        input: str | None = None,
        timeout: float = 60.0,
        check: bool = True,
        repeatable: bool = False,
    ) -> Completed:
        """Run a short command and return what it wrote. It is a program, no builtin of a shell; it gets English messages and
        an empty standard input, unless there is ``input``. Whatever it leaves running must not keep its outputs.

        Raises ``HostError`` where it fails (with ``check``), ``SshTimeoutError`` after ``timeout`` seconds (it is ended
        then), ``LineBrokenError``."""
        words = checked(argv)
        status, out, err = self._using(lambda live: live.run(words, input, timeout), repeatable=repeatable)
        completed = Completed(words, status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
        if check and status != 0:
            raise self._failure(completed)
        return completed

    def stream(self, argv: Sequence[str], *, terminal: tuple[str, int, int] | None = None) -> RemoteProcess:
        """Start a program whose streams are used while it runs. ``terminal`` is a terminal's type, columns and rows."""
        words = checked(argv)
        return self._using(lambda live: live.start(words, terminal))

    def open_unix(self, path: str, *, helper: Sequence[str] | None = None, timeout: float | None = None) -> UnixStream:
        """A stream to a unix socket on the host: forwarded by its SSH server, or, where that is off, by ``helper`` (a
        command there, such as ``docker system dial-stdio``), else by what is installed there."""
        seconds = self.target.connect_timeout if timeout is None else timeout
        return self._using(lambda live: live.relays.open(path, helper, time.monotonic() + seconds))

    @contextmanager
    def sftp(self, what: str, timeout: float = 60.0) -> "Iterator[SFTPClient]":
        """paramiko's client for SFTP; what it raises within comes out as ``HostError``. ``what`` is being done: ``list
        /var/lib``. ``timeout`` is for getting a session."""
        live = self._dialler.live()
        with live.files.client(what, time.monotonic() + timeout) as client:
            yield client

    def upload(
        self, source: Path, target: str, *, mode: int = 0o600, progress: Progress = _unseen, timeout: float = HOUR
    ) -> str:
        """Returns the SHA-256, which was compared on the host. Until all is there, ``target`` is as it was, so that this is
        repeated where the line breaks."""

        def work(live: Live) -> str:
            end = time.monotonic() + timeout
            return live.files.upload(source, target, mode=mode, progress=progress, hash_of=live.hash_of, deadline=end)

        return self._using(work, repeatable=True)

    def download(self, source: str, target: Path, *, progress: Progress = _unseen, timeout: float = HOUR) -> str:
        """Returns the SHA-256, which was compared on the host where it has ``sha256sum``. Repeated where the line breaks."""

        def work(live: Live) -> str:
            end = time.monotonic() + timeout
            return live.files.download(source, target, progress=progress, hash_of=live.hash_of, deadline=end)

        return self._using(work, repeatable=True)

    def live(self) -> Live:
        """The line as it is now, for what hangs on one line: a forwarded port of a jump host."""
        return self._dialler.live()

    def _using(self, work: "Callable[[Live], T]", *, repeatable: bool = False) -> T:
        try:
            return work(self._dialler.live())
        except LineBrokenError as error:
            if error.sent and not repeatable:
                raise
            return work(self._dialler.live())

    def _failure(self, completed: Completed) -> HostError:
        said = (completed.stderr.strip() or completed.stdout.strip() or "it said nothing")[:_SHOWN]
        again = shlex.quote(shlex.join(completed.argv))
        return HostError(
            f"{completed.argv[0]} failed on {self.target} (exit status {completed.status}): {said}",
            hint=f"to see it again:\n    {self.target.command} {again}",
        )

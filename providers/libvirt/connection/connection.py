"""The way to a libvirt daemon: opened when it is first needed, shared by all threads, made anew where it broke."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import TIMEOUT_MAX, Lock
from typing import TYPE_CHECKING, Final, TypeVar

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.base import HostFact
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.address import Address, address_of
from virtwright.providers.libvirt.connection.deadline import within
from virtwright.providers.libvirt.connection.errors import is_broken, translated
from virtwright.schemas.host import Host

if TYPE_CHECKING:
    from libvirt import virConnect

    from virtwright.providers.libvirt.connection.line import Line
    from virtwright.providers.ssh.connection import SshConnection

T = TypeVar("T")
QUIET: Final = 60.0
"""Seconds that a call may take where nobody says otherwise and its operation has no nearer deadline."""
FOREVER: Final = float("inf")
"""For copying, sending and what else may take as long as its operation."""
_AT_ONCE: Final = 4
"""Calls on one line. A daemon that works on five of a client's reads no more from it, not even its signs of life, and the line
would count as dead (``max_client_requests`` in libvirtd.conf)."""


class LibvirtConnection:
    """One driver of one daemon. Making one touches nothing."""

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host
        self.address: Address = address_of(host)
        self._lock = Lock()
        """Held for moments only: calls that end need it."""
        self._opening = Lock()
        """Held by who opens a line, which may take long: who needs one waits for it, and may find room on it."""
        self._lines: list[Line] = []
        self._retired: list[Line] = []

    def call(
        self,
        what: str,
        work: "Callable[[virConnect], T]",
        context: Context | None = None,
        *,
        timeout: float = QUIET,
        repeatable: bool = False,
    ) -> T:
        """What ``work`` returns. ``what`` says what is being done, for an error: ``start the machine db``. It may take
        until the context's deadline, at most ``timeout`` seconds. Objects that belong to the connection must not be kept
        beyond ``work``: the next call may have another one.

        Where the connection broke before, the call gets a new one. Where it breaks meanwhile, what was asked for may have
        been done: only a ``repeatable`` call, one that reads, is made once more.

        Raises ``LibvirtError`` and its kinds (``GoneError``, ``ConflictError``, ``RefusedByDriverError``,
        ``UnreachableError``) and ``WaitTimeoutError``."""
        seconds = max(0.1, (context or Context()).remaining(timeout))
        with self._taken(seconds) as line:
            try:
                return self._on(line, what, work, seconds)
            except HostError:
                if not (repeatable and line.broken):
                    raise
        with self._taken(seconds) as line:
            return self._on(line, what, work, seconds)

    def ssh(self) -> "SshConnection":
        """The connection to the host's SSH server, where it is reached that way: for files and commands beside libvirt. The
        caller closes it."""
        from virtwright.providers.ssh.connection import SshConnection
        from virtwright.providers.ssh.resolve import resolve

        return SshConnection.open(resolve(self.host))

    @property
    def is_remote(self) -> bool:
        return self.address.transport == "ssh"

    def way(self) -> Sequence[HostFact]:
        """What can be said of the way to the daemon, for ``host check``. Raises ``HostError`` where it leads nowhere."""
        if not self.is_remote:
            return ()
        from virtwright.providers.ssh.facts import ssh_facts

        with self.ssh() as ssh, self._taken() as line:
            return [*ssh_facts(ssh), HostFact("socket", line.socket)]

    def close(self) -> None:
        with self._opening, self._lock:
            lines = [*self._retired, *self._lines]
            self._lines, self._retired = [], []
        for line in lines:
            line.close()

    def _on(self, line: "Line", what: str, work: "Callable[[virConnect], T]", seconds: float) -> T:
        from virtwright.providers.libvirt.connection.library import libvirt

        try:
            return within(seconds, lambda: work(line.connect), f"libvirt: {what}")
        except libvirt.libvirtError as error:
            if is_broken(error):
                line.broken = True
                self._retire(line)
            raise translated(what, self.address, error) from error
        except TimeoutError as error:
            self._retire(line)
            raise WaitTimeoutError(
                f"could not {what}: libvirt at {self.address} did not answer within {seconds:g}s",
                hint="it may still be done; apply again, which looks first, or give the resource a longer timeout",
            ) from error

    @contextmanager
    def _taken(self, seconds: float = QUIET) -> "Iterator[Line]":
        """A line that lives and has room for one more call."""
        line = self._with_room(seconds)
        try:
            yield line
        finally:
            with self._lock:
                line.calls -= 1

    def _with_room(self, seconds: float) -> "Line":
        from virtwright.providers.libvirt.connection.line import Line

        line = self._open_with_room()
        if line is not None:
            return line
        if not self._opening.acquire(timeout=min(seconds, TIMEOUT_MAX)):
            raise WaitTimeoutError(
                f"libvirt at {self.address} can't be reached: it did not answer within {seconds:g}s",
                hint="to test the host:\n    virtwright host check",
            )
        try:
            line = self._open_with_room()
            if line is None:
                line = Line.open(self.address, self.host, seconds)
                with self._lock:
                    line.calls += 1
                    self._lines.append(line)
            return line
        finally:
            self._opening.release()

    def _open_with_room(self) -> "Line | None":
        """One of those that are open, with the call counted on it."""
        with self._lock:
            dead = [line for line in self._lines if not line.alive]
            self._retired += dead
            self._lines = [line for line in self._lines if line not in dead]
            line = next((line for line in self._lines if line.calls < _AT_ONCE), None)
            if line is not None:
                line.calls += 1
            return line

    def _retire(self, line: "Line") -> None:
        """No new calls on it; those that are under way may still end well."""
        with self._lock:
            if line in self._lines:
                self._lines.remove(line)
                self._retired.append(line)

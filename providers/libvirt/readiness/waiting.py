"""Waiting for one machine."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.agent.channel import AgentChannel, AgentSilentError
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.readiness import addresses
from virtwright.providers.libvirt.readiness.first_boot import seen_by_agent, seen_on_console
from virtwright.providers.libvirt.readiness.reach import SSH_PORT, lacking
from virtwright.providers.libvirt.readiness.watch import Watch
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.readiness import WaitFor

if TYPE_CHECKING:
    from libvirt import virConnect

_LAST_LINES: Final = 5
_SHOWN: Final = 200
_STATES: Final = ("in no state", "running", "blocked", "paused", "shutting down", "off", "crashed", "asleep")
"""By libvirt's ``virDomainState``."""
_RUNS: Final = (1, 2, 3, 4, 7)


class Readiness:
    """Of one machine. A context manager: enter it before the machine is started, so that what an earlier life left (a lease,
    a log) is told from what comes."""

    def __init__(
        self, connection: LibvirtConnection, uuid: str, name: str, inputs: VirtualMachine, context: Context
    ) -> None:
        self._libvirt = connection
        self._uuid = uuid
        self._name = name
        self._inputs = inputs
        self._wait = inputs.wait_for if inputs.power == "running" else None
        self._context = context
        self._watch = Watch(connection, uuid, name)
        self._agent = AgentChannel(connection, uuid, name)
        self._stale: frozenset[addresses.Lease] = frozenset()
        self._said = 0

    def __enter__(self) -> Self:
        if self._wait is not None:
            self._stale = addresses.leases(self._libvirt, self._uuid, self._context)
            self._said = len(self._console(0))
            self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._wait is not None:
            self._watch.__exit__()

    def wait(self) -> None:
        """Returns when all that ``wait_for`` asks for holds. Raises ``WaitTimeoutError`` with what was last seen, ``HostError`` where
        the machine ended or its first boot failed; both with the last lines of its console."""
        wait = self._wait
        if wait is None:
            return
        try:
            self._context.wait(
                f"{self._name} to be ready",
                lambda: self._probe(wait),
                timeout=wait.timeout,
                interval=0.2,
                pause=self._watch.pause,
            )
        except WaitTimeoutError as error:
            raise WaitTimeoutError(error.message + self._last_lines(), where=error.where, hint=error.hint) from error

    def _probe(self, wait: WaitFor) -> tuple[bool | None, str]:
        state = self._libvirt.call(f"look at {self._name}", self._state, self._context, repeatable=True)
        if state not in _RUNS:
            raise HostError(f"{self._name} has ended before it was ready: it is {_STATES[state]}{self._last_lines()}")
        for check in self._checks(wait):
            if (missing := check()) is not None:
                return None, missing
        return True, "ready"

    def _checks(self, wait: WaitFor) -> Iterator[Callable[[], str | None]]:
        if wait.guest_agent:
            yield self._agent_lacks
        if wait.address:
            yield lambda: None if self._addresses() else "it has no address yet"
        if wait.tcp is not None:
            port = wait.tcp
            yield lambda: self._port_lacks(port)
        if wait.ssh:
            yield lambda: self._port_lacks(SSH_PORT, banner=True)
        if wait.cloud_init:
            yield self._first_boot_lacks

    def _state(self, libvirt: "virConnect") -> int:
        return int(libvirt.lookupByUUIDString(self._uuid).state()[0])

    def _addresses(self) -> list[addresses.Seen]:
        return addresses.seen(self._libvirt, self._uuid, self._stale, self._context)

    def _agent_lacks(self) -> str | None:
        try:
            self._agent.ask("guest-ping", self._context)
        except AgentSilentError:
            return "its guest agent does not answer"
        return None

    def _port_lacks(self, port: int, *, banner: bool = False) -> str | None:
        missing: str | None = f"it has no address yet to try port {port} on"
        for each in self._addresses():
            missing = lacking(self._libvirt, each.address, port, banner=banner)
            if missing is None:
                return None
        return missing

    def _first_boot_lacks(self) -> str | None:
        if self._inputs.guest_agent:
            try:
                return seen_by_agent(self._agent, self._context)
            except HostError as error:
                raise HostError(f"{self._name}: {error.message}", hint=error.hint) from error
        return seen_on_console(self._console, self._said)

    def _console(self, since: int) -> bytes:
        """What it said there after so many bytes; nothing where no log is kept."""
        if self._inputs.console and console_log.path_of(self._libvirt, self._name) is not None:
            with suppress(HostError):
                return console_log.read(self._libvirt, self._name, since)
        return b""

    def _last_lines(self) -> str:
        lines = [line for line in console_log.lines_of(self._console(self._said)) if line.strip()][-_LAST_LINES:]
        return "".join(["\nits console's last lines:", *(f"\n    {line[:_SHOWN]}" for line in lines)]) if lines else ""

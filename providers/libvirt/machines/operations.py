"""What an operator does with a machine: its console's log, and commands inside."""

import base64
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.base import LogLine, Picture, Snapshot
from virtwright.providers.context import Context, Known
from virtwright.providers.exports.contract import Destination, Origin
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.exports.writing import ExportWriter
from virtwright.providers.libvirt.agent.channel import AgentChannel, AgentSilentError, decoded, field
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError, LibvirtError
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.machines.addresses import look_up
from virtwright.providers.libvirt.machines.console import use_console
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.exporting.rebuilding import Rebuilder
from virtwright.providers.libvirt.machines.exporting.saving import Saver
from virtwright.providers.libvirt.machines.lifecycle import Lifecycle
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.machines.screen import screenshot
from virtwright.providers.libvirt.machines.snapshots import LIVE_EXPORT, Snapshots
from virtwright.providers.reaching import Duplex, Login

_PAUSE: Final = 0.5
"""Seconds between two looks at a log that is followed."""
_POLL: Final = 0.1
_LONGEST_POLL: Final = 1.0


class MachineOperations:
    """For one host; an id is a machine's UUID."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._life = Lifecycle(connection)
        self._switch = Switch(connection)
        self._snapshots = Snapshots(connection)
        self._saver = Saver(connection)
        self._rebuilder = Rebuilder(connection)
        self._abilities = ABILITIES[connection.address.driver]

    def export(self, id: str, writer: ExportWriter, origin: Origin, context: Context, *, live: bool) -> None:
        self._check_driver(self._abilities.carries, "does not save machines in files")
        self._machine(id)
        self._snapshots.let_go(id, LIVE_EXPORT, context)
        machine = self._machine(id)
        if (state := self._switch.state(id, context)) == "stopped":
            self._saver.save(machine, writer, origin, context)
            return
        if not live:
            raise HostError(
                f"{machine.name} is {state}: its disks change while they are read",
                hint="shut it down first (power: stopped), or save what they hold at one moment:\n"
                "    virtwright export --live RESOURCE FILE",
            )
        with self._snapshots.held(id, LIVE_EXPORT, context):
            self._saver.save(machine, writer, origin, context)

    def rebuild(self, reader: ExportReader, destination: Destination, context: Context) -> str:
        self._check_driver(self._abilities.carries, "takes no machines out of files")
        return self._rebuilder.rebuild(reader, destination, context)

    def rebuilt(self, id: str) -> None:
        self._rebuilder.finished(id)

    def snapshots(self, id: str) -> Sequence[Snapshot]:
        self._machine(id)
        return self._snapshots.all(id) if self._abilities.has_snapshots else ()

    def snapshot(self, id: str, name: str, context: Context, *, external: bool = False, memory: bool = True) -> None:
        self._check_snapshots()
        self._machine(id)
        self._snapshots.take(id, name, context, external=external, memory=memory)

    def revert(self, id: str, name: str, context: Context) -> None:
        self._check_snapshots()
        self._machine(id)
        self._snapshots.revert(id, name, context)

    def delete_snapshot(self, id: str, name: str, context: Context) -> None:
        self._check_snapshots()
        self._machine(id)
        self._snapshots.delete(id, name, context)

    def console(self, id: str, use: Callable[[Duplex], None], *, force: bool) -> None:
        machine = self._machine(id)
        if not machine.settings["console"]:
            raise HostError(f"{machine.name} has no serial console", hint="give it one: console: true")
        self._check_power(id, machine)
        use_console(self._libvirt, id, machine.name, use, force=force)

    def login(self, id: str) -> Login:
        machine = self._machine(id)
        self._check_power(id, machine)
        addresses = look_up(self._libvirt, [machine]).of(machine)
        if not addresses:
            raise HostError(
                f"the host knows no address of {machine.name}",
                hint="its networks give out none: fix one (networks: [{network: NAME, address: ...}])",
            )
        return Login(next(iter(addresses.values())), behind=self._libvirt.is_remote)

    def runs_commands(self, id: str) -> bool:
        return self._machine(id).declared.guest_agent

    def screenshot(self, id: str) -> Picture:
        return screenshot(self._libvirt, id, self._machine(id).name)

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        """What the serial console said since the machine was made. The log knows no times: a line has the time when it was
        read where it is followed, and none where it was there before."""
        name = self._machine(id).name
        data = console_log.read(self._libvirt, name)
        offset, lines = len(data), console_log.lines_of(data)
        rest = lines.pop()
        for line in lines if tail is None else lines[max(0, len(lines) - tail) :]:
            yield LogLine("", "console", line)
        while follow and self._is_there(id):
            time.sleep(_PAUSE)
            more = console_log.read(self._libvirt, name, offset)
            offset += len(more)
            *whole, rest = (rest + console_log.lines_of(more)[0], *console_log.lines_of(more)[1:])
            for line in whole:
                yield LogLine(datetime.now(UTC).isoformat(timespec="milliseconds"), "console", line)
        if rest and not follow:
            yield LogLine("", "console", rest)

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        """Through the guest's agent: its output comes when it has ended. ``interactive`` sends it all of the standard input
        first."""
        machine = self._machine(id)
        if tty:
            raise HostError(
                "a guest agent gives no terminal", hint="leave out --tty, or log in to the machine's address by ssh"
            )
        self._check_runs(id, machine)
        agent = AgentChannel(self._libvirt, id, machine.name)
        program, *arguments = command
        words: dict[str, Any] = {"path": program, "arg": arguments, "capture_output": True}
        if interactive:
            words["input_data"] = base64.b64encode(sys.stdin.buffer.read()).decode()
        try:
            started = agent.ask("guest-exec", **words)
        except AgentSilentError:
            raise
        except LibvirtError as error:
            raise HostError(
                f"the guest agent can't run {program}: {error.message}", hint="give its full path"
            ) from error
        return self._finish(agent, field(started, "pid", int) or 0)

    def _finish(self, agent: AgentChannel, pid: int) -> int:
        pause = _POLL
        while not field(told := agent.ask("guest-exec-status", pid=pid), "exited", bool):
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)
        for key, stream in (("out-data", sys.stdout), ("err-data", sys.stderr)):
            stream.buffer.write(decoded(told, key))
            stream.flush()
        status = field(told, "exitcode", int)
        return (status if status is not None else 128 + (field(told, "signal", int) or 0)) & 255

    def _check_snapshots(self) -> None:
        self._check_driver(self._abilities.has_snapshots, "has no snapshots")

    def _check_driver(self, can: bool, lacks: str) -> None:
        if not can:
            driver = self._libvirt.address.driver
            raise HostError(
                f"libvirt's driver {driver} {lacks}", hint="copy its volumes (source.clone) while it is off"
            )

    def _check_runs(self, id: str, machine: Definition) -> None:
        if not machine.declared.guest_agent:
            raise HostError(
                f"{machine.name} has no guest agent to run commands",
                hint="give it one (guest_agent: true, and qemu-guest-agent inside), or log in to its address by ssh",
            )
        self._check_power(id, machine)

    def _check_power(self, id: str, machine: Definition) -> None:
        if (state := self._switch.state(id)) != "running":
            raise HostError(f"{machine.name} is {state}", hint="set power: running, and apply the stack")

    def _machine(self, id: str) -> Definition:
        """One that was taken over bears no stamp before its first change."""
        try:
            return self._life.inspect(id, Context(known=Known("", id, {}, {})))
        except GoneError as error:
            raise HostError(f"the machine {id} is not on this host", hint="apply the stack first") from error

    def _is_there(self, id: str) -> bool:
        try:
            self._switch.state(id)
        except GoneError:
            return False
        return True

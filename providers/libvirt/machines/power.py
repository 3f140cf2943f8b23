"""Machines started, by hand or with their host, paused, and shut down with care."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError, LibvirtError
from virtwright.providers.libvirt.machines.building.consoles import AGENT
from virtwright.providers.libvirt.machines.drivers import ABILITIES, Asking
from virtwright.providers.libvirt.machines.first_process import TRIES, is_known, number_of
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.quantities import format_duration

if TYPE_CHECKING:
    from libvirt import virDomain

Power = Literal["running", "stopped", "paused"]
_AGAIN: Final = 10.0
"""Seconds after which a guest is asked again: one that is still booting does not hear the first time."""
_START: Final = 120.0
_CPUSET: Final = re.compile(r"/cpuset/.*: No space left on device")
"""https://docs.kernel.org/admin-guide/cgroup-v1/cpusets.html: a task can't be attached to a cpuset without processors."""
_USUAL_SIGNAL: Final = "SIGRTMIN+3"
"""systemd halts at it, and an init that does not know it takes no harm."""


class Switch:
    """The power of one host's machines."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._abilities = ABILITIES[connection.address.driver]

    def state(self, id: str, context: Context | None = None) -> Power:
        """Raises ``GoneError``."""
        return self._libvirt.call(
            "see what the machine does",
            lambda libvirt: power_of(libvirt.lookupByUUIDString(id)),
            context,
            repeatable=True,
        )

    def start(self, id: str, name: str, context: Context, *, paused: bool = False, fresh: bool = False) -> None:
        """``fresh``: with new variables of its UEFI, whatever was left of another one."""
        context.progress("starting")
        flags = 1 if paused and self._abilities.starts_paused else 0  # VIR_DOMAIN_START_PAUSED
        if fresh and self._abilities.keeps_leftovers:
            flags |= 32  # VIR_DOMAIN_START_RESET_NVRAM
        self._create(id, name, flags, context)
        if self._abilities.asks == "signal":
            self._insist(id, name, flags, context)
        if paused and not self._abilities.starts_paused:
            self.pause(id, name, context)

    def _create(self, id: str, name: str, flags: int, context: Context) -> None:
        self._libvirt.call(
            f"start the machine {name}",
            lambda libvirt: _create(libvirt.lookupByUUIDString(id), flags),
            context,
            timeout=_START,
        )

    def _insist(self, id: str, name: str, flags: int, context: Context) -> None:
        """Start it again until libvirt knows its process 1, or it could only be killed later."""
        for _ in range(TRIES - 1):
            if is_known(self._libvirt, id, name, context):
                return
            context.progress("libvirt does not know its process 1: starting it again")
            self.switch_off(id, name, context)
            self._create(id, name, flags, context)

    def pause(self, id: str, name: str, context: Context) -> None:
        self._libvirt.call(
            f"pause the machine {name}", lambda libvirt: libvirt.lookupByUUIDString(id).suspend(), context
        )

    def resume(self, id: str, name: str, context: Context) -> None:
        self._libvirt.call(
            f"let the machine {name} go on", lambda libvirt: libvirt.lookupByUUIDString(id).resume(), context
        )

    def set_autostart(self, id: str, context: Context, *, wanted: bool) -> None:
        """Whether it starts with its host."""
        self._libvirt.call(
            "set its autostart",
            lambda libvirt: _set_autostart(libvirt.lookupByUUIDString(id), int(wanted)),
            context,
        )

    def shut_down(self, id: str, name: str, inputs: VirtualMachine, context: Context) -> None:
        """Ask the guest's agent, then press the power button; after ``shutdown_timeout`` switch it off, or raise
        ``WaitTimeoutError`` where the inputs don't allow that. Without any time for it the guest is not asked. One that does not
        run is fine."""
        if inputs.shutdown_timeout == 0 and inputs.switch_off:
            context.progress("switching it off")
            self.switch_off(id, name, context)
            return
        try:
            state = self.state(id, context)
            if state == "stopped":
                return
            if state == "paused":
                self.resume(id, name, context)
            context.progress("shutting down")
            self._ask(id, name, inputs, context)
        except GoneError:
            return
        except WaitTimeoutError as error:
            self._overdue(id, name, inputs, context, error)

    def switch_off(self, id: str, name: str, context: Context) -> None:
        """Without asking the guest."""
        try:
            self._libvirt.call(
                f"switch off the machine {name}", lambda libvirt: _destroy(libvirt.lookupByUUIDString(id)), context
            )
        except GoneError:
            return

    def _ask(self, id: str, name: str, inputs: VirtualMachine, context: Context) -> None:
        asked, patience = -_AGAIN, inputs.shutdown_timeout

        def probe() -> tuple[bool | None, str]:
            nonlocal asked
            if self.state(id, context) == "stopped":
                return True, "it is off"
            if time.monotonic() - asked >= _AGAIN and patience > 0:
                asked = time.monotonic()
                self._press(id, name, inputs, context)
            return None, "the guest still runs"

        context.wait(f"{name} to shut down", probe, timeout=patience)

    def _press(self, id: str, name: str, inputs: VirtualMachine, context: Context) -> None:
        press = _PRESSES[self._abilities.asks]
        try:
            self._libvirt.call(
                f"shut down the machine {name}",
                lambda libvirt: press(libvirt.lookupByUUIDString(id), inputs),
                context,
            )
        except LibvirtError:
            if self.state(id, context) != "stopped":
                raise

    def _overdue(self, id: str, name: str, inputs: VirtualMachine, context: Context, error: HostError) -> None:
        patience = format_duration(inputs.shutdown_timeout)
        if not inputs.switch_off:
            raise WaitTimeoutError(
                f"{name} did not shut down within {patience}, and may not be switched off",
                hint="shut it down from inside, or allow it: switch_off: true",
            ) from error
        context.progress(f"did not shut down within {patience}: switching it off")
        self.switch_off(id, name, context)


def power_of(domain: "virDomain") -> Power:
    """A guest that crashed or was saved does not run; one that sleeps by its own choice does."""
    state = domain.state()[0]
    if state in (3,):  # VIR_DOMAIN_PAUSED
        return "paused"
    return "running" if domain.isActive() else "stopped"


def _create(domain: "virDomain", flags: int) -> None:
    """Two machines that are the first of their host and start at once may fail: with version 1 of control groups, libvirt makes the group of all
    machines and gives it its processors in two steps, and what starts between them has none. By the second time they are there."""
    from virtwright.providers.libvirt.connection.library import libvirt

    try:
        domain.createWithFlags(flags)
    except libvirt.libvirtError as error:
        if not _CPUSET.search(str(error)):
            raise
        domain.createWithFlags(flags)


def _set_autostart(domain: "virDomain", wanted: int) -> None:
    if domain.autostart() != wanted:
        domain.setAutostart(wanted)


def _by_driver(domain: "virDomain", inputs: VirtualMachine) -> None:
    if domain.isActive():
        domain.shutdown()


def _by_signal(domain: "virDomain", inputs: VirtualMachine) -> None:
    """Where libvirt does not know process 1, as of a machine that somebody else has started, nobody can be asked."""
    from virtwright.providers.libvirt.connection.library import libvirt

    signal = inputs.libvirt.stop_signal if inputs.libvirt is not None else None
    if domain.isActive():
        with suppress(libvirt.libvirtError):
            domain.sendProcessSignal(1, number_of(signal or _USUAL_SIGNAL))


def _by_acpi(domain: "virDomain", inputs: VirtualMachine) -> None:
    from virtwright.providers.libvirt.connection.library import libvirt

    if not domain.isActive():
        return
    if agent_is_connected(domain.XMLDesc()):
        try:
            domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
            return
        except libvirt.libvirtError:
            pass  # it answers no more: the power button is left
    domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)


_PRESSES: "Final[Mapping[Asking, Callable[[virDomain, VirtualMachine], None]]]" = {
    "acpi": _by_acpi,
    "driver": _by_driver,
    "signal": _by_signal,
}


def agent_is_connected(text: str) -> bool:
    """Whether the guest's agent has opened its channel, as a running domain's XML says."""
    targets = from_text(text).iterfind("devices/channel/target")
    return any(each.get("name") == AGENT and each.get("state") == "connected" for each in targets)


def _destroy(domain: "virDomain") -> None:
    if domain.isActive():
        domain.destroy()

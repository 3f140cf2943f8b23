"""Running machines changed without a restart."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import LibvirtError, RefusedByDriverError
from virtwright.providers.libvirt.machines.building.tuning import PERIOD, quota, share_of_time
from virtwright.providers.libvirt.machines.capabilities import Capabilities
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.live import USUAL_IO_WEIGHT, Change, Way, is_there, way_from
from virtwright.providers.libvirt.machines.shares import to_host, usual
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import MachineResources, VirtualMachine

if TYPE_CHECKING:
    from libvirt import virDomain

STEP: Final = "libvirt.live"
"""The failpoint after each change of a running machine."""
_LIVE: Final = 1
"""VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_DEVICE_MODIFY_LIVE."""
_GUEST: Final = 60.0
"""Seconds that a guest may take to give a device back."""
_BALLOON: Final = 10.0
"""Seconds that a guest may take to give memory back or to take it."""
_AGAIN: Final = 10.0
Look = Callable[["virDomain"], tuple[bool | None, str]]
_NO_LIMIT: Final = 9007199254740991
"""VIR_DOMAIN_MEMORY_PARAM_UNLIMITED."""
_BYTES: Final = 1
"""VIR_DOMAIN_BLOCK_RESIZE_BYTES."""


class Changer:
    """Of one host's machines."""

    def __init__(self, connection: LibvirtConnection, capabilities: Capabilities) -> None:
        self._libvirt = connection
        self._capabilities = capabilities
        self._abilities = ABILITIES[connection.address.driver]

    def way(self, id: str, goal: VirtualMachine, context: Context) -> Way:
        """From what runs to what is defined."""
        live, definition = self._both(id, context)
        if live.find("cputune/shares") is None and definition.find("cputune/shares") is None:
            return way_from(live, definition, goal, self._abilities)
        return way_from(live, definition, goal, self._abilities, usual(unified=self._capabilities.unified()))

    def change(self, id: str, name: str, goal: VirtualMachine, context: Context) -> bool:
        """Go that way. Returns whether something is left that a restart alone can bring about: it was not promised, and is not
        done. Raises ``HostError`` where the guest does not play along."""
        way = self.way(id, goal, context)
        waiting = list(way.restart)
        for each in way.changes:
            context.progress(f"{_DOING[each.verb]} {each.what}")
            try:
                self._carry_out(id, name, each, goal, context)
            except RefusedByDriverError as error:
                waiting.append(f"{each.what} ({error.message})")
            reach(STEP)
        self._describe(id, goal, context)
        if waiting:
            context.progress(f"takes effect after a restart: {', '.join(waiting)}")
        return bool(waiting)

    def grow(self, id: str, target: str, path: str, size: int, context: Context, *, runs: bool) -> None:
        """A disk to at least ``size`` bytes, of a machine that runs or not."""
        self._libvirt.call(
            f"grow the disk {target}",
            lambda libvirt: _grow(libvirt, libvirt.lookupByUUIDString(id), target, path, size, runs),
            context,
            timeout=_GUEST,
        )

    def _both(self, id: str, context: Context) -> tuple[Element, Element]:
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        def read(libvirt: Any) -> tuple[str, str]:
            domain = libvirt.lookupByUUIDString(id)
            secure = lib.VIR_DOMAIN_XML_SECURE
            return domain.XMLDesc(secure), domain.XMLDesc(secure | lib.VIR_DOMAIN_XML_INACTIVE)

        live, definition = self._libvirt.call("compare what runs and what is defined", read, context, repeatable=True)
        return from_text(live), from_text(definition)

    def _tuning(self, goal: VirtualMachine) -> "Callable[[virDomain], None]":
        """With shares in the host's numbers."""
        unified = self._capabilities.unified()
        told = goal.resources.cpu_shares
        shares = usual(unified=unified) if told is None else to_host(told, unified=unified)
        tune = _tune if self._abilities.has_cpus else _tune_time
        return partial(tune, goal=goal, shares=shares)

    def _carry_out(self, id: str, name: str, change: Change, goal: VirtualMachine, context: Context) -> None:
        carry_out = self._tuning(goal) if change.verb == "resources" else partial(_do, change=change)
        try:
            self._libvirt.call(
                f"give {name} {change.what}" if change.number else f"{change.verb} {change.what} of {name}",
                lambda libvirt: carry_out(libvirt.lookupByUUIDString(id)),
                context,
                timeout=_GUEST,
            )
        except WaitTimeoutError:
            if change.verb not in ("cpus", "detach"):  # of these, libvirt waits for the guest for some seconds only
                raise
        if change.verb == "detach":
            self._wait_gone(id, name, change, context)
        elif change.verb == "cpus":
            self._wait_for_cpus(id, name, change, context)
        elif change.verb == "memory" and self._abilities.tells_balloon:
            self._wait_for_memory(id, change.number, context)

    def _wait_gone(self, id: str, name: str, change: Change, context: Context) -> None:
        """The guest has to let go of the device."""

        def look(domain: "virDomain") -> tuple[bool | None, str]:
            there = is_there(from_text(domain.XMLDesc()), change.key)
            return (None if there else True), "the guest still holds it"

        hint = "release it inside (umount), then apply again; or stop the machine first: power: stopped"
        self._insist(id, f"the guest of {name} to let go of {change.what}", look, change, hint, context)

    def _wait_for_cpus(self, id: str, name: str, change: Change, context: Context) -> None:
        """The guest has to let go of those that are taken from it."""

        def look(domain: "virDomain") -> tuple[bool | None, str]:
            now = domain.vcpusFlags(_LIVE)
            return (True if now == change.number else None), f"it has {now}"

        hint = "they go at its next restart: set power: stopped, apply, then running"
        self._insist(id, f"the guest of {name} to have {change.what}", look, change, hint, context)

    def _insist(self, id: str, what: str, look: Look, change: Change, hint: str, context: Context) -> None:
        """Wait until it is seen. A guest that is still booting does not hear the first time: it is asked again."""
        asked = time.monotonic()

        def probe() -> tuple[bool | None, str]:
            nonlocal asked
            found = self._libvirt.call("look", lambda libvirt: look(libvirt.lookupByUUIDString(id)), repeatable=True)
            if found[0] is None and time.monotonic() - asked > _AGAIN:
                asked = time.monotonic()
                with suppress(LibvirtError, WaitTimeoutError):  # it may be at it
                    self._libvirt.call(what, lambda libvirt: _do(libvirt.lookupByUUIDString(id), change), context)
            return found

        try:
            context.wait(what, probe, timeout=_GUEST)
        except WaitTimeoutError as error:
            raise HostError(error.message, hint=hint) from error

    def _wait_for_memory(self, id: str, wanted: int, context: Context) -> None:
        """A guest without a driver for its balloon keeps what it has: that is no error."""

        def probe() -> tuple[bool | None, str]:
            now = self._libvirt.call(
                "see how much memory it has", lambda libvirt: libvirt.lookupByUUIDString(id).info()[2], repeatable=True
            )
            return (True if abs(now - wanted) < 2048 else None), f"{now} KiB"

        try:
            context.wait("the guest to change its memory", probe, timeout=_BALLOON)
        except WaitTimeoutError:
            context.progress("the guest has not changed its memory yet")

    def _describe(self, id: str, goal: VirtualMachine, context: Context) -> None:
        text = goal.description or None
        self._libvirt.call(
            "change its description",
            lambda libvirt: libvirt.lookupByUUIDString(id).setMetadata(0, text, None, None, _LIVE),
            context,
        )


_DOING: Final = {
    "attach": "plugging in",
    "detach": "unplugging",
    "update": "changing",
    "cpus": "giving it",
    "memory": "giving it",
    "resources": "changing",
}


def _do(domain: "virDomain", change: Change) -> None:
    match change.verb:
        case "attach":
            domain.attachDeviceFlags(change.xml, _LIVE)
        case "detach":
            domain.detachDeviceFlags(change.xml, _LIVE)
        case "update":
            domain.updateDeviceFlags(change.xml, _LIVE)
        case "cpus":
            domain.setVcpusFlags(change.number, _LIVE)
        case "memory":
            domain.setMemoryFlags(change.number, _LIVE)


def _tune(domain: "virDomain", goal: VirtualMachine, shares: int) -> None:
    """All of them; what is not said is put back to what it usually is."""
    resources = goal.resources
    limit = resources.cpu_limit
    domain.setSchedulerParametersFlags({"cpu_shares": shares}, _LIVE)
    domain.setSchedulerParametersFlags(
        {"global_period": PERIOD, "global_quota": -1 if limit is None else quota(limit)}, _LIVE
    )
    hard = _NO_LIMIT if resources.memory_limit is None else resources.memory_limit // 1024
    domain.setMemoryParameters({"hard_limit": hard}, _LIVE)
    _weigh(domain, resources)


def _tune_time(domain: "virDomain", goal: VirtualMachine, shares: int) -> None:
    """Where CPUs are a share of the host's time, and memory is a limit by itself."""
    time = {"vcpu_period": PERIOD, "vcpu_quota": quota(share_of_time(goal))}
    domain.setSchedulerParametersFlags({"cpu_shares": shares, **time}, _LIVE)
    _weigh(domain, goal.resources)


def _weigh(domain: "virDomain", resources: MachineResources) -> None:
    if resources.io_weight is not None or _has_weight(domain):
        domain.setBlkioParameters({"weight": resources.io_weight or USUAL_IO_WEIGHT}, _LIVE)


def _has_weight(domain: "virDomain") -> bool:
    return from_text(domain.XMLDesc()).find("blkiotune/weight") is not None


def _grow(libvirt: Any, domain: "virDomain", target: str, path: str, size: int, runs: bool) -> None:
    from virtwright.providers.libvirt.storage.lookup import volume_in_folder

    volume = volume_in_folder(libvirt, path) or libvirt.storageVolLookupByPath(path)
    if volume.info()[1] >= size:
        return
    if runs:
        domain.blockResize(target, size, _BYTES)
    else:
        volume.resize(size)

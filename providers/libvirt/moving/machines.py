"""A machine moved to another host: cold, by its disks, or live, while it runs.

Until the definition there loses its note ``arriving``, the machine is the one here; from then on it is the one there. Each step
finds what an earlier one left, so that a move which was cut off begins again or goes on (decision 0203).
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from virtwright.errors import CancelledError, HostError, NothingDoneError, UnsupportedError, VirtwrightError, Where
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.firmware import read_variables, write_variables
from virtwright.providers.libvirt.machines.lifecycle import Lifecycle
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.moving.copying import STEP, Copier
from virtwright.providers.libvirt.moving.layers import is_same_image
from virtwright.providers.libvirt.moving.leaving import definition, goes_on, has_arrived, remove_remains
from virtwright.providers.libvirt.moving.live import Migrator, Voyage, peer_address
from virtwright.providers.libvirt.moving.packing import Cargo, Load, Packer
from virtwright.providers.libvirt.moving.relocating import relocated
from virtwright.providers.libvirt.moving.survey import (
    check_arriving,
    check_cold,
    check_leaving,
    look_at,
    running,
    why_not_live,
)
from virtwright.providers.libvirt.stamps import everywhere, write_mark
from virtwright.providers.libvirt.xml import text, to_text
from virtwright.providers.moves import Journey, Passage
from virtwright.providers.refusal import known
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import Path

if TYPE_CHECKING:
    from libvirt import virConnect

_COVERS: Final[tuple[Path, ...]] = (("networks", "*", "network"), ("disks", "*", "volume"))
"""What things of a host are called, and may be called otherwise on another one."""
_HINT: Final = "let it be shut down for it:\n    libvirt: {move: cold}"
_OFF: Final = "cold: it does not run; its disks are copied"
_COLD: Final = "cold: it is shut down, its disks are copied, and it is started there; not live, as "
_LIVE: Final = "live: it goes on running while its memory and its disks are copied"


class MachineMover:
    """From one host to another."""

    def __init__(
        self, here: LibvirtConnection, there: LibvirtConnection, life_here: Lifecycle, life_there: Lifecycle
    ) -> None:
        self._here, self._there = here, there
        self._life_here, self._life_there = life_here, life_there
        self._switch = Switch(here)
        self._migrator = Migrator(here, there)
        self._copier = Copier(here, there)

    def passage(self, journey: Journey, goal: VirtualMachine) -> Passage:
        """Raises ``HostError`` for what keeps it from moving."""
        return self._survey(self._now(journey.id), journey, goal)

    def move(
        self, journey: Journey, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> Definition:
        """Raises ``NothingDoneError`` where it can't run there, and runs here as before."""
        now = self._now(journey.id)
        way = self._survey(now, journey, goal)
        ran = way.impact is not Impact.NONE
        self.end(journey, stamp.operation, context, arrived=False)
        load = Packer(self._here, self._there).pack(now, journey, goal, stamp.operation)
        try:
            self._define(now, to_text(relocated(now.root, now, load.relocation, stamp, arriving=True)), context)
            if way.impact is Impact.LIVE:
                self._sail(now, load, stamp, context)
            else:
                self._carry(now, load, context)
            found = self._life_there.update(journey.id, stamp, prior, goal, context)
        except HostError as error:
            self._take_back(journey, stamp.operation, now, error, ran=ran)
            raise
        self.end(journey, stamp.operation, context, arrived=True)
        return found

    def arrived(self, id: str) -> bool:
        return has_arrived(self._here, self._there, id)

    def end(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        """Remove what is left where the machine is not, and let it go on where it is."""
        id = journey.id
        if arrived:
            remove_remains(self._here, self._there, self._life_here, id, operation, context)
            return
        self._migrator.end_job(id)
        remove_remains(self._there, self._here, self._life_there, id, operation, context)
        now = definition(self._here, id)
        if now is not None:
            self._switch.set_autostart(id, context, wanted=now.declared.autostart)
            goes_on(self._here, id, context)

    def _survey(self, now: Definition, journey: Journey, goal: VirtualMachine) -> Passage:
        leaving = look_at(self._here, journey.id)
        check_leaving(now, leaving)
        check_arriving(self._there, now, journey, goal)
        covers = (*_COVERS, ("image",)) if self._keeps_image(now.declared.image, goal.image) else _COVERS
        if leaving.power == "stopped":
            check_cold(now)
            return Passage(Impact.NONE, _OFF, covers=covers)
        own = known(goal.libvirt)
        wanted = own.move if own is not None else None
        if wanted == "cold":
            check_cold(now)
            return Passage(Impact.REBOOT, f"{_COLD}the stack says so", covers=covers)
        why = why_not_live(self._here, self._there, now, goal)
        if why is None:
            return Passage(Impact.LIVE, _LIVE, covers=covers)
        if wanted == "live":
            raise UnsupportedError(f"{now.name} can't move live: {why}", where=Where(path="libvirt.move"), hint=_HINT)
        check_cold(now)
        return Passage(Impact.REBOOT, f"{_COLD}{why}", covers=covers)

    def _keeps_image(self, before: str | None, after: object) -> bool:
        """What is not known yet may be the image that comes along; when it is known and another one, the plan does not hold."""
        if before is None or after is None:
            return before is after
        return not isinstance(after, str) or before == after or is_same_image(self._here, before, self._there, after)

    def _now(self, id: str) -> Definition:
        found = definition(self._here, id)
        if found is None:
            raise HostError(
                "a machine that was taken over bears no stamp until it is changed, and can't move before",
                hint="change it first, where it is: its description, for example; then move it",
            )
        return found

    def _define(self, now: Definition, xml: str, context: Context) -> None:
        what = f"define the machine {now.name} on {self._there.name}"
        self._there.call(what, lambda libvirt: libvirt.defineXML(xml), context)
        reach(STEP)

    def _carry(self, now: Definition, load: Load, context: Context) -> None:
        """Cold: off here, its disks copied, then noted to be there."""
        self._switch.shut_down(now.uuid, now.name, now.declared, context)
        reach(STEP)
        for each in load.cargo:
            self._copy(each, context)
        self._carry_variables(now, context)
        if self._switch.state(now.uuid, context) != "stopped":
            raise HostError("the machine was started by somebody while its disks were copied", hint="apply again")
        self._switch.set_autostart(now.uuid, context, wanted=False)
        reach(STEP)
        self._mark(now.uuid, context, arriving=False)

    def _carry_variables(self, now: Definition, context: Context) -> None:
        """Those of its UEFI, which lie in a file of libvirt's."""
        path, arriving = text(now.root, "os/nvram"), definition(self._there, now.uuid)
        there = text(arriving.root, "os/nvram") if arriving is not None else ""
        if not path or not there:
            return
        what = f"read the firmware's variables of {now.name}"
        found = self._here.call(what, lambda libvirt: read_variables(libvirt, path, context), context, repeatable=True)
        if found is None:
            return
        what = f"write the firmware's variables of {now.name}"
        self._there.call(what, lambda libvirt: write_variables(libvirt, there, found), context)
        reach(STEP)

    def _sail(self, now: Definition, load: Load, stamp: Stamp, context: Context) -> None:
        """Live: what it can write to is sent while it does."""
        layers = load.in_layers
        for each in load.cargo:
            if each.written is None:
                self._copy(each, context)
            elif not each.awaited:
                self._copier.make(each.origin, each.pool, each.name, context, layer=layers)
        address = peer_address(self._there)
        assert address is not None, "it was surveyed"
        live = running(self._here, now.uuid)
        voyage = Voyage(
            now.uuid,
            now.name,
            address,
            to_text(relocated(live, now, load.relocation, stamp, arriving=False)),
            to_text(relocated(now.root, now, load.relocation, stamp, arriving=False)),
            [each.written for each in load.cargo if each.written is not None],
            layers,
        )
        try:
            self._migrator.carry_out(voyage, context)
        except HostError:
            if not self.arrived(now.uuid):
                raise

    def _copy(self, each: Cargo, context: Context) -> None:
        self._copier.copy(each.origin, each.pool, each.name, context, flatten=each.flatten)

    def _mark(self, id: str, context: Context, *, arriving: bool) -> None:
        """From this on the machine is there, or here again."""
        self._there.call("note where the machine is", lambda libvirt: _mark(libvirt, id, arriving=arriving), context)
        reach(STEP)

    def _take_back(self, journey: Journey, operation: str, now: Definition, error: HostError, *, ran: bool) -> None:
        """Where it does not run there, it goes on here. Raises ``NothingDoneError`` then."""
        context, id = Context(), journey.id
        try:
            if Switch(self._there).state(id) != "stopped" and self.arrived(id):
                return
            if definition(self._there, id) is not None:
                self._mark(id, context, arriving=True)
            self.end(journey, operation, context, arrived=False)
            if ran and self._switch.state(id) == "stopped":
                self._switch.start(id, now.name, context, paused=now.declared.power == "paused")
        except VirtwrightError:
            return  # the next run does the rest
        if isinstance(error, CancelledError):
            return
        message = f"{now.name} is where it was, on {self._here.name}: {error.message}"
        raise NothingDoneError(message, hint=error.hint) from error


def _mark(libvirt: "virConnect", id: str, *, arriving: bool) -> None:
    domain = libvirt.lookupByUUIDString(id)
    found = Definition.read(domain.XMLDesc(2))
    assert found is not None, "it was defined with its stamp"
    record = replace(found.record, arriving=arriving)
    write_mark(domain, replace(found.mark, notes=record.to_notes()), everywhere(domain))

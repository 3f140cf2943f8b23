"""A machine moved to another host: cold, by its disks, or live, while it runs.

Until the definition there loses its note ``arriving``, the machine is the one here; from then on it is the one there. Each step
finds what an earlier one left, so that a move which was cut off begins again or goes on (decision 0203).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError, NothingDoneError, UnsupportedError, VirtwrightError, Where
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.lifecycle import Lifecycle
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.moving.copying import STEP, Copier, stored_file
from virtwright.providers.libvirt.moving.layers import keeps_layer
from virtwright.providers.libvirt.moving.leaving import definition, has_arrived, remove_remains
from virtwright.providers.libvirt.moving.relocating import (
    Relocation,
    relocated,
    renamed_networks,
    renamed_volumes,
)
from virtwright.providers.libvirt.moving.sharing import is_shared
from virtwright.providers.libvirt.moving.survey import check_arriving, check_leaving, look_at, why_not_live
from virtwright.providers.libvirt.stamps import Mark, write_mark
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.libvirt.xml import to_text
from virtwright.providers.moves import Journey, Passage
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import Path

if TYPE_CHECKING:
    from libvirt import virConnect

_COVERS: Final[tuple[Path, ...]] = (("networks", "*", "network"), ("disks", "*", "volume"))
"""What things of a host are called, and may be called otherwise on another one."""
_HINT: Final = "let it be shut down for it:\n    libvirt: {move: cold}"
_OFF: Final = "cold: it does not run; its disks are copied"
_COLD: Final = "cold: it is shut down, its disks are copied, and it is started there; not live, as "


@dataclass(frozen=True, slots=True)
class Cargo:
    """A file that goes from one host to the other."""

    origin: StoredVolume
    pool: str
    name: str
    flatten: bool
    """It is a layer here, and a whole there."""


class MachineMover:
    """From one host to another."""

    def __init__(
        self, here: LibvirtConnection, there: LibvirtConnection, life_here: Lifecycle, life_there: Lifecycle
    ) -> None:
        self._here, self._there = here, there
        self._life_here, self._life_there = life_here, life_there
        self._files_here, self._files_there = Files(here), Files(there)

    def passage(self, journey: Journey, goal: VirtualMachine) -> Passage:
        """Raises ``HostError`` for what keeps it from moving."""
        now = self._now(journey.id)
        leaving = look_at(self._here, journey.id)
        check_leaving(now, leaving)
        networks = renamed_networks(now.declared, goal)
        check_arriving(self._there, now, journey, goal, networks)
        if leaving.power == "stopped":
            return Passage(Impact.NONE, _OFF, covers=_COVERS)
        why = why_not_live(self._here, self._there, now, goal, networks) or "that is not built"
        wanted = goal.libvirt.move if goal.libvirt is not None else None
        if wanted == "live":
            raise UnsupportedError(f"{now.name} can't move live: {why}", where=Where(path="libvirt.move"), hint=_HINT)
        why = "the stack says so" if wanted == "cold" else why
        return Passage(Impact.REBOOT, f"{_COLD}{why}", covers=_COVERS)

    def move(
        self, journey: Journey, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> Definition:
        """Raises ``NothingDoneError`` where it can't run there, and runs here again."""
        now = self._now(journey.id)
        leaving = look_at(self._here, journey.id)
        check_leaving(now, leaving)
        check_arriving(self._there, now, journey, goal, renamed_networks(now.declared, goal))
        self.end(journey, stamp.operation, context, arrived=False)
        relocation, cargo = self._packed(now, journey, goal, stamp.operation)
        root = relocated(now.root, now, relocation, stamp, arriving=True)
        self._define(now, to_text(root), context)
        self._switch_here.shut_down(journey.id, now.name, now.declared, context)
        reach(STEP)
        self._carry(cargo, context)
        self._give_up_start(journey.id, context)
        self._mark(journey.id, context, arriving=False)
        try:
            found = self._life_there.update(journey.id, stamp, prior, goal, context)
        except HostError as error:
            self._take_back(journey, stamp.operation, now, error, ran=leaving.power != "stopped")
            raise
        self.end(journey, stamp.operation, context, arrived=True)
        return found

    def arrived(self, id: str) -> bool:
        return has_arrived(self._here, self._there, id)

    def end(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        """Remove what is left where the machine is not."""
        if arrived:
            remove_remains(self._here, self._there, self._life_here, journey.id, operation, context)
            return
        remove_remains(self._there, self._here, self._life_there, journey.id, operation, context)
        now = definition(self._here, journey.id)
        if now is not None:
            wanted = int(now.declared.autostart)
            self._here.call("set its autostart", lambda libvirt: _autostart(libvirt, journey.id, wanted), context)

    @property
    def _switch_here(self) -> Switch:
        return Switch(self._here)

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

    def _packed(
        self, now: Definition, journey: Journey, goal: VirtualMachine, operation: str
    ) -> tuple[Relocation, tuple[Cargo, ...]]:
        """Where everything goes. Raises ``HostError`` where something of that name is there already."""
        names = renamed_volumes(now.declared, goal)
        folder = self._files_there.folder()
        own = {path: f"{folder}/{path.rpartition('/')[2]}" for path in now.record.own}
        cargo = [each for path in own if (each := self._own(path, own[path], operation)) is not None]
        places: dict[str, Source] = {}
        for target, source in now.former.places.items():
            if source is None:
                continue
            if source.path in own:
                places[target] = Source(own[source.path], source.format)
        for target, name in self._named(now, names):
            places[target] = self._files_there.volume(name)
            if name in journey.coming:
                cargo.append(self._coming(journey.coming[name], name))
        networks = renamed_networks(now.declared, goal)
        return Relocation(places, tuple(own.values()), networks, names), tuple(cargo)

    def _named(self, now: Definition, names: dict[str, str]) -> list[tuple[str, str]]:
        """Its disks that are no files of its own: each target, and what is there for it, by name."""
        first = 1 if now.declared.image is not None else 0
        found = []
        for disk, target in zip(now.declared.disks, now.record.disks[first:], strict=False):
            name = disk.volume or (disk.image if disk.device == "cdrom" else None)
            if name is None:
                continue
            if name not in names:
                raise HostError(
                    f"the disk {name} of {now.name} is taken out of it while it moves",
                    hint="take it out first, apply that, then move the machine",
                )
            found.append((target, names[name]))
        return found

    def _own(self, path: str, there: str, operation: str) -> Cargo | None:
        """None for what the other host sees too."""
        if path == there and is_shared(self._here, self._there, path, operation):
            return None
        if self._files_there.is_there(there):
            raise HostError(
                f"{self._there.name} has a file {there} already", hint="it is somebody's: move it out of the way first"
            )
        origin = stored_file(self._here, path)
        layer = origin.format == "qcow2" and origin.backing is not None
        pool, _, name = there.rpartition("/")
        flatten = layer and not keeps_layer(self._here, self._there, origin)
        return Cargo(origin, self._pool_there(pool), name, flatten)

    def _coming(self, here: str, there: str) -> Cargo:
        origin = stored_file(self._here, self._files_here.volume(here).path)
        pool, _, name = there.rpartition("/")
        return Cargo(origin, pool, name, flatten=origin.format == "qcow2" and origin.backing is not None)

    def _pool_there(self, folder: str) -> str:
        return self._there.call(
            "look at the default pool",
            lambda libvirt: str(libvirt.storagePoolLookupByTargetPath(folder).name()),
            repeatable=True,
        )

    def _carry(self, cargo: tuple[Cargo, ...], context: Context) -> None:
        copier = Copier(self._here, self._there)
        for each in cargo:
            copier.copy(each.origin, each.pool, each.name, context, flatten=each.flatten)

    def _give_up_start(self, id: str, context: Context) -> None:
        """It may not start here any more: not with its host either. Raises ``HostError`` where somebody has just started it."""
        if self._switch_here.state(id, context) != "stopped":
            raise HostError("the machine was started by somebody while its disks were copied", hint="apply again")
        self._here.call("set its autostart", lambda libvirt: _autostart(libvirt, id, 0), context)
        reach(STEP)

    def _mark(self, id: str, context: Context, *, arriving: bool) -> None:
        """From this on the machine is there, or here again."""
        self._there.call("note where the machine is", lambda libvirt: _mark(libvirt, id, arriving=arriving), context)
        reach(STEP)

    def _take_back(self, journey: Journey, operation: str, now: Definition, error: HostError, *, ran: bool) -> None:
        """Where it did not even start there, it goes on here. Raises ``NothingDoneError`` then."""
        context = Context()
        id = journey.id
        try:
            if Switch(self._there).state(id) != "stopped":
                return
            self._mark(id, context, arriving=True)
            self.end(journey, operation, context, arrived=False)
            if ran:
                self._switch_here.start(id, now.name, context)
        except VirtwrightError:
            return  # the next run does the rest
        message = f"{now.name} can't run on {self._there.name}, and is where it was: {error.message}"
        raise NothingDoneError(message, hint=error.hint) from error


def _mark(libvirt: "virConnect", id: str, *, arriving: bool) -> None:
    domain = libvirt.lookupByUUIDString(id)
    found = Definition.read(domain.XMLDesc(2))
    assert found is not None, "it was defined with its stamp"
    record = replace(found.record, arriving=arriving)
    flags = 2 | (1 if domain.isActive() else 0)
    write_mark(domain, Mark(found.mark.stamp, found.mark.labels, record.to_notes()), flags)


def _autostart(libvirt: "virConnect", id: str, wanted: int) -> None:
    domain = libvirt.lookupByUUIDString(id)
    if domain.autostart() != wanted:
        domain.setAutostart(wanted)

"""Machines made, changed and removed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from virtwright.errors import CreateFailedError, HostError, VirtwrightError
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import ConflictError, GoneError, or_none
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.machines.capabilities import Capabilities
from virtwright.providers.libvirt.machines.changing import Changer
from virtwright.providers.libvirt.machines.definition import Definition, noted
from virtwright.providers.libvirt.machines.drafting import Drafted, Drafter, own_seeds
from virtwright.providers.libvirt.machines.drivers import ABILITIES, Abilities
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.foreign.finding import adopted
from virtwright.providers.libvirt.machines.glance import digest
from virtwright.providers.libvirt.machines.layers import Bases, bases_of, have_moved, layer_files, snapshots_of
from virtwright.providers.libvirt.machines.leftovers import with_leftovers
from virtwright.providers.libvirt.machines.naming import Names, names_of
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.machines.reading.devices import read_disks
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.machines.reservations import Reservations, Reserved
from virtwright.providers.libvirt.machines.snapshots import Snapshots
from virtwright.providers.libvirt.overlays import overlay_of
from virtwright.providers.libvirt.readiness.waiting import Readiness
from virtwright.providers.libvirt.stamps import Mark, everywhere, holder_of, write_mark
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.providers.names import object_name
from virtwright.providers.taken import Holder, name_beside
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain

STEP: Final = "libvirt.machine"
"""The failpoint after each call that changes a machine."""


class Lifecycle:
    """Machines of one host."""

    def __init__(self, connection: LibvirtConnection, capabilities: Capabilities | None = None) -> None:
        self._libvirt = connection
        self._files = Files(connection)
        capabilities = capabilities or Capabilities(connection)
        self._drafter = Drafter(connection, self._files, capabilities)
        self._reservations = Reservations(connection)
        self._names = Names(connection)
        self._switch = Switch(connection)
        self._snapshots = Snapshots(connection)
        self._changer = Changer(connection, capabilities)
        self._abilities = ABILITIES[connection.address.driver]

    def create(self, stamp: Stamp, inputs: VirtualMachine, context: Context) -> Definition:
        """Define it, make what goes with it, start it, and wait until it is ready. Leaves nothing behind when it fails, or raises
        ``CreateFailedError``."""
        drafted = self._define_new(stamp, inputs, context)
        id, name = drafted.place.uuid, drafted.place.name
        try:
            reach(STEP)
            self._make_files(drafted, context)
            self._reserve(inputs, drafted.draft.record, context)
            self._switch.set_autostart(id, context, wanted=inputs.autostart)
            with Readiness(self._libvirt, id, name, inputs, context) as readiness:
                if inputs.power != "stopped":
                    self._start(drafted, inputs, context)
                    reach(STEP)
                record = replace(drafted.draft.record, complete=True, fresh=_stays_fresh(drafted, inputs))
                found = self._note(id, stamp, inputs, record, context)
                readiness.wait()
            return found
        except HostError as error:
            self._undo(id, error)
            raise

    def update(
        self, id: str, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, context: Context
    ) -> Definition:
        """Redefine it, then change what runs: live where that is possible, else by a restart that the guest is asked for."""
        now = self._called_as_stamped(self.inspect(id, context), goal, context)
        drafted = self._drafter.again(stamp, prior, goal, now)
        self._define(drafted, context, validate=overlay_of(goal) not in (None, overlay_of(prior)))
        reach(STEP)
        self._make_files(drafted, context)
        self._give_up(now, goal, drafted.draft.record, context)
        self._reserve(goal, drafted.draft.record, context)
        pending = self._bring_about(now, drafted, goal, context)
        reach(STEP)
        self._switch.set_autostart(id, context, wanted=goal.autostart)
        own = self._without_seed(now.name, drafted, context)
        fresh = _stays_fresh(drafted, goal)
        record = replace(drafted.draft.record, complete=True, restart=pending, own=own, fresh=fresh)
        return self._note(id, stamp, goal, record, context, now.bases)

    def _called_as_stamped(self, now: Definition, goal: VirtualMachine, context: Context) -> Definition:
        """With the name that it was made with, where somebody gave it another: libvirt renames none that runs."""
        if not now.mark.displacement(now.name):
            return now
        id, meant = now.uuid, now.mark.name
        self._switch.shut_down(id, now.name, goal, context)
        reach(STEP)
        self._libvirt.call(
            f"rename {now.name} to {meant}", lambda libvirt: libvirt.lookupByUUIDString(id).rename(meant), context
        )
        reach(STEP)
        return self.inspect(id, context)

    def stop(self, id: str, context: Context) -> None:
        """Shut it down with care; it no longer starts with its host."""
        try:
            now = self.inspect(id, context)
            self._switch.set_autostart(id, context, wanted=False)
        except GoneError:
            return
        reach(STEP)
        self._switch.shut_down(id, now.name, now.declared, context)

    def delete(self, id: str, context: Context) -> None:
        """Shut it down with care, and remove it with its own disks and its log. Volumes stay."""
        try:
            now = self.inspect(id, context)
        except GoneError:
            return
        self._switch.shut_down(id, now.name, now.declared, context)
        reach(STEP)
        self.remove(now, context)

    def inspect(self, id: str, context: Context | None = None) -> Definition:
        """Raises ``GoneError`` where there is no such machine that is ours."""
        found = Definition.read(self._text(id, context)) if _is_uuid(id) else None
        known = context.known if context is not None else None
        if found is None and _is_uuid(id) and known is not None and known.id == id:
            return self._libvirt.call(
                "look at the machine", lambda libvirt: adopted(libvirt, id, known), context, repeatable=True
            )
        if found is None:
            raise GoneError(f"the machine {id} is not this stack's", hint="apply again: it will be made anew")
        return found.over(self._bases(found, context))

    def _bases(self, found: Definition, context: Context | None) -> Bases:
        """What lies below its disks, where they lie elsewhere than was noted."""
        if not have_moved(found.settings, found.record.said):
            return {}
        return self._libvirt.call(
            "look at its snapshots",
            lambda libvirt: bases_of(libvirt.lookupByUUIDString(found.uuid)),
            context,
            repeatable=True,
        )

    def _text(self, id: str, context: Context | None) -> str:
        return self._libvirt.call(
            "look at the machine", lambda libvirt: _xml(libvirt.lookupByUUIDString(id)), context, repeatable=True
        )

    def _define_new(self, stamp: Stamp, inputs: VirtualMachine, context: Context) -> Drafted:
        name, validate = object_name(stamp), overlay_of(inputs) is not None
        drafted = self._drafter.new(stamp, inputs, name)
        try:
            self._define(drafted, context, validate=validate)
        except ConflictError:
            drafted = self._drafter.new(stamp, inputs, name_beside(name, stamp, self._holder(name, context), context))
            self._define(drafted, context, validate=validate)
        return drafted

    def _holder(self, name: str, context: Context) -> Holder | None:
        xml = self._libvirt.call(
            "look at the machine",
            lambda libvirt: or_none(lambda: _xml(libvirt.lookupByName(name))),
            context,
            repeatable=True,
        )
        return holder_of(from_text(xml)) if xml is not None else None

    def _define(self, drafted: Drafted, context: Context, *, validate: bool) -> None:
        """``validate``: hold it against libvirt's schema, since libvirt passes over what it does not know."""
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        xml, flags = to_text(drafted.draft.root), lib.VIR_DOMAIN_DEFINE_VALIDATE if validate else 0
        what = f"define the machine {drafted.place.name}"
        self._libvirt.call(what, lambda libvirt: libvirt.defineXMLFlags(xml, flags), context)

    def _make_files(self, drafted: Drafted, context: Context) -> None:
        for own in drafted.new:
            with self._disowned_if_taken(own.path, drafted, context):
                self._files.make(own.path, own.disk, own.format, own.backing, context)
            reach(STEP)
        if drafted.seed is not None:
            content = self._abilities.layout.seed(drafted.seed.documents, context)
            with self._disowned_if_taken(drafted.seed.path, drafted, context):
                self._files.put(drafted.seed.path, content, context)
            reach(STEP)

    @contextmanager
    def _disowned_if_taken(self, path: str, drafted: Drafted, context: Context) -> Iterator[None]:
        """A file that somebody put there since the machine was drafted is theirs, and must not go with the machine."""
        try:
            yield
        except ConflictError:
            record = drafted.draft.record
            record = replace(record, own=tuple(each for each in record.own if each != path))
            mark = self.inspect(drafted.place.uuid, context).mark
            self._write(drafted.place.uuid, replace(mark, notes=record.to_notes()), context)
            raise

    def _without_seed(self, name: str, drafted: Drafted, context: Context) -> tuple[str, ...]:
        """The machine's own files, once a seed that nobody reads any more is removed."""
        own = drafted.draft.record.own
        old = own_seeds(own, name, self._abilities.layout) if not drafted.place.seeded else []
        for path in old:
            self._files.remove(path, context)
            reach(STEP)
        return tuple(path for path in own if path not in old)

    def _reserve(self, inputs: VirtualMachine, record: MachineRecord, context: Context) -> None:
        wanted = _reserved(inputs, record)
        self._reservations.put(wanted, context)
        self._names.change((), names_of(inputs), context)
        if wanted:
            reach(STEP)

    def _give_up(self, before: Definition, goal: VirtualMachine, after: MachineRecord, context: Context) -> None:
        """The addresses of interfaces that are gone, went to another network, or have none fixed any more."""
        kept = {
            (mac, join.network) for join, mac in zip(goal.networks, after.macs, strict=True) if join.address is not None
        }
        had = {mac: network for mac, network in _fixed(before).items() if (mac, network) not in kept}
        self._reservations.drop(had, context)
        self._names.change(names_of(before.declared), names_of(goal), context)

    def _bring_about(self, now: Definition, drafted: Drafted, goal: VirtualMachine, context: Context) -> bool:
        """Let run what is defined. Returns whether something waits for a restart that was not promised."""
        id, name = now.uuid, now.name
        runs = self._switch.state(id, context) != "stopped"
        if runs and goal.power != "stopped" and not self._must_restart(id, drafted, goal, context):
            self._grow(drafted, goal, context, runs=True)
            pending = self._changer.change(id, name, goal, context)
            self._reservations.renew(id, _reserved(goal, drafted.draft.record), context)
            self._set_power(id, name, goal, context)
            return pending
        self._switch.shut_down(id, name, goal, context)
        if runs:
            reach(STEP)
        self._grow(drafted, goal, context, runs=False)
        if goal.power != "stopped":
            with Readiness(self._libvirt, id, name, goal, context) as readiness:
                self._start(drafted, goal, context)
                reach(STEP)
                readiness.wait()
        return False

    def _start(self, drafted: Drafted, inputs: VirtualMachine, context: Context) -> None:
        place, fresh = drafted.place, drafted.draft.record.fresh
        self._switch.start(place.uuid, place.name, context, paused=inputs.power == "paused", fresh=fresh)

    def _must_restart(self, id: str, drafted: Drafted, goal: VirtualMachine, context: Context) -> bool:
        """Whether it was promised, or left open, and is needed."""
        draft = drafted.draft
        if not draft.record.restart:
            return False
        if draft.restart - {"cpus", "memory"} or not draft.restart:
            return True
        return bool(self._changer.way(id, goal, context).restart)

    def _set_power(self, id: str, name: str, goal: VirtualMachine, context: Context) -> None:
        state = self._switch.state(id, context)
        if state == "running" and goal.power == "paused":
            self._switch.pause(id, name, context)
        elif state == "paused" and goal.power == "running":
            self._switch.resume(id, name, context)

    def _grow(self, drafted: Drafted, goal: VirtualMachine, context: Context, *, runs: bool) -> None:
        """Disks of the machine's own whose size is said."""
        first = 1 if goal.image is not None else 0
        paths = {disk["target"]: disk["path"] for disk in read_disks(drafted.draft.root)}
        for disk, target in zip(goal.disks, drafted.draft.record.disks[first:], strict=False):
            if disk.volume is None and disk.size is not None and paths.get(target) is not None:
                self._changer.grow(drafted.place.uuid, target, paths[target], disk.size, context, runs=runs)

    def _note(
        self,
        id: str,
        stamp: Stamp,
        inputs: VirtualMachine,
        record: MachineRecord,
        context: Context,
        bases: Bases | None = None,
    ) -> Definition:
        """Write down how libvirt took the definition: what differs from that later is drift. Layers of snapshots come and go
        without being any: what is below them is noted."""
        xml = self._text(id, context)
        found = Definition.read(xml)
        assert found is not None, "it was defined with its stamp"
        found = found.over(bases or {})
        record = replace(record, said=found.settings, digest=digest(xml))
        mark = noted(found.mark, stamp, inputs, record)
        self._write(id, mark, context)
        reach(STEP)
        return replace(found, mark=mark, record=record)

    def _write(self, id: str, mark: Mark, context: Context) -> None:
        """In the definition and, where it runs, in what runs."""

        def write(libvirt: "virConnect") -> None:
            domain = libvirt.lookupByUUIDString(id)
            write_mark(domain, mark, everywhere(domain))

        self._libvirt.call("note what the machine is", write, context)

    def remove(self, now: Definition, context: Context) -> None:
        """What is left where this is cut off still bears the stamp."""
        self._remove_layers(now, context)
        self._reservations.drop(_fixed(now), context)
        self._names.change(names_of(now.declared), (), context)
        for path in now.record.own:
            self._files.remove(path, context)
            reach(STEP)
        console_log.remove(self._libvirt, now.name, context)
        try:
            self._libvirt.call(
                f"remove the machine {now.name}",
                lambda libvirt: _undefine(libvirt, now.uuid, now.record.had, self._abilities),
                context,
            )
        except GoneError:
            return
        reach(STEP)

    def _remove_layers(self, now: Definition, context: Context) -> None:
        """The files of its snapshots. Volumes outlive the machine: what was written into layers over them is put into them first."""

        def look(libvirt: "virConnect") -> tuple[bool, set[str]]:
            domain = libvirt.lookupByUUIDString(now.uuid)
            bases = bases_of(domain)
            theirs = {base.path for base in bases.values()} - {*now.record.own}
            return bool(theirs), layer_files(snapshots_of(domain), from_text(_xml(domain)), bases) if bases else set()

        def find() -> tuple[bool, set[str]]:
            return self._libvirt.call("look at its snapshots", look, context, repeatable=True)

        try:
            over_volumes, files = find()
        except GoneError:
            return
        if over_volumes:
            self._snapshots.commit_all(now.uuid, context)
            _, files = find()
        for path in sorted(files):
            self._files.remove(path, context)
            reach(STEP)

    def _undo(self, id: str, error: HostError) -> None:
        context = Context()
        try:
            now = self.inspect(id, context)
            self._switch.switch_off(id, now.name, context)
            self.remove(now, context)
        except GoneError:
            return
        except VirtwrightError:
            raise CreateFailedError(error.message, id=id, hint=error.hint) from error


def _stays_fresh(drafted: Drafted, inputs: VirtualMachine) -> bool:
    """Its next start is the first one with its firmware."""
    return drafted.draft.record.fresh and inputs.power == "stopped"


def _reserved(inputs: VirtualMachine, record: MachineRecord) -> list[Reserved]:
    joins = zip(inputs.networks, record.macs, strict=True)
    return [Reserved(join.network, mac, join.address) for join, mac in joins if join.address is not None]


def _fixed(machine: Definition) -> dict[str, str]:
    """Networks by MAC address, of its interfaces whose address is fixed."""
    joins = zip(machine.declared.networks, machine.record.macs, strict=False)
    return {mac: join.network for join, mac in joins if join.address is not None}


def _is_uuid(id: str) -> bool:
    return len(id) == 36 and id.count("-") == 4


def _xml(domain: "virDomain") -> str:
    from virtwright.providers.libvirt.connection.library import libvirt

    xml: str = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
    return xml


def _undefine(libvirt: "virConnect", id: str, had: Collection[str], abilities: Abilities) -> None:
    """With what libvirt keeps of it: a saved state, snapshots' metadata, the firmware's variables, the TPM's state."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    domain = libvirt.lookupByUUIDString(id)
    flags = 0
    if abilities.forgets_saved:
        flags |= lib.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    if abilities.knows_snapshots:
        flags |= lib.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    if abilities.keeps_leftovers:
        flags |= lib.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | lib.VIR_DOMAIN_UNDEFINE_NVRAM
        flags |= lib.VIR_DOMAIN_UNDEFINE_TPM
        if with_leftovers(root := from_text(_xml(domain)), had):
            with suppress(lib.libvirtError):  # without the firmware's package on the host nothing of it can be defined
                domain = libvirt.defineXML(to_text(root))
    domain.undefineFlags(flags)

"""One machine as its host has it, and what its definition is to become."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.drivers import Abilities
from virtwright.providers.libvirt.machines.foreign.keeping import keep
from virtwright.providers.libvirt.machines.impacts import machine_diff
from virtwright.providers.libvirt.machines.layers import Bases, settled
from virtwright.providers.libvirt.machines.leftovers import kept_parts
from virtwright.providers.libvirt.machines.pairing import pair_networks
from virtwright.providers.libvirt.machines.place import Place, Source, mac_addresses
from virtwright.providers.libvirt.machines.reading.devices import read_disks
from virtwright.providers.libvirt.machines.reading.inputs import in_force
from virtwright.providers.libvirt.machines.reading.settings import Settings, read_password, read_settings
from virtwright.providers.libvirt.machines.record import MachineRecord, declared_inputs
from virtwright.providers.libvirt.machines.redefining import Kept, redefined
from virtwright.providers.libvirt.machines.sourcing import Former, Sourced
from virtwright.providers.libvirt.stamps import Mark, mark_element, read_mark
from virtwright.providers.libvirt.xml import attribute, from_text, text
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import VirtualMachine


@dataclass(frozen=True)
class Definition:
    """A definition of libvirt's, read with its secrets."""

    root: Element
    mark: Mark
    record: MachineRecord
    declared: VirtualMachine
    """The inputs that it was made of, but for what only the state knows."""
    settings: Settings = field(default_factory=dict)
    bases: Bases = field(default_factory=dict)
    """The disks below the layers that ``root`` names; ``settings`` have them in the layers' place."""

    @classmethod
    def read(cls, xml: str) -> "Definition | None":
        """None where it bears no stamp, or that of another machine."""
        root = from_text(xml)
        mark = read_mark(root)
        if mark is None or not mark.urn.type.endswith(":VirtualMachine"):
            return None
        record = MachineRecord.from_notes(mark.notes)
        return cls(root, mark, record, _declared(record, mark, root), read_settings(root))

    def over(self, bases: Bases) -> "Definition":
        """The same, where snapshots have laid layers over these disks."""
        if not bases:
            return self
        return replace(self, settings=settled(self.settings, bases, self.record.said), bases=bases)

    @property
    def name(self) -> str:
        return text(self.root, "name")

    @property
    def uuid(self) -> str:
        return text(self.root, "uuid")

    def inputs(self) -> VirtualMachine:
        """Those that are in force, as the definition says."""
        return in_force(self.declared, self.record, self.settings)

    @property
    def former(self) -> Former:
        """Its disks, for the next definition."""
        blocks = {attribute(each, "source", "dev") for each in self.root.iterfind("devices/*[@type='block']")}
        places = {disk["target"]: _source(disk, block=disk["path"] in blocks) for disk in read_disks(self.root)}
        return Former(
            self.declared,
            places,
            self.record.disks,
            self.record.own,
            self.record.seeded,
            self.record.said is None,
            {target: base.path for target, base in self.bases.items()},
        )


def _source(disk: Mapping[str, Any], *, block: bool) -> Source | None:
    return Source(disk["path"], disk["format"], block) if disk["path"] else None


def _declared(record: MachineRecord, mark: Mark, root: Element) -> VirtualMachine:
    """With what the domain keeps in a place of its own."""
    found = record.declared()
    description = root.findtext("description") or "" if record.said is None else record.said.get("description", "")
    changes: dict[str, Any] = {"labels": dict(mark.labels), "description": str(description)}
    password = read_password(root)
    if isinstance(found.graphics, Graphics) and found.graphics.password != password:
        changes["graphics"] = found.graphics.model_copy(update={"password": password})
    return found.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition that is to be written."""

    root: Element
    record: MachineRecord
    restart: frozenset[str] = frozenset()
    """Fields whose change a running guest sees after a restart only."""


def draft_new(stamp: Stamp, inputs: VirtualMachine, place: Place, sourced: Sourced) -> Draft:
    """Of a machine that is not there yet; not complete before all else is done."""
    record = replace(_record(inputs, place, sourced), fresh=inputs.firmware == "uefi", had=kept_parts(inputs))
    marked = replace(place, marks=(_mark(stamp, inputs, record, place.uuid, place.name),))
    return Draft(build_domain(inputs, marked), record)


def draft_again(
    stamp: Stamp, goal: VirtualMachine, place: Place, sourced: Sourced, now: Definition, abilities: Abilities
) -> Draft:
    """Of one that is there: all that did not change stays as libvirt made it."""
    prior = now.inputs()
    restart = frozenset(
        str(change.path[0])
        for change in machine_diff(prior, _as_told(goal, prior), abilities).changes
        if change.impact is Impact.REBOOT
    )
    kept = _kept(prior, now.declared, goal)
    record = replace(
        _record(goal, place, sourced),
        complete=now.record.complete,
        fresh=goal.firmware == "uefi" and (now.record.fresh or not kept.firmware),
        had=tuple(sorted({*now.record.had, *kept_parts(now.declared), *kept_parts(goal)})),
        restart=bool(restart) or now.record.restart,
        adopted=now.record.adopted,
    )
    marked = replace(place, marks=(_mark(stamp, goal, record, place.uuid, place.name),))
    root = redefined(now.root, build_domain(goal, marked), kept)
    if now.record.adopted:
        same_order = _boot_orders(prior) == _boot_orders(goal)
        keep(root, now.root, now.record.disks, now.record.macs, cpu=kept.cpu, boot_order=same_order)
    return Draft(root, record, restart)


def _as_told(goal: VirtualMachine, prior: VirtualMachine) -> VirtualMachine:
    """Without what the host can't tell of ``prior``."""
    return goal.model_copy(update={"cloud_init": prior.cloud_init})


def _boot_orders(inputs: VirtualMachine) -> list[int | None]:
    return [*(each.boot_order for each in inputs.disks), *(each.boot_order for each in inputs.networks)]


def draft_for_restart(draft: Draft, stamp: Stamp, goal: VirtualMachine, now: Definition, field: str) -> Draft:
    """The same, with a restart for the sake of one more field."""
    record = replace(draft.record, restart=True)
    mark = _mark(stamp, goal, record, now.uuid, now.name)
    if (metadata := draft.root.find("metadata")) is not None:
        metadata[:] = [mark, *(each for each in metadata if each.tag != mark.tag)]
    return replace(draft, record=record, restart=draft.restart | {field})


def _record(inputs: VirtualMachine, place: Place, sourced: Sourced) -> MachineRecord:
    return MachineRecord(
        inputs=declared_inputs(inputs),
        disks=tuple(disk.target for disk in place.disks),
        macs=place.macs,
        seeded=place.seeded,
        own=sourced.own,
    )


def _mark(stamp: Stamp, inputs: VirtualMachine, record: MachineRecord, uuid: str, name: str) -> Element:
    return mark_element(Mark(stamp, inputs.labels, record.to_notes()), uuid, name)


def _kept(prior: VirtualMachine, declared: VirtualMachine, goal: VirtualMachine) -> Kept:
    """Where what is in force, what was declared and what is wanted are the same."""

    def same(*path: str) -> bool:
        values = [_at(each, path) for each in (prior, declared, goal)]
        return bool(values[0] == values[1] == values[2])

    return Kept(
        platform=same("machine_type") and same("architecture"),
        firmware=same("firmware") and same("libvirt", "secure_boot"),
        cpu=same("cpu"),
        watchdog=same("libvirt", "watchdog"),
        others=same("libvirt", "xml"),
    )


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = getattr(value, name, None)
    return value or None


def noted(mark: Mark, stamp: Stamp, inputs: VirtualMachine, record: MachineRecord) -> Mark:
    """The mark of a machine that is as it should be."""
    return replace(mark, stamp=stamp, labels=dict(inputs.labels), notes=record.to_notes())


def mac_of(urn: str, inputs: VirtualMachine, now: Definition | None) -> tuple[str, ...]:
    """The interfaces' addresses: those that are said, those that they have, and new ones."""
    fresh = mac_addresses(urn, inputs.networks)
    if now is None:
        return fresh
    pairs = pair_networks(now.declared.networks, inputs.networks)
    has = now.record.macs
    macs: list[str] = []
    for join, old, new in zip(inputs.networks, pairs, fresh, strict=True):
        kept = has[old] if old is not None and old < len(has) else None
        macs.append(join.mac or (kept if kept is not None and kept not in macs else new))
    return tuple(macs)

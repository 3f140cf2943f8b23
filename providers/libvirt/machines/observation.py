"""What a host says of a stack's machines: a few calls for all of them, and one for each."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.diff import Change, Impact
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.shared_out import shared_out
from virtwright.providers.libvirt.machines.addresses import Addresses, look_up
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.glance import Machine, glance, runs_as_defined
from virtwright.providers.libvirt.machines.layers import bases_of, have_moved, settled
from virtwright.providers.libvirt.machines.power import Power
from virtwright.providers.libvirt.machines.reading.inputs import UNTOLD, in_force, root_is_missing
from virtwright.providers.libvirt.machines.reading.settings import Settings, read_settings
from virtwright.providers.libvirt.stamps import has_mark
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain

_MIB: Final = 1024**2
_ROUNDED: Final = 2 * _MIB
_TOLD: Final = VirtualMachine.model_fields.keys() - UNTOLD


@dataclass(frozen=True, slots=True)
class Seen:
    """One machine, as it was listed."""

    machine: Machine
    power: Power
    autostart: bool
    live: Settings | None
    """Those of what runs, where they may differ from the definition's; with the disks in the place of layers over them."""


def observe(connection: LibvirtConnection, stack: str) -> Iterator[Observed[VirtualMachine, VirtualMachineOutputs]]:
    found = connection.call("list its machines", lambda libvirt: list_machines(libvirt, stack), repeatable=True)
    addresses = look_up(connection, [each.machine for each in found])
    for each in found:
        yield observed(each, addresses)


def observed(seen: Seen, addresses: Addresses) -> Observed[VirtualMachine, VirtualMachineOutputs]:
    machine = seen.machine
    record = machine.record
    inputs = in_force(machine.declared, record, _now(seen.live, machine))
    changes: dict[str, Any] = {}
    if seen.power != inputs.power:
        changes["power"] = seen.power
    if seen.autostart != inputs.autostart:
        changes["autostart"] = seen.autostart
    joins = addresses.fixed(inputs, record)
    if joins != inputs.networks:
        changes["networks"] = joins
    return Observed(
        machine.mark.stamp,
        machine.uuid,
        _told(inputs, changes),
        outputs_of(machine, seen.power, addresses),
        (*machine.mark.displacement(machine.name), *_drift(machine)),
        record.complete,
    )


def _told(inputs: VirtualMachine, changes: Mapping[str, Any]) -> VirtualMachine:
    """All fields count as given but those that a domain doesn't tell, which have no value."""
    told = inputs.model_copy(update={**changes, **dict.fromkeys(UNTOLD)})
    told.model_fields_set.update(_TOLD)
    told.model_fields_set.difference_update(UNTOLD)
    return told


def outputs_of(definition: Machine, power: Power, addresses: Addresses) -> VirtualMachineOutputs:
    found = addresses.of(definition)
    return VirtualMachineOutputs(
        id=definition.uuid,
        name=definition.name,
        address=next(iter(found.values()), None),
        addresses=found,
        state=power,
    )


def _drift(definition: Machine) -> Iterator[Change]:
    record = definition.record
    if record.said is None:
        impact = Impact.REBOOT if record.restart else Impact.LIVE
        yield Change(("definition",), "an interrupted change", "complete", impact)
    elif record.restart:
        yield Change(("restart",), "pending", "done", Impact.REBOOT)
    elif root_is_missing(definition.declared, record, definition.settings):
        yield Change(("image",), None, definition.declared.image, Impact.REBOOT)


def _now(live: Settings | None, definition: Machine) -> Settings:
    """The definition's settings; where they are as they were, those of what runs, as far as the two can differ without a
    restart. What a guest has not given back yet is no difference."""
    defined, said = definition.settings, definition.record.said
    if live is None or said is None:
        return defined
    told = {"cpus": live["cpus"], "disks": live["disks"], "networks": live["networks"]}
    if live["memory"] < defined["memory"] - _ROUNDED:
        told["memory"] = live["memory"]
    if definition.declared.max_cpus is not None:
        told["max_cpus"] = live["max_cpus"]
    if definition.declared.max_memory is not None and abs(live["max_memory"] - defined["max_memory"]) > _ROUNDED:
        told["max_memory"] = live["max_memory"]
    return {**defined, **{name: value for name, value in told.items() if defined[name] == said[name]}}


def list_machines(libvirt: "virConnect", stack: str) -> list[Seen]:
    """Those that bear the stack's stamp: three calls, and one for each machine of the host; more where something differs."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    domains = libvirt.listAllDomains()
    started = _ids(libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_AUTOSTART))
    runs_any = any(each.ID() >= 0 for each in domains)
    stats = _stats(libvirt) if runs_any else {}
    paused = _paused(libvirt, stats) if runs_any else set()

    def seen(domain: "virDomain") -> Seen | None:
        try:
            return _seen(domain, stack, started, paused, stats)
        except lib.libvirtError as error:
            if error.get_error_code() != lib.VIR_ERR_NO_DOMAIN:
                raise
            return None  # it went meanwhile

    return [each for each in shared_out(domains, seen) if each is not None]


def _seen(
    domain: "virDomain", stack: str, started: set[str], paused: set[str], stats: Mapping[str, Mapping[str, Any]]
) -> Seen | None:
    """None for one that is none of the stack's machines."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    xml = domain.XMLDesc(lib.VIR_DOMAIN_XML_INACTIVE | lib.VIR_DOMAIN_XML_SECURE)
    if not has_mark(xml) or stack not in xml:
        return None
    machine = glance(xml)
    if machine is None or machine.mark.stamp.stack != stack or machine.record.arriving:
        return None
    id, runs = machine.uuid, domain.ID() >= 0
    power: Power = "paused" if id in paused else "running" if runs else "stopped"
    live = _live(domain, xml) if runs and _may_differ(machine, stats.get(id)) else None
    if _has_layers(machine, live):
        bases = bases_of(domain)
        live = settled(live, bases, machine.record.said) if live is not None else None
        machine = machine.over(bases) if isinstance(machine, Definition) else machine
    return Seen(machine, power, id in started, live)


def _live(domain: "virDomain", definition: str) -> Settings | None:
    """None where what runs is as it is defined, word for word."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    xml = domain.XMLDesc(lib.VIR_DOMAIN_XML_SECURE)
    return None if runs_as_defined(xml, definition, domain.ID()) else read_settings(from_text(xml))


def _has_layers(machine: Machine, live: Settings | None) -> bool:
    """Whether disks lie elsewhere than was noted, in the definition or in what runs: snapshots may be why."""
    said = machine.record.said
    if isinstance(machine, Definition) and have_moved(machine.settings, said):
        return True
    return live is not None and have_moved(live, said)


def _ids(domains: "list[virDomain]") -> set[str]:
    return {each.UUIDString() for each in domains}


def _paused(libvirt: "virConnect", stats: Mapping[str, Mapping[str, Any]]) -> set[str]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    if not stats:
        return _ids(libvirt.listAllDomains(lib.VIR_CONNECT_LIST_DOMAINS_PAUSED))
    return {id for id, told in stats.items() if told.get("state.state") == lib.VIR_DOMAIN_PAUSED}


def _stats(libvirt: "virConnect") -> dict[str, Mapping[str, Any]]:
    """One call for all that run: the state, how many CPUs, disks and interfaces, and how much memory."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    wanted = (
        lib.VIR_DOMAIN_STATS_STATE
        | lib.VIR_DOMAIN_STATS_BALLOON
        | lib.VIR_DOMAIN_STATS_VCPU
        | lib.VIR_DOMAIN_STATS_BLOCK
        | lib.VIR_DOMAIN_STATS_INTERFACE
    )
    flags = lib.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | lib.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
    try:
        return {domain.UUIDString(): told for domain, told in libvirt.getAllDomainStats(wanted, flags)}
    except lib.libvirtError:
        return {}  # a driver that knows no statistics: each is looked at


def _may_differ(machine: Machine, stats: Mapping[str, Any] | None) -> bool:
    """Whether what runs may be something else than what is defined; without statistics it may."""
    if stats is None or "vcpu.maximum" not in stats:
        return True
    said = machine.settings
    paths = {str(disk["path"]) for disk in said["disks"] if disk["path"]}
    running = {str(stats.get(f"block.{index}.path")) for index in range(int(stats.get("block.count", 0)))} - {"None"}
    return (
        stats.get("vcpu.current") != said["cpus"]
        or stats["vcpu.maximum"] != said["max_cpus"]
        or int(stats.get("balloon.current", 0)) * 1024 < said["memory"] - _ROUNDED
        or abs(int(stats.get("balloon.maximum", 0)) * 1024 - said["max_memory"]) > _ROUNDED
        or paths != running
        or int(stats.get("net.count", 0)) != len(said["networks"])
    )

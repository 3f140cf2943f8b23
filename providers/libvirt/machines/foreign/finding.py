"""Looking for machines by their UUIDs and names."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from virtwright.errors import HostError
from virtwright.providers.base import Found, Stamp
from virtwright.providers.context import Known
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.foreign.telling import tell, tell_all
from virtwright.providers.libvirt.machines.layers import bases_of, without_layers
from virtwright.providers.libvirt.machines.power import Power, power_of
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.machines.record import MachineRecord, declared_inputs
from virtwright.providers.libvirt.stamps import Mark, read_mark
from virtwright.providers.libvirt.storage.volume import reference_to
from virtwright.providers.libvirt.xml import from_text, text
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain


def find_machines(
    connection: LibvirtConnection, names: Collection[str] | None
) -> Iterator[Found[VirtualMachine, VirtualMachineOutputs]]:
    """One listing, three calls for each machine, and one for each of its disks. Nothing is changed."""
    found = connection.call("list its machines", lambda libvirt: list(_found(libvirt, names)), repeatable=True)
    yield from found


def _found(
    libvirt: "virConnect", names: Collection[str] | None
) -> Iterator[Found[VirtualMachine, VirtualMachineOutputs]]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    for domain in libvirt.listAllDomains():
        if names is not None and domain.name() not in names and domain.UUIDString() not in names:
            continue
        try:
            xml, power, autostart = _read(domain)
            bases = bases_of(domain)
        except lib.libvirtError as error:
            if error.get_error_code() == lib.VIR_ERR_NO_DOMAIN:
                continue  # it went meanwhile
            raise
        root = without_layers(_parsed(xml, domain.name()), bases)
        yield _told(libvirt, root, power, autostart=autostart)


def _read(domain: "virDomain") -> tuple[str, Power, bool]:
    """A transient machine has no definition but what runs, and can't start with its host."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    flags = lib.VIR_DOMAIN_XML_SECURE | (lib.VIR_DOMAIN_XML_INACTIVE if domain.isPersistent() else 0)
    return domain.XMLDesc(flags), power_of(domain), bool(domain.isPersistent() and domain.autostart())


def _told(
    libvirt: "virConnect", root: Element, power: Power, *, autostart: bool
) -> Found[VirtualMachine, VirtualMachineOutputs]:
    inputs, unsaid = tell(root, lambda path: reference(libvirt, path), power=power, autostart=autostart)
    mark = read_mark(root)
    id, name = text(root, "uuid"), text(root, "name")
    outputs = VirtualMachineOutputs(id=id, name=name, state=power)
    return Found(id, name, inputs, outputs, mark.stamp if mark is not None else None, unsaid=unsaid)


def adopted(libvirt: "virConnect", id: str, known: Known) -> Definition:
    """A machine that was taken over and not changed since, as if it had been made from what it tells. ``known`` is what the
    state has of it."""
    domain = libvirt.lookupByUUIDString(id)
    xml, power, autostart = _read(domain)
    root = _parsed(xml, domain.name())
    bases = bases_of(domain)
    below = without_layers(root, bases)
    told = tell_all(below, lambda path: reference(libvirt, path), power=power, autostart=autostart)
    settings = read_settings(below)
    record = MachineRecord(
        inputs=declared_inputs(told.inputs),
        said=settings,
        disks=told.disks,
        macs=tuple(join.mac or "" for join in told.inputs.networks),
        complete=True,
        adopted=True,
    )
    return Definition(root, Mark(Stamp("", known.urn, "", "")), record, told.inputs, settings, bases)


def reference(libvirt: "virConnect", path: str) -> str | None:
    """How a machine names the volume at ``path``; None where it is in no pool."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    with suppress(lib.libvirtError):
        volume = libvirt.storageVolLookupByPath(path)
        return reference_to(volume.storagePoolLookupByVolume().name(), volume.name())
    return None


def _parsed(xml: str, name: str) -> Element:
    try:
        return from_text(xml)
    except ParseError as error:
        raise HostError(f"what the host tells of the machine {name} is no XML: {error}") from error

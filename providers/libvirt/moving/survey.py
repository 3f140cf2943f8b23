"""What a machine that is to move has, and whether the other host can take it. Reads only."""

from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.power import Power, power_of
from virtwright.providers.libvirt.moving.live import peer_address
from virtwright.providers.libvirt.moving.relocating import renamed_networks
from virtwright.providers.libvirt.storage.lookup import stored_at
from virtwright.providers.libvirt.xml import attribute, from_text
from virtwright.providers.moves import Journey
from virtwright.providers.refusal import known, listed
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from libvirt import virConnect

_OF_THE_HOST: Final = {
    "hostdev": "a device of its host",
    "filesystem": "a folder of its host",
    "shmem": "shared memory",
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """The machine on the host where it is."""

    power: Power
    snapshots: int
    saved: bool
    """Its memory is in a file of its host's."""


def look_at(here: LibvirtConnection, id: str) -> Leaving:
    return here.call("look at the machine", lambda libvirt: _leaving(libvirt, id), repeatable=True)


def _leaving(libvirt: "virConnect", id: str) -> Leaving:
    domain = libvirt.lookupByUUIDString(id)
    keeps = libvirt.getType() == "QEMU"
    return Leaving(
        power_of(domain),
        domain.snapshotNum() if keeps else 0,
        bool(domain.hasManagedSaveImage()) if keeps else False,
    )


def check_leaving(now: Definition, leaving: Leaving) -> None:
    """Raises ``HostError`` for what would be lost on the way."""
    name = now.name
    if leaving.saved:
        raise HostError(
            f"the memory of {name} is saved on its host, and can't go along",
            hint=f"let it go on first, or give that up:\n    virsh start {name}\n    virsh managedsave-remove {name}",
        )
    if leaving.snapshots:
        raise HostError(
            f"{name} has {leaving.snapshots} snapshots, which can't go along",
            hint="delete them first; `virtwright snapshot list` shows them:\n    virtwright snapshot delete NAME",
        )
    for tag, what in _OF_THE_HOST.items():
        if now.root.find(f"devices/{tag}") is not None:
            raise HostError(f"{name} uses {what}, and can't move", hint="take it out of the machine first")


def check_cold(now: Definition) -> None:
    """Raises ``HostError`` for what goes along with a machine that runs only."""
    if now.root.find("devices/tpm") is not None:
        raise HostError(
            f"what the TPM of {now.name} holds can't be read while it is off, and would be lost",
            where=Where(path="libvirt.tpm"),
            hint="move it while it runs, or give up its TPM first:\n    libvirt: {tpm: false}",
        )


def check_arriving(there: LibvirtConnection, now: Definition, journey: Journey, goal: VirtualMachine) -> None:
    """Raises ``HostError`` where the other host lacks something, or has something in its way."""
    there.call(
        "look whether the machine can come",
        lambda libvirt: _check_arriving(libvirt, there.name, now, journey, goal),
        repeatable=True,
    )


def _check_arriving(libvirt: "virConnect", host: str, now: Definition, journey: Journey, goal: VirtualMachine) -> None:
    twin = or_none(lambda: libvirt.lookupByName(now.name))
    if twin is not None and twin.UUIDString() != now.uuid:
        raise HostError(f"{host} has a machine {now.name} already", hint="remove or rename that one first")
    same = or_none(lambda: libvirt.lookupByUUIDString(now.uuid))
    if same is not None and now.uuid not in journey.going and not _is_arriving(same.XMLDesc(2)):
        raise HostError(
            f"{host} has a machine with the UUID of {now.name} already",
            hint=f"it may be an old copy of it; see what it is:\n    virsh dumpxml {now.uuid}",
        )
    for index, join in listed(goal.networks):
        name = known(join.network)
        if name is not None and or_none(lambda name=name: libvirt.networkLookupByName(name)) is None:  # type: ignore[misc]
            raise HostError(
                f"{host} has no network {name}",
                where=Where(path=f"networks[{index}].network"),
                hint=f"a network of the stack is on one host: declare one for {host} too, and name that one here",
            )
    for index, disk in listed(goal.disks):
        volume = known(disk.volume)
        if volume is None or volume in journey.coming:
            continue
        if stored_at(libvirt, volume) is None:
            raise HostError(
                f"{host} has no volume {volume}",
                where=Where(path=f"disks[{index}].volume"),
                hint=f"let the volume move along: give it `host: {host}` too",
            )


def _is_arriving(xml: str) -> bool:
    found = Definition.read(xml)
    return found is not None and found.record.arriving


def why_not_live(
    here: LibvirtConnection, there: LibvirtConnection, now: Definition, goal: VirtualMachine
) -> str | None:
    """Why the machine can't go on running on its way; None where it can."""
    if here.address.driver != "qemu":
        return f"{here.address.driver} has no way to move what runs"
    drives = [attribute(each, "target", "dev") for each in now.root.iterfind("devices/disk[@device='cdrom']/source/..")]
    if {*drives} - {now.record.seed}:
        return "there is a disc in its drive"
    joined = {name for each in now.root.iterfind("devices/interface/source") if (name := each.get("network"))}
    if joined - renamed_networks(now.declared, goal).keys():
        return "an interface of it is on a network that the stack does not name"
    if goal.power == "stopped":
        return "it is to be off there"
    if peer_address(there) is None:
        return f"nothing says at which address {here.name} reaches {there.name} (`peer_address` of that host does)"
    live = running(here, now.uuid)
    return there.call("look at its processor", lambda libvirt: _lacks_processor(libvirt, live), repeatable=True)


def running(here: LibvirtConnection, id: str) -> Element:
    """The machine that runs, as another host has to take it."""
    flags = 1 | 8  # VIR_DOMAIN_XML_SECURE, VIR_DOMAIN_XML_MIGRATABLE
    return from_text(
        here.call("look at what runs", lambda libvirt: libvirt.lookupByUUIDString(id).XMLDesc(flags), repeatable=True)
    )


def _lacks_processor(there: "virConnect", running: Element) -> str | None:
    from virtwright.providers.libvirt.connection.library import libvirt
    from virtwright.providers.libvirt.xml import to_text

    cpu, type_ = running.find("cpu"), running.find("os/type")
    kind, arch = running.get("type"), type_.get("arch") if type_ is not None else None
    machine = type_.get("machine") if type_ is not None else None
    try:
        there.getDomainCapabilities(None, arch, machine, kind, 0)
        if kind != "kvm" or cpu is None or cpu.get("mode") != "custom":
            return None
        fits = there.compareHypervisorCPU(None, arch, machine, kind, to_text(cpu), 0)
    except libvirt.libvirtError as error:
        return f"the other host can't run it as it is: {error.get_error_message()}"
    return None if fits > 0 else "the processor of the other host lacks what it uses"

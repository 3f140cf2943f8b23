"""What a machine may ask of a libvirt host, as far as it can be told without asking the host."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.libvirt.cloud_init.check import check_cloud_init
from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.machines.container_check import container_refusals
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.xen_check import xen_refusals
from virtwright.providers.libvirt.xml import from_user
from virtwright.providers.refusal import Refusal, listed, refuse
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.values import Unknown

_ADDRESS6 = "libvirt reserves IPv4 addresses only; cloud-init sets an IPv6 one: give cloud_init: {}, without a network_config of your own"


def check_machine(inputs: VirtualMachine, driver: Driver) -> VirtualMachine:
    """Raises ``UnsupportedError`` and ``InputError``."""
    refusals = (*_refusals(inputs), *(each for told in _REFUSALS[driver] for each in told(inputs)))
    refuse(refusals, "a libvirt host")
    own = inputs.libvirt
    if isinstance(own, LibvirtMachine):
        _check_own(inputs, own, driver)
    return check_cloud_init(inputs)


def _refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "image", inputs.image == "host", "name an image of the stack, or the path of a disk image on the host"
    yield "ports", inputs.ports, "leave it out: give the machine a network that can be reached, or forward on the host"
    for index, disk in listed(inputs.disks):
        yield f"disks[{index}].image", disk.image == "host", "name an image of the stack, or a path of the host"
    for index, join in listed(inputs.networks):
        path = f"networks[{index}]"
        yield f"{path}.address6", join.address6 and not _configures(inputs), _ADDRESS6
        alone = join.aliases and not (join.address or join.address6)
        yield f"{path}.aliases", alone, "give it an address, which the names are for:\n    address: 10.40.0.10"


def _hypervisor_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "resources.pids", getattr(inputs.resources, "pids", None), "leave it out: a machine has a kernel of its own"
    for field in ("init", "stop_signal"):
        yield f"libvirt.{field}", getattr(inputs.libvirt, field, None), "leave it out, or use an lxc:// host"
    cpu = inputs.cpu
    if isinstance(cpu, Cpu):
        yield "cpu.features", cpu.features and cpu.mode is None and cpu.model is None, "say cpu.mode or cpu.model too"
    full = inputs.virtualization == "full"
    ceiling = isinstance(inputs.max_memory, int) and inputs.max_memory != inputs.memory
    yield "max_memory", full and ceiling, "memory changes live through virtio devices: virtualization: paravirtual"
    express = isinstance(inputs.machine_type, str) and "q35" in inputs.machine_type
    for index, disk in listed(inputs.disks):
        path = f"disks[{index}]"
        yield f"{path}.bus", disk.device == "cdrom" and disk.bus == "virtio", "a CD-ROM is on sata, scsi, ide or usb"
        yield f"{path}.bus", express and disk.bus == "ide", "a q35 machine has no IDE: use sata"
        yield f"{path}.mount", disk.mount and inputs.cloud_init is None, "cloud_init mounts it: give cloud_init: {}"


def _configures(inputs: VirtualMachine) -> bool:
    """Whether cloud-init brings the interfaces up as virtwright says; what is not known yet may."""
    config = inputs.cloud_init
    return config is not None and (isinstance(config, Unknown) or config.network_config is None)


_REFUSALS: Final[Mapping[Driver, Sequence[Callable[[VirtualMachine], Iterable[Refusal]]]]] = {
    "qemu": (_hypervisor_refusals,),
    "lxc": (container_refusals,),
    "xen": (_hypervisor_refusals, xen_refusals),
    "test": (_hypervisor_refusals,),
}


def _check_own(inputs: VirtualMachine, own: LibvirtMachine, driver: Driver) -> None:
    if isinstance(own.type, str) and own.type not in ABILITIES[driver].types:
        raise UnsupportedError(
            f"libvirt.type: a {driver} host has no machines of type {own.type}",
            where=Where(path="libvirt.type"),
            hint=f"it has {' and '.join(ABILITIES[driver].types)}",
        )
    if own.secure_boot is True and inputs.firmware in (None, "bios"):
        raise InputError.one("secure_boot needs firmware: uefi", where=Where(path="libvirt.secure_boot"))
    if isinstance(own.xml, str):
        from_user(own.xml, "libvirt.xml", "domain")

"""What a machine may ask of a libvirt host, as far as it can be told without asking the host."""

from collections.abc import Iterator

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.libvirt.cloud_init.check import check_cloud_init
from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.xml import from_user
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.values import Unknown

Refusal = tuple[str, object, str]
"""The field's path, whether it is asked for, and what to do instead."""
_TYPES = {"qemu": ("kvm", "qemu"), "xen": ("xen",), "lxc": ("lxc",), "test": ("test",)}
_ADDRESS6 = "libvirt reserves IPv4 addresses only; cloud-init sets an IPv6 one: give cloud_init: {}, without a network_config of your own"
_NO_PLATFORM = "a paravirtual guest of Xen has none; leave it out, or let it have one:\n    virtualization: full"
_QEMU_ONLY = "leave it out, or use a qemu:// host"


def check_machine(inputs: VirtualMachine, driver: Driver) -> VirtualMachine:
    """Raises ``UnsupportedError`` and ``InputError``."""
    if driver == "lxc":
        raise UnsupportedError(
            "VirtualMachine: libvirt's LXC driver runs containers", hint="use a qemu://, xen:// or namespace:// host"
        )
    for path, asked, hint in (*_refusals(inputs), *_device_refusals(inputs), *_driver_refusals(inputs, driver)):
        if asked and not isinstance(asked, Unknown):
            raise UnsupportedError(f"{path}: a libvirt host can't do this", where=Where(path=path), hint=hint)
    own = inputs.libvirt
    if isinstance(own, LibvirtMachine):
        _check_own(inputs, own, driver)
    return check_cloud_init(inputs)


def _refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    yield "image", inputs.image == "host", "name an image of the stack, or the path of a disk image on the host"
    yield "ports", inputs.ports, "leave it out: give the machine a network that can be reached, or forward on the host"
    yield "resources.pids", getattr(inputs.resources, "pids", None), "leave it out: a machine has a kernel of its own"
    cpu = inputs.cpu
    if isinstance(cpu, Cpu):
        yield "cpu.features", cpu.features and cpu.mode is None and cpu.model is None, "say cpu.mode or cpu.model too"
    full = inputs.virtualization == "full"
    ceiling = isinstance(inputs.max_memory, int) and inputs.max_memory != inputs.memory
    yield "max_memory", full and ceiling, "memory changes live through virtio devices: virtualization: paravirtual"


def _device_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    express = isinstance(inputs.machine_type, str) and "q35" in inputs.machine_type
    for index, disk in enumerate(inputs.disks if isinstance(inputs.disks, list) else []):
        if isinstance(disk, Unknown):
            continue
        path = f"disks[{index}]"
        yield f"{path}.bus", disk.device == "cdrom" and disk.bus == "virtio", "a CD-ROM is on sata, scsi, ide or usb"
        yield f"{path}.bus", express and disk.bus == "ide", "a q35 machine has no IDE: use sata"
        yield f"{path}.mount", disk.mount and inputs.cloud_init is None, "cloud_init mounts it: give cloud_init: {}"
        yield f"{path}.image", disk.image == "host", "name an image of the stack, or a path of the host"
    for index, join in enumerate(inputs.networks if isinstance(inputs.networks, list) else []):
        if not isinstance(join, Unknown):
            path = f"networks[{index}]"
            yield f"{path}.address6", join.address6 and not _configures(inputs), _ADDRESS6
            alone = join.aliases and not (join.address or join.address6)
            yield f"{path}.aliases", alone, "give it an address, which the names are for:\n    address: 10.40.0.10"


def _configures(inputs: VirtualMachine) -> bool:
    """Whether cloud-init brings the interfaces up as virtwright says; what is not known yet may."""
    config = inputs.cloud_init
    return config is not None and (isinstance(config, Unknown) or config.network_config is None)


def _driver_refusals(inputs: VirtualMachine, driver: Driver) -> Iterator[Refusal]:
    if driver != "xen":
        return
    yield "guest_agent", inputs.guest_agent, _QEMU_ONLY
    if inputs.virtualization == "paravirtual":
        yield "firmware", inputs.firmware == "uefi", _NO_PLATFORM
        yield "machine_type", inputs.machine_type, _NO_PLATFORM
    graphics = inputs.graphics
    yield "graphics", isinstance(graphics, Graphics) and graphics.type == "spice", _QEMU_ONLY


def _check_own(inputs: VirtualMachine, own: LibvirtMachine, driver: Driver) -> None:
    if isinstance(own.type, str) and own.type not in _TYPES[driver]:
        raise UnsupportedError(
            f"libvirt.type: a {driver} host has no machines of type {own.type}",
            where=Where(path="libvirt.type"),
            hint=f"it has {' and '.join(_TYPES[driver])}",
        )
    if own.secure_boot is True and inputs.firmware in (None, "bios"):
        raise InputError.one("secure_boot needs firmware: uefi", where=Where(path="libvirt.secure_boot"))
    if isinstance(own.xml, str):
        from_user(own.xml, "libvirt.xml", "domain")

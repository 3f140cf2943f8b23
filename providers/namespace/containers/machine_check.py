"""What a machine may ask of this runtime, where it is a system container."""

import platform
from collections.abc import Iterator

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.namespace.containers.common_checks import (
    check_disk_limit,
    check_image,
    check_networks,
    host_folder_refusals,
    network_refusals,
)
from virtwright.providers.namespace.containers.container_check import check_capability
from virtwright.providers.namespace.containers.refusal import Refusal, differs, given, listed, refuse
from virtwright.providers.namespace.containers.user_data import parse_user_data
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import NamespaceMachine
from virtwright.schemas.readiness import WaitFor

_HYPERVISOR = "leave it out, or use a libvirt host: a machine here is a system container"


def check_machine(inputs: VirtualMachine) -> VirtualMachine:
    """Raises ``UnsupportedError`` and ``InputError``."""
    if inputs.image is None:
        raise UnsupportedError(
            "image: a machine of the namespace runtime needs one", where=Where(path="image"), hint="give image: host"
        )
    check_image(inputs.image)
    refuse(_refusals(inputs))
    check_networks(inputs.networks, inputs.ports)
    check_disk_limit(inputs.namespace)
    if isinstance(inputs.namespace, NamespaceMachine):
        for index, name in listed(inputs.namespace.capabilities):
            check_capability(name, f"namespace.capabilities[{index}]")
    if isinstance(inputs.cloud_init, CloudInit) and isinstance(inputs.cloud_init.user_data, str):
        parse_user_data(inputs.cloud_init.user_data)
    return inputs


def _refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    machine = platform.machine()
    yield "architecture", differs(inputs.architecture, None, machine), f"leave it out: this machine is {machine}"
    yield "machine_type", given(inputs.machine_type), _HYPERVISOR
    yield "firmware", given(inputs.firmware), _HYPERVISOR
    yield "virtualization", differs(inputs.virtualization, "paravirtual"), _HYPERVISOR
    yield "cpu", differs(inputs.cpu, Cpu()), _HYPERVISOR
    yield "boot", differs(inputs.boot, "disk"), "leave it out: it runs on the host's kernel"
    graphics = inputs.graphics
    yield "graphics", isinstance(graphics, Graphics) and differs(graphics.type, "none"), "leave it out: use the log"
    yield "console", differs(inputs.console, True), "leave it out: its output is always kept"
    yield "guest_agent", given(inputs.guest_agent), "leave it out: commands run inside without an agent"
    yield "autostart", given(inputs.autostart), "leave it out: after a boot of the host, apply starts it"
    yield "switch_off", differs(inputs.switch_off, True), "leave it out: what doesn't stop in time is ended"
    yield "resources.io_weight", given(getattr(inputs.resources, "io_weight", None)), "leave it out"
    yield from network_refusals(inputs.networks, inputs.ports)
    yield from host_folder_refusals(inputs.image, inputs.namespace)
    yield from _disk_refusals(inputs)
    yield from _start_refusals(inputs)


def _disk_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    for index, disk in listed(inputs.disks):
        path, own = f"disks[{index}]", "declare a volume and name it: volume: NAME"
        yield f"{path}.image", given(disk.image), own
        yield f"{path}.size", given(disk.size), own
        yield f"{path}.mount", disk.mount is None, "say where it appears: mount: /var/lib/NAME"
        yield f"{path}.device", differs(disk.device, "disk"), _HYPERVISOR
        for field in ("format", "bus", "cache", "discard", "serial", "boot_order"):
            yield f"{path}.{field}", differs(getattr(disk, field), None), _HYPERVISOR


def _start_refusals(inputs: VirtualMachine) -> Iterator[Refusal]:
    if isinstance(inputs.wait_for, WaitFor):
        yield "wait_for.guest_agent", given(inputs.wait_for.guest_agent), "use tcp, ssh or cloud_init"
    config = inputs.cloud_init
    if isinstance(config, CloudInit):
        yield "cloud_init.network_config", given(config.network_config), "leave it out: networks says it all"
        for index, file in listed(config.write_files):
            yield f"cloud_init.write_files[{index}].in_memory", given(file.in_memory), "leave it out"

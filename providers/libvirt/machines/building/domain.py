"""A whole domain."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.building.boot import boot_elements
from virtwright.providers.libvirt.machines.building.consoles import console_devices
from virtwright.providers.libvirt.machines.building.container import container_parts
from virtwright.providers.libvirt.machines.building.disks import disk_elements
from virtwright.providers.libvirt.machines.building.extras import extra_devices
from virtwright.providers.libvirt.machines.building.interfaces import interface_elements
from virtwright.providers.libvirt.machines.building.processor import cpu_element, vcpu_element, vcpus_element
from virtwright.providers.libvirt.machines.building.tuning import limit, shares, tuning_elements
from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.overlays import with_overlay
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

KIB = 1024


def build_domain(inputs: VirtualMachine, place: Place) -> Element:
    """The domain, with the user's own fragment laid over it."""
    domain = element(
        "domain",
        element("name", place.name),
        element("uuid", place.uuid),
        element("description", inputs.description) if inputs.description else None,
        element("metadata", *place.marks) if place.marks else None,
        element("memory", in_kib(inputs.max_memory or inputs.memory), unit="KiB"),
        element("currentMemory", in_kib(inputs.memory), unit="KiB"),
        *_PARTS.get(place.domain_type, _machine_parts)(inputs, place),
        type=place.domain_type,
    )
    return with_overlay(domain, inputs)


def _machine_parts(inputs: VirtualMachine, place: Place) -> Iterator[Element | None]:
    own = inputs.libvirt or LibvirtMachine()
    resources = inputs.resources
    yield vcpu_element(inputs)
    yield vcpus_element(inputs, place)
    yield from tuning_elements(resources, [*shares(resources, unified=place.unified), *limit(resources)])
    yield from boot_elements(inputs, place)
    yield cpu_element(inputs)
    yield element("clock", offset=own.clock)
    yield element("on_crash", own.on_crash or "destroy")
    yield element(
        "devices",
        *disk_elements(inputs, place),
        *interface_elements(inputs, place),
        *console_devices(inputs, place),
        *extra_devices(inputs, place),
    )


_PARTS: Final[Mapping[str, Callable[[VirtualMachine, Place], Iterator[Element | None]]]] = {"lxc": container_parts}
"""By domain type: what makes another kind of machine than hypervisors do."""


def in_kib(size: int) -> str:
    """libvirt counts memory in KiB; what is left of one is dropped."""
    return str(size // KIB)

"""Network interfaces."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.place import Place, nic_model
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine


def interface_elements(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    for join, mac in zip(inputs.networks, place.macs, strict=True):
        yield interface_element(join, mac, nic_model(join, inputs, place.domain_type))


def interface_element(join: NetworkAttachment, mac: str, model: str) -> Element:
    return element(
        "interface",
        element("mac", address=mac),
        element("source", network=join.network),
        element("model", type=model),
        element("boot", order=join.boot_order) if join.boot_order is not None else None,
        type="network",
    )

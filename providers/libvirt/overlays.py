"""The fragment of XML that a user gives for what the vocabulary has no word for."""

from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import from_user, lay_over
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.network import Network


def overlay_of(inputs: VirtualMachine | Network) -> str | None:
    return inputs.libvirt.xml if inputs.libvirt is not None else None


def with_overlay(made: Element, inputs: VirtualMachine | Network) -> Element:
    """What was ``made`` of the inputs, with the user's fragment over it. Raises ``InputError`` where that is none."""
    if (overlay := overlay_of(inputs)) is not None:
        lay_over(made, from_user(overlay, "libvirt.xml", made.tag))
    return made

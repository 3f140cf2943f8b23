"""Consoles: serial, graphical, and the channels of agents inside the guest."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.xml import element, flag
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import VirtualMachine

AGENT: Final = "org.qemu.guest_agent.0"
SPICE_AGENT: Final = "com.redhat.spice.0"


def console_devices(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    if inputs.console:
        yield from _serial(place)
    if inputs.guest_agent:
        yield agent_element()
    if place.domain_type == "xen":
        return
    graphics = inputs.graphics
    if graphics.type != "none":
        yield from _display(graphics)
    yield element("video", element("model", type=_card(inputs)))


def _display(graphics: Graphics) -> Iterator[Element]:
    if graphics.type == "spice":
        yield element("channel", element("target", type="virtio", name=SPICE_AGENT), type="spicevmc")
    yield element("input", type="tablet", bus="usb")
    yield graphics_element(graphics)


def _serial(place: Place) -> Iterator[Element]:
    log = element("log", file=place.log, append="on") if place.log is not None else None
    if place.domain_type == "xen":
        yield element("console", element("target", type="xen"), type="pty")
        return
    yield element("serial", log, element("target", port=0), type="pty")


def agent_element() -> Element:
    """The channel of the QEMU guest agent."""
    return element("channel", element("target", type="virtio", name=AGENT), type="unix")


def graphics_element(graphics: Graphics) -> Element:
    return element(
        "graphics",
        element("listen", type="address", address=graphics.listen),
        type=graphics.type,
        port=-1 if graphics.port is None else graphics.port,
        autoport=flag(graphics.port is None),
        listen=graphics.listen,
        passwd=graphics.password,
    )


def _card(inputs: VirtualMachine) -> str:
    own = inputs.libvirt.video if inputs.libvirt is not None else None
    if own is not None or inputs.graphics.type == "none":
        return own or "none"
    return "virtio" if inputs.virtualization == "paravirtual" else "vga"

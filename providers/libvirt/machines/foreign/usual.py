"""What of a domain's XML is told by the inputs or is as it always is; all else is named. Pure.

https://libvirt.org/formatdomain.html
"""

from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import OURS

_ANY: Final = None
"""Any value."""
_Values = Mapping[str, frozenset[str] | None]


def _usual(**values: str | None) -> _Values:
    """``_usual(mode="a b", unit=None)``: attributes with their usual values; None for any."""
    return {name: _ANY if value is None else frozenset(value.split()) for name, value in values.items()}


_ELEMENTS: Final[Mapping[str, _Values]] = {
    "": _usual(type=None, id=None),
    "name": {},
    "uuid": {},
    "description": {},
    "metadata": {},
    "memory": _usual(unit=None, dumpCore="on"),
    "currentMemory": _usual(unit=None),
    "vcpu": _usual(placement="static", current=None),
    "vcpus": {},
    "vcpus/vcpu": _usual(id=None, enabled=None, hotpluggable=None, order=None),
    "os": _usual(firmware=None),
    "os/type": _usual(arch=None, machine=None),
    "os/kernel": {},
    "os/initrd": {},
    "os/cmdline": {},
    "os/loader": _usual(readonly="yes", type="pflash", secure=None, format="raw"),
    "os/nvram": _usual(template=None, templateFormat="raw", format="raw"),
    "os/firmware": {},
    "os/firmware/feature": _usual(enabled=None, name="secure-boot enrolled-keys"),
    "os/boot": _usual(dev="hd cdrom network"),
    "features": {},
    "features/acpi": {},
    "features/apic": _usual(eoi="on"),
    "features/pae": {},
    "features/smm": _usual(state="on"),
    "features/gic": _usual(version=None),
    "cpu": _usual(mode=None, match="exact minimum", check="none partial full", migratable="on"),
    "cpu/model": _usual(fallback="allow forbid"),
    "cpu/topology": _usual(sockets=None, cores=None, threads=None, dies="1", clusters="1"),
    "cpu/feature": _usual(policy=None, name=None),
    "clock": _usual(offset="utc localtime"),
    "clock/timer": _usual(name="rtc pit hpet", tickpolicy="catchup delay", present="no"),
    "on_poweroff": {},
    "on_reboot": {},
    "on_crash": {},
    "pm": {},
    "pm/suspend-to-mem": _usual(enabled="no"),
    "pm/suspend-to-disk": _usual(enabled="no"),
    "blkiotune": {},
    "blkiotune/weight": {},
    "memtune": {},
    "memtune/hard_limit": _usual(unit=None),
    "cputune": {},
    "cputune/shares": {},
    "cputune/global_period": {},
    "cputune/global_quota": {},
    "resource": {},
    "resource/partition": {},
    "seclabel": _usual(type="dynamic none", model=None, relabel="yes"),
    "seclabel/label": {},
    "seclabel/imagelabel": {},
    "devices": {},
    "devices/emulator": {},
    "devices/controller": _usual(type="usb pci sata ide fdc virtio-serial scsi", index=None, ports=None, vectors=None,
                                 model="none auto pci-root pcie-root pcie-root-port pci-bridge pcie-to-pci-bridge dmi-to-pci-bridge piix3-uhci "
                                       "ich9-ehci1 ich9-uhci1 ich9-uhci2 ich9-uhci3 qemu-xhci nec-xhci virtio-scsi lsilogic"),
    "devices/controller/master": _usual(startport=None),
    "devices/controller/model": _usual(name=None),
    "devices/serial": _usual(type="pty", tty=None),
    "devices/console": _usual(type="pty", tty=None),
    "devices/channel": _usual(type="unix spicevmc pty"),
    "devices/input": _usual(type="mouse keyboard tablet", bus="ps2 usb xen virtio"),
    "devices/graphics": _usual(type="vnc spice", port=None, autoport=None, listen=None, passwd=None, tlsPort=None),
    "devices/graphics/listen": _usual(type="address", address=None),
    "devices/video": {},
    "devices/video/model": _usual(type="virtio qxl vga cirrus bochs none", heads="1", primary="yes", ram=None, vram=None,
                                  vgamem=None, vram64=None),
    "devices/watchdog": _usual(model="i6300esb diag288 itco ib700", action="reset poweroff pause none"),
    "devices/tpm": _usual(model="tpm-crb tpm-tis"),
    "devices/tpm/backend": _usual(type="emulator", version="2.0"),
    "devices/rng": _usual(model="virtio"),
    "devices/rng/backend": _usual(model="random"),
    "devices/memballoon": _usual(model="virtio"),
    "devices/memballoon/stats": _usual(period=None),
    "devices/audio": _usual(id="1", type="none spice vnc"),
}  # fmt: skip
"""By path: the attributes that say nothing more. A path that is not here is named whole."""
_IN_CONTAINERS: Final[Mapping[str, _Values]] = {
    **_ELEMENTS,
    "os/init": {},
    "os/initarg": {},
    "features/privnet": {},
    "cputune/period": {},
    "cputune/quota": {},
}
"""The same for machines on LXC."""
_TEXTS: Final = {
    "on_poweroff": frozenset({"destroy"}),
    "on_reboot": frozenset({"restart"}),
    "on_crash": frozenset({"destroy", "restart", "preserve"}),
    "os/type": frozenset({"hvm", "linux", "xen", "exe"}),
}
_ELSEWHERE: Final = frozenset({"devices/disk", "devices/interface", "devices/filesystem"})
"""Told one by one."""
_OPEN: Final = frozenset({"devices/serial", "devices/console", "devices/channel", "devices/input", "devices/video", "devices/watchdog",
                          "devices/tpm", "devices/rng", "devices/memballoon", "devices/audio", "devices/controller"})  # fmt: skip
"""Whose ``<address>``, ``<alias>``, ``<target>`` and the like say where it is, not what it is."""
_PLACES: Final = frozenset({"address", "alias", "target", "source", "log", "protocol"})
_ONCE: Final = frozenset({"devices/serial", "devices/graphics", "devices/video", "devices/watchdog", "devices/tpm"})
"""Of which the inputs know one."""
_HIDDEN: Final = frozenset({"passwd", "password", "secret", "value"})
_LONGEST: Final = 200


def unusual(domain: Element) -> Iterator[str]:
    """Settings without a word. What virtwright itself has noted is none."""
    yield from _walk(domain, "", _IN_CONTAINERS if domain.get("type") == "lxc" else _ELEMENTS)


def _walk(element: Element, path: str, elements: Mapping[str, _Values]) -> Iterator[str]:
    known = elements[path]
    for name, value in element.items():
        if name not in known or not _is_usual(known[name], value):
            yield f"{path or 'domain'}: {name}={'…' if name in _HIDDEN else value}"[:_LONGEST]
    said = (element.text or "").strip()
    if path in _TEXTS and said and said not in _TEXTS[path]:
        yield f"{path}: {said}"[:_LONGEST]
    seen: set[str] = set()
    for child in element:
        at = f"{path}/{child.tag}" if path else child.tag
        if at in _ELSEWHERE or (path in _OPEN and child.tag in _PLACES) or child.tag.startswith(OURS):
            continue
        if at in elements and not (at in _ONCE and at in seen):
            seen.add(at)
            yield from _walk(child, at, elements)
        else:
            yield described(child, at)


def described(element: Element, path: str) -> str:
    """An element in one line, as ``devices/hostdev: mode=subsystem, source address bus=0x01``."""
    return f"{path}: {', '.join(_parts(element)) or 'set'}"[:_LONGEST]


def _parts(element: Element) -> Iterator[str]:
    yield from (f"{name}={'…' if name in _HIDDEN else value}" for name, value in element.items())
    if said := (element.text or "").strip():
        yield said if element.tag not in _HIDDEN else "…"
    for child in element:
        if child.tag != "alias" and (child.tag != "address" or element.tag == "source"):
            yield " ".join([child.tag, *_parts(child)])


def _is_usual(values: frozenset[str] | None, value: str) -> bool:
    return values is None or value in values

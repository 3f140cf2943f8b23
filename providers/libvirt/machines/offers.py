"""What a host's hypervisor offers to machines of one architecture, domain type and machine type. Pure.

https://libvirt.org/formatdomaincaps.html
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.xml import attribute, number, texts


@dataclass(frozen=True, slots=True)
class Offer:
    """Of what is None, the host does not tell what it offers."""

    machine: str
    """The machine type in full: ``pc-q35-10.0``."""
    most_cpus: int | None
    firmware: frozenset[str] | None
    """Kinds of firmware that are found without a path: ``efi``."""
    secure_boot: bool | None
    cpu_modes: frozenset[str] | None
    cpu_models: Mapping[str, frozenset[str]] | None
    """By name, the features that the host's processors lack for it."""
    disk_buses: frozenset[str] | None
    disk_devices: frozenset[str] | None
    graphics: frozenset[str] | None
    video: frozenset[str] | None
    tpm: frozenset[str] | None
    """Back ends of a TPM: ``emulator``."""

    @classmethod
    def of(cls, root: Element) -> "Offer":
        return cls(
            machine=next(texts(root, "machine"), ""),
            most_cpus=number(attribute(root, "vcpu", "max")),
            firmware=_values(root, "os", "firmware"),
            secure_boot=_secure_boot(root),
            cpu_modes=_modes(root),
            cpu_models=_models(root),
            disk_buses=_values(root, "devices/disk", "bus"),
            disk_devices=_values(root, "devices/disk", "diskDevice"),
            graphics=_values(root, "devices/graphics", "type"),
            video=_values(root, "devices/video", "modelType"),
            tpm=_values(root, "devices/tpm", "backendModel"),
        )


def _values(root: Element, path: str, name: str) -> frozenset[str] | None:
    part = root.find(path)
    if part is None or part.get("supported") is None:
        return None
    if part.get("supported") == "no":
        return frozenset()
    listed = part.find(f"enum[@name='{name}']")
    return frozenset(texts(listed, "value")) if listed is not None else None


def _secure_boot(root: Element) -> bool | None:
    found = _values(root, "os/loader", "secure")
    return None if found is None else "yes" in found


def _modes(root: Element) -> frozenset[str] | None:
    modes = root.findall("cpu/mode[@name]")
    return frozenset(each.attrib["name"] for each in modes if each.get("supported") == "yes") if modes else None


def _models(root: Element) -> dict[str, frozenset[str]] | None:
    custom = root.find("cpu/mode[@name='custom'][@supported='yes']")
    if custom is None:
        return None
    lacks = {
        each.get("model"): frozenset(feature.attrib["name"] for feature in each.iterfind("feature[@name]"))
        for each in custom.iterfind("blockers")
    }
    names = texts(custom, "model")
    return {name: lacks.get(name, frozenset()) for name in names} or None

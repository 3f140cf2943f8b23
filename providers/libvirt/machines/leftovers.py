"""What libvirt keeps of a machine in files of its own, and removes with the definition that names it only: the variables of its UEFI
and the state of its TPM. Pure."""

from collections.abc import Collection
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import VirtualMachine


def kept_parts(inputs: VirtualMachine) -> tuple[str, ...]:
    """``tpm`` and ``uefi``, where it has them."""
    own = inputs.libvirt
    parts = {"tpm": own is not None and own.tpm, "uefi": inputs.firmware == "uefi"}
    return tuple(name for name, there in parts.items() if there)


def with_leftovers(domain: Element, had: Collection[str]) -> bool:
    """Give a definition again what it had, so that its files go with it. Returns whether anything was missing."""
    devices, os = domain.find("devices"), domain.find("os")
    missing = False
    if "tpm" in had and devices is not None and devices.find("tpm") is None:
        devices.append(element("tpm", element("backend", type="emulator", version="2.0"), model="tpm-tis"))
        missing = True
    if "uefi" in had and os is not None and os.find("nvram") is None:
        os.set("firmware", "efi")
        for each in os.findall("loader"):
            os.remove(each)
        missing = True
    return missing

"""What starts the machine: firmware, kernel, and what they need of the platform."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.xml import element, flag
from virtwright.schemas.machine import KernelBoot, VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine


def boot_elements(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    own = inputs.libvirt or LibvirtMachine()
    uefi = inputs.firmware == "uefi"
    yield element(
        "os",
        element("type", os_type(inputs, place), arch=place.architecture, machine=inputs.machine_type),
        *(_secure_boot(own.secure_boot) if uefi else ()),
        *(_kernel(inputs.boot) if isinstance(inputs.boot, KernelBoot) else ()),
        firmware="efi" if uefi else None,
    )
    features = [*_features(place, uefi=uefi, secure=own.secure_boot)]
    if features:
        yield element("features", *features)


def os_type(inputs: VirtualMachine, place: Place) -> str:
    return "linux" if place.domain_type == "xen" and inputs.virtualization == "paravirtual" else "hvm"


def _secure_boot(secure: bool) -> Iterator[Element]:
    """Said in both ways: else the host's first firmware would decide."""
    yield element(
        "firmware",
        element("feature", enabled=flag(secure), name="enrolled-keys"),
        element("feature", enabled=flag(secure), name="secure-boot"),
    )


def _kernel(boot: KernelBoot) -> Iterator[Element]:
    yield element("kernel", boot.kernel)
    if boot.initrd is not None:
        yield element("initrd", boot.initrd)
    if boot.cmdline:
        yield element("cmdline", boot.cmdline)


def _features(place: Place, *, uefi: bool, secure: bool) -> Iterator[Element]:
    if place.is_x86:
        yield element("acpi")
        yield element("apic")
    elif uefi:
        yield element("acpi")
    if uefi and secure and place.is_x86:
        yield element("smm", state="on")

"""Machines whose domain XML is kept beside them, in ``golden``."""

import xml.etree.ElementTree as tree
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from tests.golden import Cases

from virtwright.providers.libvirt.machines.place import (
    DiskPlace,
    Place,
    Source,
    all_disks,
    bus_of,
    mac_addresses,
    targets,
)
from virtwright.providers.libvirt.xml import to_text
from virtwright.schemas.machine import VirtualMachine

UUID: Final = "5c8d5c0e-0f3c-5d52-9a5c-3d0f1d1c6a4e"
FOLDER: Final = Path(__file__).parent / "golden"
MACHINES: Final = Cases(FOLDER / "kvm", made=(".xml",))
XEN: Final = Cases(FOLDER / "xen", made=(".xml",))
FOREIGN: Final = ("aarch64", "riscv64", "s390x")
"""Of other architectures than this machine is likely to have."""


def machine(name: str, cases: Cases = MACHINES) -> VirtualMachine:
    return VirtualMachine.model_validate(cases.read(name))


def xml_of(domain: Element) -> str:
    """As it lies in a golden file."""
    tree.indent(domain)
    return to_text(domain) + "\n"


def place(inputs: VirtualMachine, domain_type: str = "kvm", *, unified: bool = False) -> Place:
    """As a host would have it: files named by their targets, addresses told by a made-up identity."""
    seeded = inputs.cloud_init is not None
    disks = all_disks(inputs, seeded=seeded)
    names = targets(bus_of(disk, inputs, domain_type) for disk in disks)
    return Place(
        name="shop_db",
        uuid=UUID,
        domain_type=domain_type,
        architecture=inputs.architecture or "x86_64",
        disks=tuple(DiskPlace(name, Source(f"/pool/{name}", "qcow2")) for name in names),
        macs=mac_addresses("urn", inputs.networks),
        log="/var/log/libvirt/qemu/shop_db.console.log",
        seeded=seeded,
        unified=unified,
    )

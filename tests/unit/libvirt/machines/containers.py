"""Machines on LXC whose domain XML is kept beside them, in ``golden/lxc``."""

from typing import Final

from tests.golden import Cases
from tests.unit.libvirt.machines.cases import FOLDER, UUID

from virtwright.providers.libvirt.machines.layout import FOLDERS
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, Source, all_disks, mac_addresses
from virtwright.schemas.machine import VirtualMachine

CONTAINERS: Final = Cases(FOLDER / "lxc", made=(".xml",))


def container(name: str) -> VirtualMachine:
    return VirtualMachine.model_validate(CONTAINERS.read(name))


def place(inputs: VirtualMachine) -> Place:
    """As a host would have it; the second disk is a block device."""
    seeded = inputs.cloud_init is not None
    disks = all_disks(inputs, seeded=seeded)
    sources = [
        Source(f"/dev/vg/{number}" if number == 1 else f"/pool/{number}.raw", block=number == 1)
        for number in range(len(disks))
    ]
    names = FOLDERS.targets(inputs, disks, {}, ())
    return Place(
        name="shop_db",
        uuid=UUID,
        domain_type="lxc",
        architecture="x86_64",
        disks=tuple(map(DiskPlace, names, sources)),
        macs=mac_addresses("urn", inputs.networks),
        seeded=seeded,
    )

"""Machines on LXC whose domain XML is kept beside the tests."""

from typing import Any, Final

from tests.unit.libvirt.machines.cases import UUID

from virtwright.providers.libvirt.machines.layout import FOLDERS
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, Source, all_disks, mac_addresses
from virtwright.schemas.machine import VirtualMachine

CONTAINERS: Final[dict[str, dict[str, Any]]] = {
    "least": {"image": "/images/debian.raw"},
    "full": {
        "cpus": 2,
        "memory": "1GiB",
        "max_memory": "2GiB",
        "architecture": "x86_64",
        "disks": [
            {"volume": "root"},
            {"volume": "data", "mount": "/srv/data"},
            {"image": "/images/tools.raw", "mount": "/opt", "format": "raw", "read_only": True},
        ],
        "networks": ["front", {"network": "back", "mac": "52:54:00:12:34:56", "address": "10.40.0.10"}],
        "cloud_init": {},
        "resources": {"cpu_shares": 512, "io_weight": 500},
        "description": 'a "container" & more',
        "libvirt": {"init": ["/bin/sh", "-c", "exec /sbin/init <&-"], "stop_signal": "SIGTERM"},
    },
    "limited": {
        "image": "/images/debian.raw",
        "cpus": 4,
        "resources": {"cpu_limit": 0.5},
        "console": False,
        "libvirt": {"xml": "<domain><idmap><uid start='0' target='100000' count='65536'/>"
                           "<gid start='0' target='100000' count='65536'/></idmap></domain>"},
    },
}  # fmt: skip


def container(name: str) -> VirtualMachine:
    return VirtualMachine.model_validate(CONTAINERS[name])


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

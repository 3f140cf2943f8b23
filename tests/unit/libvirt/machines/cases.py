"""Machines whose domain XML is kept beside the tests."""

from typing import Any, Final

from virtwright.providers.libvirt.machines.place import (
    DiskPlace,
    Place,
    Source,
    all_disks,
    bus_of,
    mac_addresses,
    targets,
)
from virtwright.schemas.machine import VirtualMachine

UUID: Final = "5c8d5c0e-0f3c-5d52-9a5c-3d0f1d1c6a4e"
MACHINES: Final[dict[str, dict[str, Any]]] = {
    "least": {},
    "bios": {
        "cpus": 2,
        "max_cpus": 4,
        "memory": "1GiB",
        "max_memory": "2GiB",
        "image": "/images/debian.qcow2",
        "firmware": "bios",
        "machine_type": "pc",
        "disks": [
            {"volume": "data", "bus": "virtio", "cache": "none", "discard": True, "serial": "D1"},
            {"volume": "logs", "bus": "scsi", "read_only": True, "discard": False},
            {"size": "1GiB", "format": "raw", "bus": "sata", "boot_order": 2},
            {"image": "/images/tools.iso", "device": "cdrom", "bus": "ide"},
            {"volume": "stick", "bus": "usb"},
        ],
        "networks": ["front", {"network": "back", "mac": "52:54:00:12:34:56", "model": "e1000e", "boot_order": 1}],
    },
    "uefi": {
        "image": "/images/debian.qcow2",
        "architecture": "x86_64",
        "firmware": "uefi",
        "machine_type": "q35",
        "libvirt": {"secure_boot": True, "tpm": True, "watchdog": "reset", "clock": "localtime", "on_crash": "restart"},
        "networks": [{"network": "front", "address": "10.40.0.10"}],
        "guest_agent": True,
    },
    "full": {
        "virtualization": "full",
        "image": "/images/old.qcow2",
        "disks": [{"size": "1GiB"}],
        "networks": ["front", {"network": "back", "model": "rtl8139"}],
        "graphics": "vnc",
        "cloud_init": {},
    },
    "kernel": {
        "boot": {"kernel": "/boot/vmlinuz", "initrd": "/boot/initrd", "cmdline": 'console=ttyS0 a="<&>"'},
        "console": False,
        "description": 'boots <directly> & "quoted"',
    },
    "spice": {
        "graphics": {"type": "spice", "listen": "::1", "port": 5901, "password": "much longer than eight"},
        "libvirt": {"video": "qxl"},
        "guest_agent": True,
    },
    "vnc": {"graphics": {"type": "vnc", "listen": "0.0.0.0", "password": "12345678"}, "libvirt": {"video": "none"}},
    "cpu": {
        "cpus": 4,
        "max_cpus": 8,
        "cpu": {
            "mode": "custom",
            "model": "Skylake-Server",
            "topology": {"sockets": 2, "cores": 2, "threads": 2},
            "features": {"vmx": "disable", "avx": "require"},
        },
    },
    "passthrough": {"cpu": {"mode": "host-passthrough", "features": {"vmx": "disable"}}},
    "limits": {"resources": {"cpu_shares": 512, "cpu_limit": 1.5, "memory_limit": "3GiB", "io_weight": 500}},
    "seeded": {"image": "/images/debian.qcow2", "cloud_init": {}, "disks": [{"volume": "data", "mount": "/srv"}]},
    "overlay": {
        "image": "/images/debian.qcow2",
        "networks": ["front"],
        "libvirt": {
            "xml": "<domain><features><hyperv><relaxed state='on'/></hyperv></features><devices>"
            "<interface type='network'><mtu size='1400'/></interface><sound model='ich9'/></devices></domain>"
        },
    },
    "aarch64": {"architecture": "aarch64", "machine_type": "virt", "firmware": "uefi", "image": "/images/arm.qcow2"},
}


def machine(name: str) -> VirtualMachine:
    return VirtualMachine.model_validate(MACHINES[name])


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

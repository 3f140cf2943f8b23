"""What a libvirt host can't do whatever it is, or needs more said for."""

from typing import Any

import pytest

from virtwright.errors import UnsupportedError
from virtwright.providers.libvirt.cloud_init.network_config import network_config
from virtwright.providers.libvirt.machines.check import check_machine
from virtwright.schemas.machine import VirtualMachine

OWN = "version: 2\n"


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate(inputs)


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"networks": [{"network": "back", "address6": "fd00::5"}]}, "networks[0].address6"),
        (
            {"networks": [{"network": "back", "address6": "fd00::5"}], "cloud_init": {"network_config": OWN}},
            "networks[0].address6",
        ),
        ({"networks": ["front", {"network": "back", "aliases": ["store"]}]}, "networks[1].aliases"),
        ({"ports": ["8080:80"]}, "ports"),
        ({"resources": {"pids": 100}}, "resources.pids"),
    ],
)
def test_what_is_refused(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        check_machine(machine(**inputs), "qemu")
    assert raised.value.where.path == path
    assert raised.value.hint


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"machine_type": "q35"}, "machine_type"),
        ({"firmware": "uefi"}, "firmware"),
        ({"guest_agent": True}, "guest_agent"),
        ({"graphics": "vnc"}, "graphics"),
        ({"cpu": {"mode": "host-passthrough"}}, "cpu"),
        ({"resources": {"cpu_shares": 2048}}, "resources.cpu_shares"),
        ({"libvirt": {"tpm": True}}, "libvirt.tpm"),
        ({"disks": [{"size": "1GiB", "serial": "D1"}]}, "disks[0].serial"),
        ({"disks": [{"size": "1GiB", "mount": "/srv"}], "cloud_init": {}}, "disks[0].mount"),
        ({"disks": [{"size": "1GiB", "cache": "none"}]}, "disks[0].cache"),
        ({"disks": [{"size": "1GiB", "bus": "virtio"}]}, "disks[0].bus"),
        ({"disks": [{"image": "/images/tools.iso", "device": "cdrom"}]}, "disks[0].device"),
        ({"networks": [{"network": "back", "model": "e1000"}]}, "networks[0].model"),
    ],
)
def test_what_xen_does_not_give_its_guests(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        check_machine(machine(**inputs), "xen")
    assert raised.value.where.path == path
    full = {**inputs, "virtualization": "full"}
    if path in ("machine_type", "firmware", "cpu", "disks[0].device", "networks[0].model"):
        check_machine(machine(**full), "xen")


def test_what_is_said_enough_for() -> None:
    join = {"network": "back", "address": "10.40.0.5", "address6": "fd00::5", "aliases": ["store"]}
    inputs = machine(networks=[join], cloud_init={})
    assert check_machine(inputs, "qemu") == inputs
    told = network_config(inputs.networks, ["52:54:00:00:00:05"])
    assert told is not None and told["ethernets"]["nic0"]["addresses"] == ["fd00::5/64"]

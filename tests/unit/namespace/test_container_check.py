"""What containers and machines may not ask of the namespace runtime, and that the error says where and what instead."""

from typing import Any

import pytest

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.namespace.containers.container_check import check_container
from virtwright.providers.namespace.containers.machine_check import check_machine
from virtwright.schemas.container import Container
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

RUN: dict[str, Any] = {"image": "host", "command": ["true"]}
VM: dict[str, Any] = {"image": "host"}
DISK: dict[str, Any] = {"volume": "v", "mount": "/v"}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"image": "nginx:1.27"}, "image"),
        ({"ports": [{"port": 80, "mode": "host"}], "networks": ["n"]}, "ports[0].mode"),
        ({"networks": [{"network": "n", "model": "e1000"}]}, "networks[0].model"),
        ({"networks": [{"network": "n", "boot_order": 1}]}, "networks[0].boot_order"),
        ({"files": [{"path": "/a", "content": "x", "in_memory": True}]}, "files[0].in_memory"),
        ({"healthcheck": {"tcp": 80, "start_interval": "1s"}}, "healthcheck.start_interval"),
    ],
)
def test_a_container_can_not_have(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        check_container(Container.model_validate(RUN | inputs))
    assert caught.value.where.path == path
    assert path.split("[")[0] in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"image": None}, "image"),
        ({"image": "debian-13.qcow2"}, "image"),
        ({"architecture": "s390x"}, "architecture"),
        ({"machine_type": "q35"}, "machine_type"),
        ({"firmware": "uefi"}, "firmware"),
        ({"firmware": "bios"}, "firmware"),
        ({"virtualization": "full"}, "virtualization"),
        ({"cpu": {"mode": "host-model"}}, "cpu"),
        ({"cpu": {"topology": {}}}, "cpu"),
        ({"boot": {"kernel": "/boot/vmlinuz"}}, "boot"),
        ({"graphics": "vnc"}, "graphics"),
        ({"console": False}, "console"),
        ({"guest_agent": True}, "guest_agent"),
        ({"autostart": True}, "autostart"),
        ({"switch_off": False}, "switch_off"),
        ({"resources": {"io_weight": 100}}, "resources.io_weight"),
        ({"disks": [{"size": "1GiB", "mount": "/v"}]}, "disks[0].size"),
        ({"disks": [{"image": "x", "mount": "/v"}]}, "disks[0].image"),
        ({"disks": [{"volume": "v"}]}, "disks[0].mount"),
        ({"disks": [DISK | {"device": "cdrom"}]}, "disks[0].device"),
        ({"disks": [DISK | {"bus": "scsi"}]}, "disks[0].bus"),
        ({"disks": [DISK | {"cache": "none"}]}, "disks[0].cache"),
        ({"disks": [DISK | {"discard": True}]}, "disks[0].discard"),
        ({"disks": [DISK | {"serial": "x"}]}, "disks[0].serial"),
        ({"disks": [DISK | {"boot_order": 1}]}, "disks[0].boot_order"),
        ({"networks": [{"network": "n", "model": "virtio"}]}, "networks[0].model"),
        ({"wait_for": {"guest_agent": True}, "guest_agent": True}, "guest_agent"),
        ({"cloud_init": {"network_config": "version: 2"}}, "cloud_init.network_config"),
        ({"cloud_init": {"user_data": "Content-Type: multipart/mixed"}}, "cloud_init.user_data"),
        ({"cloud_init": {"user_data": "#cloud-config\nbootcmd: [x]"}}, "cloud_init.user_data.bootcmd"),
    ],
)
def test_a_machine_can_not_have(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        check_machine(VirtualMachine.model_validate(VM | inputs))
    assert caught.value.where.path == path
    assert caught.value.hint


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"command": None}, "command"),
        ({"capabilities": ["CAP_FLY"]}, "capabilities[0]"),
        ({"wait_for": {"completed": True}}, "restart"),
    ],
)
def test_a_container_that_can_not_be_right(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        check_container(Container.model_validate(RUN | inputs))
    assert caught.value.where.path == path


def test_ports_need_a_network() -> None:
    with pytest.raises(UnsupportedError, match="network"):
        check_container(Container.model_validate(RUN | {"ports": [80]}))


@pytest.mark.parametrize("field", sorted(Container.model_fields))
def test_a_container_with_an_unknown_field_passes(field: str) -> None:
    check_container(Container.model_validate(RUN | {field: UNKNOWN}))


@pytest.mark.parametrize("field", sorted(VirtualMachine.model_fields))
def test_a_machine_with_an_unknown_field_passes(field: str) -> None:
    check_machine(VirtualMachine.model_validate(VM | {field: UNKNOWN}))


@pytest.mark.parametrize("block", ["docker"])
def test_the_block_of_another_provider_is_left_alone(block: str) -> None:
    check_container(Container.model_validate(RUN | {block: {}}))
    check_machine(VirtualMachine.model_validate(VM | {"libvirt": {"tpm": True}}))

"""Seeds of many machines: each document as cloud-init finds it.

``make golden`` writes the files anew (``tests/golden.py``).
"""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases
from tests.model_fields import unseen

from virtwright.providers.libvirt.cloud_init.mounts import serial_for
from virtwright.providers.libvirt.cloud_init.seed import documents, instance_id
from virtwright.providers.libvirt.machines.place import mac_addresses
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.storage import Disk

CASES: Final = Cases(Path(__file__).parent / "golden", made=(".txt",))
UUID: Final = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
NOT_IN_A_SEED: Final = {
    "cloud_init.write_files.source",  # read when the stack is
    "cloud_init.write_files.in_memory",  # refused
}


def given(name: str) -> VirtualMachine:
    return VirtualMachine.model_validate(CASES.read(name))


def text_of(inputs: VirtualMachine, **more: Any) -> str:
    """All documents, each below its name."""
    made = documents(inputs, name="db", uuid=UUID, macs=mac_addresses("urn", inputs.networks), **more)
    return "".join(f"=== {name} ===\n{text}" for name, text in made.items())


@pytest.mark.parametrize("name", CASES.names())
def test_a_seed_is_the_golden_one(name: str) -> None:
    CASES.check(name, text_of(given(name)))


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


def test_each_field_of_cloud_init_shows_in_a_seed() -> None:
    hidden = unseen(VirtualMachine, map(given, CASES.names()), text_of)
    assert {each for each in hidden if each.startswith("cloud_init.")} == NOT_IN_A_SEED


def test_what_is_mounted_already_is_not_mounted_by_the_guest() -> None:
    told = text_of(given("everything"), mounts_disks=False)
    assert "mounts" not in told and "fs_setup" not in told
    assert "boot-new-instance" in told


@pytest.mark.parametrize(
    ("disk", "serial"),
    [
        ({}, None),
        ({"serial": "D1"}, "D1"),
        ({"mount": "/srv", "serial": "D1"}, "D1"),
        ({"mount": "/srv"}, "vw-a3d9ac4fdee9c2424"),
    ],
)
def test_a_serial_number(disk: dict[str, Any], serial: str | None) -> None:
    assert serial_for(Disk.model_validate({"volume": "a", **disk})) == serial


def test_an_instance_is_another_where_what_was_declared_is() -> None:
    def of(**config: Any) -> str:
        return instance_id(VirtualMachine.model_validate({"cloud_init": config}), UUID)

    ids = [of(), of(hostname="a"), of(network_config="a"), of(runcmd=["a"]), of(user_data="#!/bin/sh\n")]
    assert len(set(ids)) == 5
    assert all(each.startswith(f"{UUID}-") and len(each) == len(UUID) + 13 for each in ids)
    assert instance_id(VirtualMachine(), UUID) == of()

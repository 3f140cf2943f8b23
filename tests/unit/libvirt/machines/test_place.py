"""Names of disks, buses, models of interfaces and addresses of hardware."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.layout import DEVICES, FOLDERS, XEN_DEVICES
from virtwright.providers.libvirt.machines.place import (
    Place,
    all_disks,
    bus_of,
    mac_addresses,
    nic_model,
    own_mac,
    targets,
)
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.storage import Disk

FULL = {"virtualization": "full"}
CD = {"image": "/a.iso", "device": "cdrom"}
VOLUME = {"volume": "a"}


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate(inputs)


@pytest.mark.parametrize(
    ("disk", "inputs", "kind", "bus"),
    [
        (VOLUME, {}, "kvm", "virtio"),
        ({**VOLUME, "bus": "usb"}, {}, "kvm", "usb"),
        ({**VOLUME, "bus": "scsi"}, {}, "xen", "scsi"),
        (VOLUME, {}, "xen", "xen"),
        (VOLUME, FULL, "xen", "ide"),
        (CD, FULL, "xen", "ide"),
        (CD, {}, "kvm", "sata"),
        (CD, {"architecture": "x86_64"}, "kvm", "sata"),
        (CD, {"architecture": "aarch64"}, "kvm", "scsi"),
        (CD, {**FULL, "machine_type": "pc"}, "kvm", "sata"),
        (VOLUME, FULL, "kvm", "sata"),
        (VOLUME, {**FULL, "architecture": "aarch64"}, "kvm", "scsi"),
        (VOLUME, {**FULL, "architecture": "x86_64"}, "kvm", "sata"),
        (VOLUME, {**FULL, "machine_type": "pc"}, "kvm", "ide"),
        (VOLUME, {**FULL, "machine_type": "pc-i440fx-9.1"}, "kvm", "ide"),
        (VOLUME, {**FULL, "machine_type": "isapc"}, "kvm", "ide"),
        (VOLUME, {**FULL, "machine_type": "q35"}, "kvm", "sata"),
        (VOLUME, {**FULL, "machine_type": "pc-q35-9.1"}, "kvm", "sata"),
        (VOLUME, {**FULL, "machine_type": "virt", "architecture": "aarch64"}, "kvm", "scsi"),
    ],
)
def test_a_bus(disk: dict[str, Any], inputs: dict[str, Any], kind: str, bus: str) -> None:
    assert bus_of(Disk.model_validate(disk), machine(**inputs), kind) == bus


def test_without_a_type_it_is_a_machine_of_kvm() -> None:
    join = NetworkAttachment(network="a")
    assert (bus_of(Disk(volume="a"), machine()), nic_model(join, machine())) == ("virtio", "virtio")


@pytest.mark.parametrize(
    ("model", "inputs", "kind", "wanted"),
    [
        (None, {}, "kvm", "virtio"),
        (None, FULL, "kvm", "e1000"),
        ("rtl8139", {}, "kvm", "rtl8139"),
        ("virtio", FULL, "kvm", "virtio"),
        (None, {}, "xen", "netfront"),
        (None, FULL, "xen", "e1000"),
        ("rtl8139", {}, "xen", "rtl8139"),
    ],
)
def test_a_model_of_interface(model: Any, inputs: dict[str, Any], kind: str, wanted: str) -> None:
    assert nic_model(NetworkAttachment(network="a", model=model), machine(**inputs), kind) == wanted


@pytest.mark.parametrize(
    ("buses", "taken", "names"),
    [
        (["virtio", "virtio", "scsi", "virtio"], (), ["vda", "vdb", "sda", "vdc"]),
        (["scsi", "sata", "usb"], (), ["sda", "sdb", "sdc"]),
        (["ide", "xen"], (), ["hda", "xvda"]),
        (["virtio", "virtio"], ("vda", "sdb"), ["vdb", "vdc"]),
        ([], ("vda",), []),
    ],
)
def test_names_of_disks(buses: list[str], taken: tuple[str, ...], names: list[str]) -> None:
    assert targets(buses, taken) == names


def test_after_26_disks_names_have_two_letters() -> None:
    names = targets(["virtio"] * 60)
    assert (names[25:28], names[51:53]) == (["vdz", "vdaa", "vdab"], ["vdaz", "vdba"])


@pytest.mark.parametrize(
    ("inputs", "seeded", "wanted"),
    [
        ({}, False, []),
        ({"image": "/i"}, False, [Disk(image="/i")]),
        ({"disks": [VOLUME]}, False, [Disk(volume="a")]),
        ({"image": "/i", "disks": [VOLUME]}, True, [Disk(image="/i"), Disk(volume="a"), Disk(image="seed", read_only=True)]),
        (FULL, True, [Disk(image="seed", device="cdrom", read_only=True)]),
    ],
)  # fmt: skip
def test_all_disks(inputs: dict[str, Any], seeded: bool, wanted: list[Disk]) -> None:
    assert all_disks(machine(**inputs), seeded=seeded) == wanted


def test_addresses_of_hardware_follow_from_who_has_them() -> None:
    given = "52:54:00:12:34:56"
    joins = [NetworkAttachment(network="a"), NetworkAttachment(network="b", mac=given), NetworkAttachment(network="a")]
    assert mac_addresses("urn", joins) == (own_mac("urn\na\n1"), given, own_mac("urn\na\n2"))
    assert mac_addresses("other", joins)[0] != mac_addresses("urn", joins)[0]
    assert own_mac("urn\na\n1") == "52:54:00:62:1b:a0"


@pytest.mark.parametrize(
    ("architecture", "x86"), [("x86_64", True), ("i686", True), ("aarch64", False), ("s390x", False)]
)
def test_what_is_x86(architecture: str, x86: bool) -> None:
    assert Place("a", "b", "kvm", architecture).is_x86 is x86


@pytest.mark.parametrize(
    ("buses", "kept", "there", "names"),
    [
        ([None, None], {}, (), ["vda", "vdb"]),
        ([None, None], {0: "vdc"}, (), ["vdc", "vda"]),
        ([None, None], {1: "vda"}, (), ["vdb", "vda"]),
        ([None, None], {}, ("vda",), ["vdb", "vdc"]),
        (["scsi", None], {0: "vda"}, (), ["sda", "vda"]),
        (["sata", None], {0: "sdc"}, (), ["sdc", "vda"]),
    ],
)
def test_a_disk_keeps_its_name_while_it_keeps_its_bus(
    buses: list[Any], kept: dict[int, str], there: tuple[str, ...], names: list[str]
) -> None:
    disks = [Disk(volume="a", bus=bus) for bus in buses]
    assert DEVICES.targets(machine(), disks, kept, there) == names


def test_other_layouts_have_other_names() -> None:
    disks = [Disk(volume="a"), Disk(volume="b", mount="/srv"), Disk(image="seed", read_only=True)]
    assert XEN_DEVICES.targets(machine(), disks, {}, ()) == ["xvda", "xvdb", "xvdc"]
    assert FOLDERS.targets(machine(), disks, {}, ()) == ["/", "/srv", "/var/lib/cloud/seed/nocloud"]
    for layout in (DEVICES, XEN_DEVICES):
        assert (layout.format, layout.formats, layout.seed_suffix, layout.in_folders) == ("qcow2", frozenset({"raw", "qcow2"}), "iso", False)  # fmt: skip
    assert (FOLDERS.format, FOLDERS.formats, FOLDERS.seed_suffix, FOLDERS.in_folders) == (
        "raw",
        frozenset({"raw"}),
        "ext4",
        True,
    )

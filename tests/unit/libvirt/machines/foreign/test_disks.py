"""Disks and CD-ROMs of others: what can be said, and what of them can't."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.foreign.disks import tell_disks
from virtwright.providers.libvirt.xml import from_text

PLAIN = "<source file='/pool/a.qcow2'/><target dev='vda' bus='virtio'/>"
TOLD = {"volume": "fast/a.qcow2", "bus": "virtio", "device": "disk", "read_only": False}


def reference(path: str) -> str | None:
    return f"fast/{path.removeprefix('/pool/')}" if path.startswith("/pool/") else None


def told(devices: str, kind: str = "kvm") -> tuple[list[str], list[dict[str, Any]], list[str]]:
    return tell_disks(from_text(f"<domain type='{kind}'><devices>{devices}</devices></domain>"), reference)


@pytest.mark.parametrize(
    ("xml", "target", "wanted"),
    [
        (f"<disk type='file' device='disk'>{PLAIN}</disk>", "vda", TOLD),
        (f"<disk>{PLAIN}</disk>", "vda", TOLD),
        ("<disk type='block'><source dev='/pool/vg'/><target dev='vda' bus='virtio'/></disk>", "vda", {**TOLD, "volume": "fast/vg"}),
        ("<disk type='volume'><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>", "vda", {**TOLD, "volume": "p/v"}),
        (f"<disk>{PLAIN}<readonly/></disk>", "vda", {**TOLD, "read_only": True}),
        (f"<disk>{PLAIN}<serial>D1</serial><boot order='2'/></disk>", "vda", {**TOLD, "serial": "D1", "boot_order": 2}),
        (f"<disk><driver cache='none' discard='unmap'/>{PLAIN}</disk>", "vda", {**TOLD, "cache": "none", "discard": True}),
        (f"<disk><driver cache='unsafe' discard='ignore'/>{PLAIN}</disk>", "vda", {**TOLD, "cache": "unsafe", "discard": False}),
        (f"<disk><driver cache='writeback'/>{PLAIN}</disk>", "vda", {**TOLD, "cache": "writeback"}),
        (f"<disk><driver cache='writethrough'/>{PLAIN}</disk>", "vda", {**TOLD, "cache": "writethrough"}),
        (f"<disk><driver cache='directsync'/>{PLAIN}</disk>", "vda", {**TOLD, "cache": "directsync"}),
        (f"<disk><driver cache='default'/>{PLAIN}</disk>", "vda", TOLD),
        *(
            (f"<disk><source file='/pool/a.qcow2'/><target dev='{target}'/></disk>", target, {**TOLD, "bus": bus})
            for target, bus in (("vdb", "virtio"), ("hda", "ide"), ("sdc", "scsi"), ("uba", "usb"))
        ),
        ("<disk><source file='/pool/a.qcow2'/><target dev='fda'/></disk>", "fda",
         {"volume": "fast/a.qcow2", "device": "disk", "read_only": False}),
        ("<disk><source file='/pool/a.qcow2'/></disk>", "?", {"volume": "fast/a.qcow2", "device": "disk", "read_only": False}),
        ("<disk device='cdrom'><source file='/srv/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>", "sda",
         {"image": "/srv/a.iso", "bus": "sata", "device": "cdrom", "read_only": True}),
        ("<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='sda' bus='sata'/></disk>", "sda",
         {"image": "/dev/sr0", "bus": "sata", "device": "cdrom", "read_only": False}),
    ],
)  # fmt: skip
def test_what_can_be_said(xml: str, target: str, wanted: dict[str, Any]) -> None:
    assert told(xml) == ([target], [wanted], [])


@pytest.mark.parametrize(
    ("xml", "unsaid"),
    [
        ("<disk><source file='/srv/a'/><target dev='vda'/></disk>", "vda: /srv/a, which lies in no storage pool"),
        ("<disk type='block'><source dev='/dev/vg/a'/><target dev='vda'/></disk>", "vda: /dev/vg/a, which lies in no storage pool"),
        ("<disk device='lun' type='block'><source dev='/pool/a'/><target dev='sda'/></disk>", "sda: lun of type block, dev=/pool/a"),
        ("<disk device='floppy'><source file='/pool/a'/><target dev='fda'/></disk>", "fda: floppy of type file, file=/pool/a"),
        ("<disk type='network'><source protocol='rbd' name='p/i'/><target dev='vda'/></disk>", "vda: disk of type network, protocol=rbd name=p/i"),
        ("<disk type='network'><source/><target dev='vda'/></disk>", "vda: disk of type network, source"),
        ("<disk type='nvme'><source file='/pool/a'/><target dev='vda'/></disk>", "vda: disk of type nvme, file=/pool/a"),
        ("<disk device='cdrom'><target dev='sda'/></disk>", "sda: cdrom of type file, empty"),
        ("<disk device='cdrom'><source startupPolicy='optional'/><target dev='sda'/></disk>", "sda: cdrom of type file, startupPolicy=optional"),
        ("<disk type='volume'><source pool='p'/><target dev='vda'/></disk>", "vda: disk of type volume, pool=p"),
        ("<disk type='volume'><source volume='v'/><target dev='vda'/></disk>", "vda: disk of type volume, volume=v"),
        ("<disk/>", "?: disk of type file, empty"),
        ("<disk><source startupPolicy='optional'/></disk>", "?: disk of type file, startupPolicy=optional"),
    ],
)  # fmt: skip
def test_what_can_not(xml: str, unsaid: str) -> None:
    assert told(xml) == ([], [], [f"disk {unsaid}"])


@pytest.mark.parametrize(
    ("attributes", "inside", "unsaid"),
    [
        ("", "<driver name='qemu' type='qcow2' cache='none' discard='unmap'/>", []),
        ("", "<driver name='tap2'/><alias name='x'/><address type='pci'/><backingStore/><boot order='1'/>", []),
        ("", "<driver name='file'/>", []),
        ("", "<driver name='phy'/>", []),
        ("", "<driver name='loop'/>", ["driver name=loop"]),
        ("", "<driver cache='odd'/>", ["driver cache=odd"]),
        ("", "<driver io='native' queues='4'/>", ["driver io=native", "driver queues=4"]),
        ("", "<iotune><read_iops_sec>9</read_iops_sec></iotune><shareable/>", ["iotune", "shareable"]),
        ("", "<encryption format='luks'/>", ["encryption format=luks"]),
        ("snapshot='no' sgio='filtered' rawio='yes' model='virtio'", "", ["snapshot=no", "sgio=filtered", "rawio=yes", "model=virtio"]),
    ],
)  # fmt: skip
def test_what_a_disk_has_besides(attributes: str, inside: str, unsaid: list[str]) -> None:
    targets, disks, rest = told(f"<disk {attributes}>{inside}{PLAIN}</disk>")
    assert (targets, len(disks), rest) == (["vda"], 1, [f"disk vda: {each}" for each in unsaid])


def test_of_a_source_its_label_says_nothing() -> None:
    source = "<source file='/pool/a'><seclabel model='dac'/><reservations managed='yes'/></source><target dev='vda'/>"
    assert told(f"<disk>{source}</disk>")[2] == ["disk vda: source reservations managed=yes"]


def test_on_lxc_what_is_mounted_is_a_disk_and_the_root_comes_first() -> None:
    devices = (
        "<filesystem type='file'><source file='/pool/b'/><target dir='/srv'/><readonly/></filesystem>"
        "<filesystem type='mount'><source dir='/pool/c'/><target dir='/c'/></filesystem>"
        "<filesystem type='block'><source dev='/pool/a'/><target dir='/'/></filesystem>"
        "<filesystem type='file'><source file='/srv/d'/><target dir='/d'/></filesystem>"
    )
    targets, disks, unsaid = told(devices, "lxc")
    assert targets == ["/", "/srv"]
    assert disks == [
        {"volume": "fast/a", "device": "disk", "read_only": False},
        {"volume": "fast/b", "device": "disk", "read_only": True, "mount": "/srv"},
    ]
    assert unsaid == [
        "devices/filesystem: type=mount, source dir=/pool/c, target dir=/c",
        "devices/filesystem: type=file, source file=/srv/d, target dir=/d",
    ]


def test_on_lxc_a_file_system_without_a_folder_is_mounted_nowhere() -> None:
    devices = "<filesystem type='file'><source file='/pool/b'/></filesystem>"
    assert told(devices, "lxc") == (
        [""],
        [{"volume": "fast/b", "device": "disk", "read_only": False, "mount": None}],
        [],
    )


def test_a_hypervisor_s_machine_has_no_disk_in_a_folder() -> None:
    devices = "<filesystem type='file'><source file='/pool/b'/><target dir='/srv'/></filesystem>"
    assert told(devices) == ([], [], ["devices/filesystem: type=file, source file=/pool/b, target dir=/srv"])

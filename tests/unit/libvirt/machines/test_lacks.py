"""All that a hypervisor may not offer: what is told of each, and where nothing is."""

from dataclasses import replace
from typing import Any, Final

import pytest

from virtwright.providers.libvirt.machines.host_check import is_settled, lacks
from virtwright.providers.libvirt.machines.offers import Offer
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

SILENT: Final = Offer("q35", None, None, None, None, None, None, None, None, None, None)
"""Of a host that does not tell what it offers."""
FIRMWARE: Final = "install the firmware there (Debian: ovmf for x86_64, qemu-efi-aarch64)"
UEFI: Final = {"firmware": "uefi"}
SECURE: Final = {**UEFI, "libvirt": {"secure_boot": True}}
CD: Final = {"disks": [{"image": "/a.iso", "device": "cdrom"}]}
SKYLAKE: Final = {"cpu": {"model": "Skylake"}}
NO_SPICE: Final = "it offers vnc; SPICE may be a package of its own there (Debian: qemu-system-modules-spice)"
OTHER_MODEL: Final = "take another model, cpu.mode: host-model, or disable these under cpu.features"


def models(*lacking: str) -> dict[str, Any]:
    return {"cpu_models": {"Skylake": frozenset(lacking), "EPYC": frozenset()}}


def without(policy: str) -> dict[str, Any]:
    return {"cpu": {"model": "Skylake", "features": {"hle": policy}}}


@pytest.mark.parametrize(
    ("inputs", "offer", "kind", "told"),
    [
        # processors
        ({"cpus": 5}, {"most_cpus": 4}, "kvm", ("cpus", "a machine q35 of this host has at most 4", "take fewer")),
        ({"cpus": 4}, {"most_cpus": 4}, "kvm", None),
        ({"cpus": 1, "max_cpus": 5}, {"most_cpus": 4}, "kvm", ("max_cpus", "a machine q35 of this host has at most 4", "take fewer")),
        ({"cpus": 1, "max_cpus": 4}, {"most_cpus": 4}, "kvm", None),
        ({"cpu": {"mode": "host-model"}}, {"cpu_modes": {"maximum", "custom"}}, "kvm", ("cpu.mode", "this host offers no host-model", "it offers custom, maximum")),
        ({"cpu": {"mode": "host-model"}}, {"cpu_modes": set()}, "qemu", ("cpu.mode", "this host offers no host-model", "it offers none")),
        ({"cpu": {"mode": "host-passthrough"}}, {"cpu_modes": {"custom"}}, "qemu",
         ("cpu.mode", "this host offers no host-passthrough", "it offers custom; host-passthrough needs kvm")),
        ({"cpu": {"mode": "host-passthrough"}}, {"cpu_modes": {"custom"}}, "kvm", ("cpu.mode", "this host offers no host-passthrough", "it offers custom")),
        ({"cpu": {"mode": "host-model"}}, {"cpu_modes": {"host-model"}}, "kvm", None),
        ({"cpu": {"model": "Skylark"}}, models(), "kvm", ("cpu.model", "this host knows no Skylark", "did you mean Skylake?")),
        ({"cpu": {"model": "z13"}}, models(), "kvm", ("cpu.model", "this host knows no z13", "it offers EPYC, Skylake")),
        (SKYLAKE, models(), "kvm", None),
        (SKYLAKE, models("rtm", "hle"), "kvm", ("cpu.model", "the processors of this host lack what a Skylake has: hle, rtm", OTHER_MODEL)),
        (SKYLAKE, models("hle"), "qemu", None),
        *((without(policy), models("hle"), "kvm", None) for policy in ("disable", "optional", "forbid")),
        *((without(policy), models("hle"), "kvm", ("cpu.model", "the processors of this host lack what a Skylake has: hle", OTHER_MODEL)) for policy in ("require", "force")),
        # firmware
        (UEFI, {"firmware": {"bios"}}, "kvm", ("firmware", "this host has no UEFI for machines q35", FIRMWARE)),
        (UEFI, {"firmware": {"efi"}}, "kvm", None),
        ({"firmware": "bios"}, {"firmware": set()}, "kvm", None),
        ({}, {"firmware": set()}, "kvm", None),
        (SECURE, {"firmware": set(), "secure_boot": False}, "kvm", ("firmware", "this host has no UEFI for machines q35", FIRMWARE)),
        (SECURE, {"firmware": {"efi"}, "secure_boot": False}, "kvm",
         ("libvirt.secure_boot", "this host has none for machines q35", f"take machine_type: q35, or {FIRMWARE}")),
        (SECURE, {"firmware": {"efi"}, "secure_boot": True}, "kvm", None),
        (SECURE, {}, "kvm", None),
        (UEFI, {"secure_boot": False}, "kvm", None),
        # disks
        (CD, {"disk_devices": {"lun", "disk"}}, "kvm", ("disks[0].device", "this host offers no cdrom", "it offers disk, lun")),
        (CD, {"disk_devices": {"cdrom"}}, "kvm", None),
        ({"disks": [{"volume": "a"}]}, {"disk_devices": set()}, "kvm", ("disks[0].device", "this host offers no disk", "it offers none")),
        ({"disks": [{"volume": "b", "bus": "ide"}]}, {"disk_buses": {"virtio", "fdc", "sata"}}, "kvm",
         ("disks[0].bus", "a machine q35 of this host has no ide", "it offers sata, virtio")),
        ({"disks": [{"volume": "b", "bus": "sata"}]}, {"disk_buses": {"virtio", "sata"}}, "kvm", None),
        ({"disks": [{"volume": "b"}]}, {"disk_buses": {"sata"}}, "xen", ("disks[0].bus", "a machine q35 of this host has no xen", "it offers sata")),
        # consoles
        ({"graphics": "spice"}, {"graphics": {"vnc", "sdl"}}, "kvm", ("graphics.type", "this host offers no spice", NO_SPICE)),
        ({"graphics": "vnc"}, {"graphics": {"spice", "sdl"}}, "kvm", ("graphics.type", "this host offers no vnc", "it offers spice")),
        ({"graphics": "vnc"}, {"graphics": {"vnc"}}, "kvm", None),
        ({}, {"graphics": set()}, "kvm", None),
        ({"libvirt": {"video": "qxl"}}, {"video": {"vga", "virtio"}}, "kvm", ("libvirt.video", "this host offers no qxl", "it offers vga, virtio")),
        ({"libvirt": {"video": "vga"}}, {"video": {"vga"}}, "kvm", None),
        # the TPM
        ({"libvirt": {"tpm": True}}, {"tpm": {"passthrough"}}, "kvm",
         ("libvirt.tpm", "this host emulates none for such a machine", "install swtpm there (Debian: swtpm swtpm-tools)")),
        ({"libvirt": {"tpm": True}}, {"tpm": {"emulator"}}, "kvm", None),
        ({"libvirt": {"tpm": False}}, {"tpm": set()}, "kvm", None),
    ],
)  # fmt: skip
def test_what_is_lacking(
    inputs: dict[str, Any], offer: dict[str, Any], kind: str, told: tuple[str, str, str] | None
) -> None:
    told_by_host: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in offer.items()
    }
    offered = replace(SILENT, **told_by_host)
    found = lacks(VirtualMachine.model_validate(inputs), kind, offered)
    assert [(each.where.path, each.message, each.hint) for each in found] == (
        [] if told is None else [(told[0], f"{told[0]}: {told[1]}", told[2])]
    )
    assert lacks(VirtualMachine.model_validate(inputs), kind, SILENT) == []


def test_each_disk_is_told() -> None:
    inputs = VirtualMachine.model_validate(
        {"disks": [{"volume": "a"}, {"volume": "b", "bus": "usb"}, {"image": "/a", "device": "cdrom"}]}
    )
    offer = replace(SILENT, disk_buses=frozenset({"scsi"}), disk_devices=frozenset({"disk"}))
    assert [each.where.path for each in lacks(inputs, "kvm", offer)] == [
        "disks[0].bus",
        "disks[1].bus",
        "disks[2].device",
        "disks[2].bus",
    ]


def test_what_is_not_known_yet_is_passed_over() -> None:
    inputs = VirtualMachine.model_validate(
        {"disks": [{"volume": "a"}], "cpu": {"mode": "maximum"}, "graphics": "vnc", "libvirt": {}}
    )
    poor = Offer("q35", 1, firmware=frozenset(), secure_boot=False, cpu_modes=frozenset(), cpu_models={},
                 disk_buses=frozenset(), disk_devices=frozenset(), graphics=frozenset(), video=frozenset(), tpm=frozenset())  # fmt: skip
    disk = inputs.disks[0].model_copy(update={"device": UNKNOWN, "bus": UNKNOWN})
    own = (
        inputs.libvirt.model_copy(update=dict.fromkeys(("tpm", "video", "secure_boot"), UNKNOWN))
        if inputs.libvirt
        else None
    )
    changes = {"cpus": UNKNOWN, "cpu": inputs.cpu.model_copy(update={"mode": UNKNOWN, "model": UNKNOWN}), "firmware": UNKNOWN, "disks": [disk],
               "graphics": inputs.graphics.model_copy(update={"type": UNKNOWN}), "libvirt": own}  # fmt: skip
    assert lacks(inputs.model_copy(update=changes), "kvm", poor) == []
    on_a_bus = disk.model_copy(update={"device": "disk"})
    found = lacks(inputs.model_copy(update={**changes, "disks": [on_a_bus]}), "kvm", poor)
    assert [each.where.path for each in found] == ["disks[0].device"]


def test_features_that_are_not_known_yet_leave_none_out() -> None:
    inputs = VirtualMachine.model_validate({"cpu": {"model": "Skylake"}})
    inputs = inputs.model_copy(update={"cpu": inputs.cpu.model_copy(update={"features": UNKNOWN})})
    offer = replace(SILENT, cpu_models={"Skylake": frozenset({"hle"})})
    assert [each.where.path for each in lacks(inputs, "kvm", offer)] == ["cpu.model"]


@pytest.mark.parametrize("field", ["machine_type", "architecture", "virtualization", "libvirt"])
def test_what_decides_about_an_offer(field: str) -> None:
    inputs = VirtualMachine.model_validate({"libvirt": {"type": "kvm"}})
    assert is_settled(inputs) and is_settled(VirtualMachine())
    assert not is_settled(inputs.model_copy(update={field: UNKNOWN}))
    assert inputs.libvirt is not None
    assert not is_settled(inputs.model_copy(update={"libvirt": inputs.libvirt.model_copy(update={"type": UNKNOWN})}))
    assert is_settled(inputs.model_copy(update={"cpus": UNKNOWN}))


def values(name: str, *offered: str) -> str:
    return f"<enum name='{name}'>{''.join(f'<value>{each}</value>' for each in offered)}</enum>"


@pytest.mark.parametrize(
    ("inside", "field", "wanted"),
    [
        ("<machine>pc-q35-9.1</machine>", "machine", "pc-q35-9.1"),
        ("", "machine", ""),
        ("<vcpu max='255'/>", "most_cpus", 255),
        ("<vcpu/>", "most_cpus", None),
        (f"<os supported='yes'>{values('firmware', 'efi', 'bios')}</os>", "firmware", {"efi", "bios"}),
        (f"<os supported='no'>{values('firmware', 'efi')}</os>", "firmware", set()),
        (f"<os>{values('firmware', 'efi')}</os>", "firmware", None),
        ("<os supported='yes'/>", "firmware", None),
        (f"<os><loader supported='yes'>{values('secure', 'yes', 'no')}</loader></os>", "secure_boot", True),
        (f"<os><loader supported='yes'>{values('secure', 'no')}</loader></os>", "secure_boot", False),
        ("<os><loader supported='no'/></os>", "secure_boot", False),
        ("<os><loader/></os>", "secure_boot", None),
        ("<cpu><mode name='a' supported='yes'/><mode name='b' supported='no'/><mode name='c'/><mode supported='yes'/></cpu>", "cpu_modes", {"a"}),
        ("<cpu><mode name='a' supported='no'/></cpu>", "cpu_modes", set()),
        ("<cpu/>", "cpu_modes", None),
        ("<cpu><mode name='custom' supported='yes'><model>A</model><model>B</model><blockers model='B'><feature name='x'/><feature name='y'/><feature/></blockers></mode></cpu>",
         "cpu_models", {"A": set(), "B": {"x", "y"}}),
        ("<cpu><mode name='custom' supported='no'><model>A</model></mode></cpu>", "cpu_models", None),
        ("<cpu><mode name='maximum' supported='yes'><model>A</model></mode></cpu>", "cpu_models", None),
        ("<cpu><mode name='custom' supported='yes'/></cpu>", "cpu_models", None),
        *(
            (f"<devices><{device} supported='yes'>{values('other', 'z')}{values(name, 'a', 'b')}</{device}></devices>", field, {"a", "b"})
            for device, name, field in (("disk", "bus", "disk_buses"), ("disk", "diskDevice", "disk_devices"), ("graphics", "type", "graphics"),
                                        ("video", "modelType", "video"), ("tpm", "backendModel", "tpm"))
        ),
    ],
)  # fmt: skip
def test_what_a_host_tells(inside: str, field: str, wanted: Any) -> None:
    told = getattr(Offer.of(from_text(f"<domainCapabilities>{inside}</domainCapabilities>")), field)
    assert told == (frozenset(wanted) if isinstance(wanted, set) else wanted)

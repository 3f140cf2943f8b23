"""The inputs that are in force: those that were declared, with what differs now from how libvirt first wrote them down."""

from typing import Any

import pytest
from tests.unit.libvirt.machines.cases import place

from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.reading.inputs import UNTOLD, in_force, root_is_missing
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.cpu import CpuTopology
from virtwright.schemas.machine import VirtualMachine

DECLARED: dict[str, Any] = {
    "image": "/i.qcow2",
    "disks": [{"volume": "data", "serial": "D1"}, {"image": "/a.iso", "device": "cdrom"}],
    "networks": ["front", {"network": "back", "mac": "52:54:00:12:34:56"}],
    "cpu": {"model": "Skylake-Server"},
    "graphics": {"type": "vnc", "port": 5901},
    "resources": {"cpu_shares": 512},
    "description": "old",
}
SOUND = "<sound/><disk device='disk'><source file='/x'/><target dev='vdz' bus='virtio'/><readonly/></disk>"
DRIVE = "<disk device='cdrom'><source file='/x.iso'/><target dev='sdz' bus='sata'/><readonly/></disk>"
JOINED = "<interface type='network'><mac address='52:54:00:00:00:09'/><source network='side'/><model type='virtio'/></interface>"


def machine(**more: Any) -> VirtualMachine:
    return VirtualMachine.model_validate({**DECLARED, **more})


def found(*changes: tuple[str, str], noted: bool = True, **more: Any) -> dict[str, Any]:
    """The fields that are no longer as they were declared, after each text of the domain was replaced by another."""
    declared = machine(**more)
    at = place(declared)
    xml = to_text(build_domain(declared, at))
    said = read_settings(from_text(xml))
    for old, new in changes:
        assert old in xml
        xml = xml.replace(old, new, 1)
    record = MachineRecord(
        said=said if noted else None, disks=tuple(each.target for each in at.disks), macs=at.macs, seeded=at.seeded
    )
    now = in_force(declared, record, read_settings(from_text(xml)))
    return {name: getattr(now, name) for name in VirtualMachine.model_fields if getattr(now, name) != getattr(declared, name)}  # fmt: skip


def plain(values: Any) -> Any:
    return [each.model_dump(exclude_defaults=True, warnings=False) for each in values]


def test_what_nobody_changed_is_as_it_was_declared() -> None:
    assert found() == {}


def test_what_nobody_changed_is_not_even_copied() -> None:
    """A record without its disks and interfaces, as of a machine that is being made, takes none away."""
    declared = machine()
    now = read_settings(build_domain(declared, place(declared)))
    assert in_force(declared, MachineRecord(said=now), now) is declared


def test_a_device_that_was_not_noted_is_told_as_it_is() -> None:
    declared = machine()
    at = place(declared)
    now = read_settings(build_domain(declared, at))
    noted = {**now, "disks": [], "networks": []}
    record = MachineRecord(said=noted, disks=tuple(each.target for each in at.disks), macs=at.macs, seeded=at.seeded)
    told = in_force(declared, record, now)
    assert [(each.network, each.mac) for each in told.networks[:2]] == [("front", at.macs[0]), ("back", at.macs[1])]
    assert [each.volume or each.image for each in told.disks[:2]] == [now["disks"][1]["path"], now["disks"][2]["path"]]


def test_what_is_not_noted_yet_counts_as_declared() -> None:
    assert found(("<description>old", "<description>new"), noted=False) == {}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("<description>old", "<description>new", {"description": "new"}),
        ('placement="static">1<', 'placement="static">2<', {"cpus": 2, "max_cpus": 2}),
        ('placement="static">1<', 'placement="static" current="1">2<', {"max_cpus": 2}),
        ('<currentMemory unit="KiB">1048576', '<currentMemory unit="KiB">1024', {"memory": 1024**2}),
        ('<memory unit="KiB">1048576', '<memory unit="KiB">2097152', {"max_memory": 2 * 1024**3}),
        ('arch="x86_64"', 'arch="aarch64"', {"architecture": "aarch64"}),
        ('arch="x86_64"', 'arch="x86_64" machine="pc"', {"machine_type": "pc"}),
        ("<os>", '<os firmware="efi">', {"firmware": "uefi"}),
    ],
)
def test_a_plain_field(old: str, new: str, wanted: dict[str, Any]) -> None:
    assert found((old, new)) == wanted


def test_a_console_that_was_taken_out() -> None:
    assert found(("<serial type", "<parallel type"), ("</serial>", "</parallel>"), disks=[]) == {"console": False}


def test_an_agent_that_was_taken_out() -> None:
    assert found(("org.qemu.guest_agent.0", "org.example.0"), guest_agent=True) == {"guest_agent": False}


def test_a_kernel_that_is_booted_now() -> None:
    told = found(("</os>", "<kernel>/k</kernel></os>"))
    assert [*told] == ["boot"]
    assert (told["boot"].kernel, told["boot"].initrd, told["boot"].cmdline) == ("/k", None, "")


def test_a_disk_that_is_booted_again() -> None:
    assert found(("<kernel>/k</kernel>", ""), boot={"kernel": "/k"}) == {"boot": "disk"}


@pytest.mark.parametrize(
    ("old", "new", "field", "wanted"),
    [
        (">Skylake-Server<", ">EPYC<", "cpu", {"mode": None, "model": "EPYC", "topology": None, "features": {}}),
        ("</cpu>", "<feature name='vmx' policy='disable'/></cpu>", "cpu",
         {"mode": None, "model": "Skylake-Server", "topology": None, "features": {"vmx": "disable"}}),
        ("</cpu>", "<topology cores='3'/></cpu>", "cpu",
         {"mode": None, "model": "Skylake-Server", "topology": {"sockets": 1, "cores": 3, "threads": 1}, "features": {}}),
        ('port="5901"', 'port="5902"', "graphics", {"type": "vnc", "listen": "127.0.0.1", "port": 5902, "password": None}),
        ("<shares>512", "<shares>2", "resources", {"cpu_shares": 2, "cpu_limit": None, "memory_limit": None, "io_weight": None, "pids": None}),
    ],
)  # fmt: skip
def test_a_field_with_parts(old: str, new: str, field: str, wanted: dict[str, Any]) -> None:
    told = found((old, new))
    assert [*told] == [field]
    assert told[field].model_dump(warnings=False) == wanted
    assert field != "cpu" or isinstance(told["cpu"].topology, CpuTopology | None)


@pytest.mark.parametrize("own", [None, {"clock": "utc", "tpm": True}])
def test_a_field_of_libvirt_s_own(own: dict[str, Any] | None) -> None:
    told = found(('<clock offset="utc"', '<clock offset="localtime"'), libvirt=own)
    assert [*told] == ["libvirt"]
    assert (told["libvirt"].clock, told["libvirt"].tpm) == ("localtime", own is not None)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("<serial>D1", "<serial>D2", [{"volume": "data", "serial": "D2"}, {"image": "/a.iso", "device": "cdrom"}]),
        ("/pool/vdb", "/pool/other", [{"volume": "/pool/other", "serial": "D1"}, {"image": "/a.iso", "device": "cdrom"}]),
        ("/pool/sda", "/b.iso", [{"volume": "data", "serial": "D1"}, {"image": "/b.iso", "device": "cdrom"}]),
        ('dev="vdb"', 'dev="vdc"', [{"image": "/a.iso", "device": "cdrom"}, {"volume": "/pool/vdb", "bus": "virtio"}]),
        ('dev="sda"', 'dev="sdb"', [{"volume": "data", "serial": "D1"}, {"image": "/pool/sda", "bus": "sata", "device": "cdrom", "read_only": True}]),
        ("</devices>", f"{SOUND}</devices>",
         [{"volume": "data", "serial": "D1"}, {"image": "/a.iso", "device": "cdrom"}, {"volume": "/x", "bus": "virtio", "read_only": True}]),
        ("</devices>", f"{DRIVE}</devices>",
         [{"volume": "data", "serial": "D1"}, {"image": "/a.iso", "device": "cdrom"},
          {"image": "/x.iso", "bus": "sata", "device": "cdrom", "read_only": True}]),
    ],
)  # fmt: skip
def test_disks(old: str, new: str, wanted: list[dict[str, Any]]) -> None:
    told = found((old, new))
    assert [*told] == ["disks"]
    assert plain(told["disks"]) == wanted


def test_the_first_of_the_disks_is_the_image_s() -> None:
    assert found(("/pool/vda", "/pool/other")) == {}, "no input says where it lies"
    told = found(("<serial>D1", "<serial>D2"), image=None)
    assert plain(told["disks"])[0] == {"volume": "data", "serial": "D2"}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('network="front"', 'network="side"', [{"network": "side"}, {"network": "back", "mac": "52:54:00:12:34:56"}]),
        ('address="52:54:00:12:34:56"', 'address="52:54:00:12:34:57"', [{"network": "front"}, {"network": "back", "mac": "52:54:00:12:34:57"}]),
        ("</devices>", f"{JOINED}</devices>",
         [{"network": "front"}, {"network": "back", "mac": "52:54:00:12:34:56"}, {"network": "side", "mac": "52:54:00:00:00:09"}]),
    ],
)  # fmt: skip
def test_networks(old: str, new: str, wanted: list[dict[str, Any]]) -> None:
    told = found((old, new))
    assert [*told] == ["networks"]
    assert plain(told["networks"]) == wanted


def test_a_model_that_was_changed() -> None:
    told = found(('<model type="virtio" /></interface>', '<model type="e1000" /></interface>'))
    assert [each.model for each in told["networks"]] == ["e1000", None]


@pytest.mark.parametrize(
    ("image", "noted", "there", "missing"),
    [
        ("/i", ("vda", "vdb"), ("vda", "vdb"), False),
        ("/i", ("vda", "vdb"), ("vdb",), True),
        ("/i", ("vda",), (), True),
        ("/i", (), (), False),
        (None, ("vda",), (), False),
    ],
)
def test_whether_the_root_is_there(
    image: str | None, noted: tuple[str, ...], there: tuple[str, ...], missing: bool
) -> None:
    now = {"disks": [{"target": each} for each in there]}
    assert root_is_missing(VirtualMachine(image=image), MachineRecord(disks=noted), now) is missing


def test_a_domain_tells_all_but_what_its_guest_alone_knows_and_what_libvirt_has_not() -> None:
    assert UNTOLD == {"cloud_init", "namespace"} <= VirtualMachine.model_fields.keys()

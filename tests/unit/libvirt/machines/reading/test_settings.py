"""What a domain says, field by field."""

from pathlib import Path
from typing import Any

import pytest

from virtwright.providers.libvirt.machines.reading.container import container_settings
from virtwright.providers.libvirt.machines.reading.devices import read_disks, read_networks, source_path
from virtwright.providers.libvirt.machines.reading.limits import cpu_limit
from virtwright.providers.libvirt.machines.reading.settings import read_password, read_settings
from virtwright.providers.libvirt.xml import from_text

RICH = from_text((Path(__file__).parents[1] / "told/rich.xml").read_text())
NOTHING: dict[str, Any] = {"bus": None, "read_only": False, "cache": None, "discard": None, "serial": None, "boot_order": None}  # fmt: skip


def test_all_that_a_rich_domain_says() -> None:
    assert read_settings(RICH) == {
        "cpus": 2,
        "max_cpus": 4,
        "memory": 2 * 1024**3,
        "max_memory": 4 * 1024**3,
        "architecture": "x86_64",
        "machine_type": "pc-q35-9.1",
        "firmware": "uefi",
        "cpu": {
            "mode": "custom",
            "model": "Skylake-Server",
            "topology": {"sockets": 2, "cores": 2, "threads": 1},
            "features": {"vmx": "disable", "avx": "require"},
        },
        "boot": "disk",
        "disks": [
            {"target": "vda", "path": "/pool/vda", "format": "qcow2", "bus": "virtio", "device": "disk", "read_only": False,
             "cache": "none", "discard": True, "serial": "D1", "boot_order": 1},
            {**NOTHING, "target": "sda", "path": "/dev/vg/logs", "format": "raw", "bus": "scsi", "device": "disk", "read_only": True},
            {**NOTHING, "target": "sdb", "path": "/images/tools.iso", "format": "raw", "bus": "sata", "device": "cdrom", "read_only": True},
        ],
        "networks": [{"network": "front", "mac": "52:54:00:aa:bb:01", "model": "virtio", "boot_order": 2}],
        "graphics": {"type": "vnc", "listen": "0.0.0.0", "port": 5901},
        "console": True,
        "guest_agent": True,
        "resources": {"cpu_shares": 512, "cpu_limit": 1.5, "memory_limit": 5 * 1024**3, "io_weight": 200},
        "description": "keeps the orders",
        "libvirt": {"type": "kvm", "watchdog": "poweroff", "tpm": True, "secure_boot": False, "clock": "variable", "video": "qxl",
                    "on_crash": "restart", "init": None},
    }  # fmt: skip
    assert read_password(RICH) == "hunter22"


def test_all_that_an_empty_domain_says() -> None:
    empty = from_text("<domain/>")
    assert read_settings(empty) == {
        "cpus": 1,
        "max_cpus": 1,
        "memory": 0,
        "max_memory": 0,
        "architecture": None,
        "machine_type": None,
        "firmware": "bios",
        "cpu": {"mode": None, "model": None, "topology": None, "features": {}},
        "boot": "disk",
        "disks": [],
        "networks": [],
        "graphics": {"type": "none", "listen": None, "port": None},
        "console": False,
        "guest_agent": False,
        "resources": {"cpu_shares": None, "cpu_limit": None, "memory_limit": None, "io_weight": None},
        "description": "",
        "libvirt": {"type": None, "watchdog": None, "tpm": False, "secure_boot": False, "clock": "utc", "video": None,
                    "on_crash": "destroy", "init": None},
    }  # fmt: skip
    assert read_password(empty) is None


@pytest.mark.parametrize(
    ("inside", "field", "value"),
    [
        ("<vcpu>3</vcpu>", "cpus", 3),
        ("<vcpu current='1'>3</vcpu>", "max_cpus", 3),
        ("<vcpu>many</vcpu>", "cpus", 1),
        ("<memory unit='MiB'>3</memory>", "memory", 3 * 1024**2),
        ("<memory unit='MiB'>3</memory><currentMemory unit='KiB'>5</currentMemory>", "memory", 5 * 1024),
        ("<memory unit='MiB'>3</memory><currentMemory unit='KiB'>5</currentMemory>", "max_memory", 3 * 1024**2),
        ("<cputune><global_period>50000</global_period><global_quota>75000</global_quota></cputune>", "resources",
         {"cpu_shares": None, "cpu_limit": 1.5, "memory_limit": None, "io_weight": None}),
        ("<os firmware='efi'/>", "firmware", "uefi"),
        ("<os firmware='bios'/>", "firmware", "bios"),
        ("<os><loader type='pflash'/></os>", "firmware", "uefi"),
        ("<os><loader type='rom'/></os>", "firmware", "bios"),
        ("<os><kernel>/k</kernel></os>", "boot", {"kernel": "/k", "initrd": None, "cmdline": ""}),
        ("<os><kernel>/k</kernel><initrd>/i</initrd><cmdline> a b </cmdline></os>", "boot", {"kernel": "/k", "initrd": "/i", "cmdline": "a b"}),
        ("<os><initrd>/i</initrd></os>", "boot", "disk"),
        ("<devices><serial type='pty'/></devices>", "console", True),
        ("<devices><console type='pty'/></devices>", "console", True),
        ("<devices><channel><target name='org.example.0'/></channel></devices>", "guest_agent", False),
        ("<cpu/>", "cpu", {"mode": None, "model": None, "topology": None, "features": {}}),
        ("<cpu><model>x</model></cpu>", "cpu", {"mode": "custom", "model": "x", "topology": None, "features": {}}),
        ("<cpu mode='host-model'><model>x</model></cpu>", "cpu", {"mode": "host-model", "model": "x", "topology": None, "features": {}}),
        ("<cpu><topology cores='3'/><feature name='vmx'/><feature/></cpu>", "cpu",
         {"mode": None, "model": None, "topology": {"sockets": 1, "cores": 3, "threads": 1}, "features": {"vmx": "require", "": "require"}}),
        ("<cpu><topology sockets='2' threads='4'/></cpu>", "cpu",
         {"mode": None, "model": None, "topology": {"sockets": 2, "cores": 1, "threads": 4}, "features": {}}),
        ("<devices><graphics type='vnc' port='5900' autoport='yes'/></devices>", "graphics", {"type": "vnc", "listen": None, "port": None}),
        ("<devices><graphics type='vnc' port='-1'/></devices>", "graphics", {"type": "vnc", "listen": None, "port": None}),
        ("<devices><graphics type='vnc' port='0'/></devices>", "graphics", {"type": "vnc", "listen": None, "port": 0}),
        ("<devices><graphics type='vnc'/></devices>", "graphics", {"type": "vnc", "listen": None, "port": None}),
        ("<devices><graphics type='spice' port='5'><listen address='::1'/></graphics></devices>", "graphics", {"type": "spice", "listen": "::1", "port": 5}),
        ("<devices><graphics type='spice' port='5' listen='a'><listen address='::1'/></graphics></devices>", "graphics", {"type": "spice", "listen": "a", "port": 5}),
        ("<devices><graphics type='sdl' port='5' listen='a'/></devices>", "graphics", {"type": "none", "listen": None, "port": None}),
    ],
)  # fmt: skip
def test_a_field(inside: str, field: str, value: Any) -> None:
    assert read_settings(from_text(f"<domain>{inside}</domain>"))[field] == value


@pytest.mark.parametrize(
    ("inside", "field", "value"),
    [
        ("<os><loader secure='yes'/></os>", "secure_boot", True),
        ("<os><loader secure='no'/></os>", "secure_boot", False),
        ("<os><firmware><feature name='enrolled-keys' enabled='yes'/></firmware></os>", "secure_boot", False),
        ("<os><firmware><feature name='secure-boot' enabled='yes'/></firmware></os>", "secure_boot", True),
        ("<os><firmware><feature name='secure-boot' enabled='no'/></firmware><loader secure='yes'/></os>", "secure_boot", False),
        ("<devices><watchdog/></devices>", "watchdog", None),
        ("<devices><watchdog action='none'/></devices>", "watchdog", "none"),
        ("<clock offset='localtime'/>", "clock", "localtime"),
        ("<os><init>/bin/sh</init><initarg>-c</initarg><initarg/></os>", "init", ["/bin/sh", "-c", ""]),
        ("<os><initarg>-c</initarg></os>", "init", None),
    ],
)  # fmt: skip
def test_a_field_of_libvirt_s_own(inside: str, field: str, value: Any) -> None:
    assert read_settings(from_text(f"<domain>{inside}</domain>"))["libvirt"][field] == value


@pytest.mark.parametrize(
    ("period", "quota", "limit"),
    [
        ("", "", None),
        ("<p>100000</p>", "", None),
        ("<p>100000</p>", "<q>0</q>", None),
        ("<p>100000</p>", "<q>-1</q>", None),
        ("<p>100000</p>", "<q>1</q>", 0.00001),
        ("<p>100000</p>", "<q>150000</q>", 1.5),
        ("<p>50000</p>", "<q>150000</q>", 3.0),
        ("", "<q>150000</q>", 1.5),
        ("<p>0</p>", "<q>150000</q>", 1.5),
        ("<p>300000</p>", "<q>100000</q>", 0.333333),
    ],
)
def test_a_limit_of_cpu_time(period: str, quota: str, limit: float | None) -> None:
    assert cpu_limit(from_text(f"<domain><cputune>{period}{quota}</cputune></domain>"), "p", "q") == limit


@pytest.mark.parametrize(
    ("inside", "cpus", "limit"),
    [
        ("", 1, None),
        ("<vcpu>3</vcpu>", 3, None),
        ("<vcpu>many</vcpu>", 1, None),
        ("<vcpu>3</vcpu><cputune><period>100000</period><quota>200000</quota></cputune>", 2, None),
        ("<vcpu>3</vcpu><cputune><period>100000</period><quota>150000</quota></cputune>", 2, 1.5),
        ("<cputune><period>100000</period><quota>50000</quota></cputune>", 1, 0.5),
        ("<cputune><period>50000</period><quota>150000</quota></cputune>", 3, None),
        (
            "<vcpu>3</vcpu><cputune><global_period>100000</global_period><global_quota>50000</global_quota></cputune>",
            3,
            None,
        ),
    ],
)
def test_processors_of_a_container(inside: str, cpus: int, limit: float | None) -> None:
    domain = from_text(f"<domain type='lxc'>{inside}</domain>")
    assert container_settings(domain) == {"cpus": cpus, "max_cpus": cpus, "cpu_limit": limit}
    told = read_settings(domain)
    assert (told["cpus"], told["max_cpus"], told["resources"]["cpu_limit"]) == (cpus, cpus, limit)


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        ("<disk/>", {"target": "", "path": None, "format": "raw", "device": "disk"}),
        ("<disk device='cdrom'><target dev='sda' bus='sata'/></disk>", {"target": "sda", "path": None, "format": "raw", "device": "cdrom", "bus": "sata"}),
        ("<disk><driver type='qcow2' discard='ignore' cache='none'/><source dev='/dev/a'/></disk>",
         {"target": "", "path": "/dev/a", "format": "qcow2", "device": "disk", "discard": False, "cache": "none"}),
        ("<disk device='floppy'/>", None),
        ("<disk device='lun'/>", None),
        ("<filesystem type='file'><driver type='loop' format='qcow2'/><source file='/a'/><target dir='/srv'/><readonly/></filesystem>",
         {"target": "/srv", "path": "/a", "format": "qcow2", "device": "disk", "read_only": True}),
        ("<filesystem type='block'><source dev='/dev/a'/></filesystem>", {"target": "", "path": "/dev/a", "format": "raw", "device": "disk"}),
        ("<filesystem type='mount'><source dir='/a'/></filesystem>", None),
    ],
)  # fmt: skip
def test_a_disk(xml: str, wanted: dict[str, Any] | None) -> None:
    told = read_disks(from_text(f"<domain><devices>{xml}</devices></domain>"))
    assert told == ([] if wanted is None else [{**NOTHING, **wanted}])


def test_disks_come_before_what_is_mounted() -> None:
    told = read_disks(from_text("<domain><devices><filesystem type='file'><target dir='/'/></filesystem><disk/></devices></domain>"))  # fmt: skip
    assert [each["target"] for each in told] == ["", "/"]


@pytest.mark.parametrize(
    ("xml", "path"),
    [
        ("<disk/>", None),
        ("<disk><source file='/a'/></disk>", "/a"),
        ("<disk><source dev='/b'/></disk>", "/b"),
        ("<disk><source/></disk>", None),
    ],
)
def test_where_the_content_lies(xml: str, path: str | None) -> None:
    assert source_path(from_text(xml)) == path


def test_only_interfaces_on_networks_are_told() -> None:
    devices = "<interface type='direct'><source dev='eth0'/></interface><interface type='network'><source network='a'/></interface>"
    (told,) = read_networks(from_text(f"<domain><devices>{devices}</devices></domain>"))
    assert told == {"network": "a", "mac": "", "model": None, "boot_order": None}

"""A machine that somebody else made, in the terms of the inputs."""

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from virtwright.providers.libvirt.machines.foreign.telling import tell

_DOMAIN = """
<domain type='kvm'><name>web</name><title>Web</title><description>the web server</description>
<memory unit='KiB'>2097152</memory><currentMemory unit='MiB'>1024</currentMemory>
<vcpu placement='static' cpuset='0-3' current='2'>4</vcpu><os firmware='efi'><type arch='x86_64' machine='pc-q35-9.0'>hvm</type>
<firmware><feature enabled='yes' name='secure-boot'/></firmware><boot dev='cdrom'/></os>
<cpu mode='custom' match='exact'><model fallback='allow'>Skylake-Server</model><topology sockets='1' cores='4' threads='1'/>
<feature policy='disable' name='vmx'/></cpu><clock offset='utc'><timer name='hpet' present='no'/></clock><on_crash>restart</on_crash>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' io='native'/><source file='/pool/web.qcow2'/>
<target dev='vda' bus='virtio'/></disk>
<disk type='block' device='disk'><source dev='/dev/vg/data'/><target dev='vdb'/><iotune><total_iops_sec>9</total_iops_sec></iotune></disk>
<disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vdc' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
<interface type='network'><mac address='52:54:00:11:22:AA'/><source network='default'/><model type='virtio'/><filterref filter='x'/></interface>
<interface type='bridge'><mac address='52:54:00:11:22:34'/><source bridge='br0'/></interface>
<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='hunter2'/><video><model type='vmvga'/></video>
<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev></devices></domain>
"""


def _told(xml: str, **more: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    inputs, unsaid = tell(
        fromstring(xml), lambda path: path.replace("/pool", "fast") if "/pool" in path else None, **more
    )
    return inputs.model_dump(exclude_defaults=True), unsaid


def test_what_has_a_word_is_told() -> None:
    told, _ = _told(_DOMAIN, power="stopped", autostart=True)
    assert told == {
        "cpus": 2,
        "max_cpus": 4,
        "max_memory": 2 * 1024**3,
        "architecture": "x86_64",
        "machine_type": "pc-q35-9.0",
        "firmware": "uefi",
        "cpu": {"mode": "custom", "model": "Skylake-Server", "topology": {"cores": 4}, "features": {"vmx": "disable"}},
        "disks": [
            {"volume": "fast/web.qcow2", "bus": "virtio", "cache": "none"},
        ],
        "networks": [{"network": "default", "mac": "52:54:00:11:22:aa", "model": "virtio"}],
        "console": False,
        "graphics": {"type": "vnc", "password": "hunter2"},
        "description": "the web server",
        "autostart": True,
        "power": "stopped",
        "libvirt": {"type": "kvm", "secure_boot": True, "on_crash": "restart"},
    }


def test_what_has_none_is_named() -> None:
    _, unsaid = _told(_DOMAIN)
    assert unsaid == (
        "title: Web",
        "vcpu: cpuset=0-3",
        "devices/video/model: type=vmvga",
        "devices/hostdev: mode=subsystem, type=pci, source address bus=1",
        "disk vda: driver io=native",
        "disk vdb: /dev/vg/data, which lies in no storage pool",
        "disk vdc: disk of type network, protocol=rbd name=p/i",
        "disk sda: cdrom of type file, empty",
        "interface 52:54:00:11:22:aa: filterref filter=x",
        "interface 52:54:00:11:22:34: of type bridge, bridge br0",
    )


@pytest.mark.parametrize(
    ("devices", "virtualization"),
    [
        ("", "paravirtual"),
        ("<disk><source file='/pool/a'/><target dev='hda' bus='ide'/></disk>", "full"),
        ("<disk><source file='/pool/a'/><target dev='hda' bus='ide'/></disk><disk><source file='/pool/b'/><target dev='vda'/></disk>", "paravirtual"),
        ("<interface type='network'><source network='n'/><model type='rtl8139'/></interface>", "full"),
    ],
)  # fmt: skip
def test_a_machine_of_emulated_devices_is_fully_virtualized(devices: str, virtualization: str) -> None:
    told, _ = _told(f"<domain type='qemu'><memory>524288</memory><devices>{devices}</devices></domain>")
    assert told.get("virtualization", "paravirtual") == virtualization


def test_the_vocabulary_s_own_limits_are_named() -> None:
    told, unsaid = _told(
        "<domain type='qemu'><memory>524288</memory><os><type arch='ppc'>hvm</type></os><devices><disk>"
        "<source file='/pool/a b'/><target dev='vda' bus='sd'/></disk></devices></domain>"
    )
    assert "architecture" not in told
    assert "architecture: ppc" in unsaid
    assert any("fast/a b" in each for each in unsaid)


def test_what_is_booted_is_said_of_the_devices() -> None:
    told, _ = _told(
        "<domain type='qemu'><memory>524288</memory><os><boot dev='network'/><boot dev='cdrom'/><boot dev='hd'/></os><devices>"
        "<disk device='disk'><source file='/pool/a'/><target dev='vda'/></disk>"
        "<disk device='cdrom'><source file='/a.iso'/><target dev='sda' bus='sata'/></disk>"
        "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='n'/></interface></devices></domain>"
    )
    assert [each.get("boot_order") for each in (*told["disks"], *told["networks"])] == [3, 2, 1]


def test_numbers_that_are_none_are_left_out() -> None:
    told, _ = _told("<domain type='qemu'><memory unit='Furlong'>7</memory><vcpu>many</vcpu><devices/></domain>")
    assert "cpus" not in told

"""The parts of a domain, one by one: what each is made of."""

from typing import Any, Final

import pytest

from virtwright.providers.libvirt.machines.building.boot import boot_elements, os_type
from virtwright.providers.libvirt.machines.building.consoles import agent_element, console_devices, graphics_element
from virtwright.providers.libvirt.machines.building.disks import boot_orders, disk_element, disk_elements
from virtwright.providers.libvirt.machines.building.domain import build_domain, in_kib
from virtwright.providers.libvirt.machines.building.extras import extra_devices
from virtwright.providers.libvirt.machines.building.interfaces import interface_element
from virtwright.providers.libvirt.machines.building.processor import cpu_element, vcpu_element, vcpus_element
from virtwright.providers.libvirt.machines.building.tuning import limit, quota, share_of_time, shares, tuning_elements
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, Source
from virtwright.providers.libvirt.xml import element, to_text
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import MachineResources, VirtualMachine
from virtwright.schemas.storage import Disk

QCOW2: Final = Source("/a", "qcow2")
FULL: Final = {"virtualization": "full"}


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate(inputs)


def place(domain_type: str = "kvm", architecture: str = "x86_64", **more: Any) -> Place:
    return Place("shop_db", "uuid", domain_type, architecture, **more)


def texts(elements: Any) -> list[str]:
    return [to_text(each) for each in elements]


@pytest.mark.parametrize(
    ("disk", "source", "bus", "order", "kind", "attributes", "inside"),
    [
        ({"volume": "a"}, QCOW2, "virtio", None, "kvm", 'type="file" device="disk"',
         '<driver name="qemu" type="qcow2" /><source file="/a" /><target dev="vda" bus="virtio" />'),
        ({"volume": "a"}, Source("/dev/a", "raw", block=True), "scsi", None, "kvm", 'type="block" device="disk"',
         '<driver name="qemu" type="raw" /><source dev="/dev/a" /><target dev="vda" bus="scsi" />'),
        ({"volume": "a", "cache": "none", "discard": True, "serial": "D1", "read_only": True}, QCOW2, "virtio", 3, "qemu",
         'type="file" device="disk"',
         ('<driver name="qemu" type="qcow2" cache="none" discard="unmap" /><source file="/a" /><target dev="vda" bus="virtio" />'
         '<serial>D1</serial><boot order="3" /><readonly />')),
        ({"volume": "a", "discard": False}, QCOW2, "virtio", None, "kvm", 'type="file" device="disk"',
         '<driver name="qemu" type="qcow2" discard="ignore" /><source file="/a" /><target dev="vda" bus="virtio" />'),
        ({"volume": "a", "mount": "/srv"}, QCOW2, "virtio", None, "kvm", 'type="file" device="disk"',
         '<driver name="qemu" type="qcow2" /><source file="/a" /><target dev="vda" bus="virtio" /><serial>vw-a3d9ac4fdee9c2424</serial>'),
        ({"image": "/a.iso", "device": "cdrom"}, Source("/a.iso"), "sata", None, "kvm", 'type="file" device="cdrom"',
         '<driver name="qemu" type="raw" /><source file="/a.iso" /><target dev="vda" bus="sata" /><readonly />'),
        ({"image": "/a.iso", "device": "cdrom"}, None, "sata", None, "kvm", 'type="file" device="cdrom"',
         '<driver name="qemu" type="raw" /><target dev="vda" bus="sata" /><readonly />'),
        ({"volume": "a"}, QCOW2, "xen", None, "xen", 'type="file" device="disk"',
         '<driver name="qemu" type="qcow2" /><source file="/a" /><target dev="vda" bus="xen" />'),
        ({"volume": "a"}, Source("/a"), "xen", None, "xen", 'type="file" device="disk"', '<source file="/a" /><target dev="vda" bus="xen" />'),
    ],
)  # fmt: skip
def test_a_disk(
    disk: dict[str, Any], source: Source | None, bus: str, order: int | None, kind: str, attributes: str, inside: str
) -> None:
    made = disk_element(Disk.model_validate(disk), DiskPlace("vda", source), bus, order, domain_type=kind)
    assert to_text(made) == f"<disk {attributes}>{inside}</disk>"


A, B = {"volume": "a"}, {"volume": "b"}


@pytest.mark.parametrize(
    ("inputs", "orders"),
    [
        ({"disks": [A, B]}, [1, None]),
        ({"disks": [A]}, [1]),
        ({}, []),
        ({"disks": [A, {**B, "boot_order": 1}]}, [None, 1]),
        ({"disks": [{**A, "boot_order": 2}, {**B, "boot_order": 1}]}, [2, 1]),
        ({"disks": [A, B], "networks": ["a"]}, [1, None]),
        ({"disks": [A, B], "networks": ["b", {"network": "a", "boot_order": 1}]}, [None, None]),
        ({"disks": [A, B], "boot": {"kernel": "/k"}}, [None, None]),
    ],
)
def test_what_is_booted(inputs: dict[str, Any], orders: list[int | None]) -> None:
    wanted = machine(**inputs)
    assert boot_orders(wanted, wanted.disks) == orders


@pytest.mark.parametrize(
    ("inputs", "kind", "controlled"),
    [
        ({"disks": [{**A, "bus": "scsi"}]}, "kvm", True),
        ({"disks": [A, {**B, "bus": "scsi"}]}, "kvm", True),
        ({"disks": [A]}, "kvm", False),
        ({"disks": [{**A, "bus": "scsi"}], **FULL}, "kvm", False),
        ({"disks": [A]}, "xen", False),
    ],
)
def test_a_controller_of_scsi(inputs: dict[str, Any], kind: str, controlled: bool) -> None:
    wanted = machine(**inputs)
    at = place(kind, disks=tuple(DiskPlace(f"sd{index}", QCOW2) for index in range(len(wanted.disks))))
    controller = ['<controller type="scsi" index="0" model="virtio-scsi" />']
    assert texts(disk_elements(wanted, at))[len(wanted.disks) :] == (controller if controlled else [])


@pytest.mark.parametrize(
    ("order", "boot"), [(None, ""), (1, '<boot order="1" />')]
)  # fmt: skip
def test_an_interface(order: int | None, boot: str) -> None:
    join = NetworkAttachment(network="back", boot_order=order)
    assert to_text(interface_element(join, "52:54:00:00:00:01", "e1000")) == (
        '<interface type="network"><mac address="52:54:00:00:00:01" /><source network="back" /><model type="e1000" />'
        f"{boot}</interface>"
    )


@pytest.mark.parametrize(
    ("inputs", "vcpu", "hotpluggable"),
    [
        ({}, '<vcpu placement="static">1</vcpu>', None),
        ({"cpus": 2}, '<vcpu placement="static">2</vcpu>', ["yes no", "yes yes"]),
        ({"cpus": 2, "max_cpus": 2}, '<vcpu placement="static">2</vcpu>', ["yes no", "yes yes"]),
        ({"cpus": 1, "max_cpus": 3}, '<vcpu placement="static" current="1">3</vcpu>', ["yes no", "no yes", "no yes"]),
        ({"cpus": 2, "max_cpus": 3}, '<vcpu placement="static" current="2">3</vcpu>', ["yes no", "yes yes", "no yes"]),
    ],
)
def test_processors(inputs: dict[str, Any], vcpu: str, hotpluggable: list[str] | None) -> None:
    wanted = machine(**inputs)
    assert to_text(vcpu_element(wanted)) == vcpu
    told = vcpus_element(wanted, place())
    if hotpluggable is None:
        assert told is None
        return
    assert told is not None
    assert [each.get("id") for each in told] == [str(index) for index in range(len(hotpluggable))]
    assert [f"{each.get('enabled')} {each.get('hotpluggable')}" for each in told] == hotpluggable


@pytest.mark.parametrize(
    ("kind", "architecture", "told"),
    [
        ("kvm", "x86_64", True), ("qemu", "x86_64", True), ("kvm", "i686", True), ("xen", "x86_64", False),
        ("test", "x86_64", False), ("kvm", "aarch64", False), ("qemu", "s390x", False),
    ],
)  # fmt: skip
def test_where_processors_come_and_go(kind: str, architecture: str, told: bool) -> None:
    assert (vcpus_element(machine(cpus=2), place(kind, architecture)) is not None) is told


@pytest.mark.parametrize(
    ("cpu", "xml"),
    [
        ({}, None),
        ({"features": {"vmx": "disable"}}, None),
        ({"mode": "host-model"}, '<cpu mode="host-model" />'),
        ({"mode": "maximum", "features": {"vmx": "disable", "avx": "force"}},
         '<cpu mode="maximum"><feature policy="disable" name="vmx" /><feature policy="force" name="avx" /></cpu>'),
        ({"model": "EPYC"}, '<cpu mode="custom" match="exact"><model fallback="forbid">EPYC</model></cpu>'),
        ({"mode": "custom", "model": "EPYC"}, '<cpu mode="custom" match="exact"><model fallback="forbid">EPYC</model></cpu>'),
        ({"topology": {"sockets": 2, "cores": 1, "threads": 4}}, '<cpu><topology sockets="2" cores="1" threads="4" /></cpu>'),
    ],
)  # fmt: skip
def test_what_a_processor_is(cpu: dict[str, Any], xml: str | None) -> None:
    made = cpu_element(machine(cpus=8 if "topology" in cpu else 1, cpu=cpu))
    assert (None if made is None else to_text(made)) == xml


@pytest.mark.parametrize(
    ("inputs", "kind", "type"),
    [({}, "kvm", "hvm"), ({}, "xen", "linux"), (FULL, "xen", "hvm"), (FULL, "kvm", "hvm")],
)
def test_how_a_system_is_started(inputs: dict[str, Any], kind: str, type: str) -> None:
    assert os_type(machine(**inputs), place(kind)) == type


SECURE = (
    '<firmware><feature enabled="{0}" name="enrolled-keys" /><feature enabled="{0}" name="secure-boot" /></firmware>'
)
HVM = '<type arch="x86_64">hvm</type>'
ARM = '<type arch="aarch64">hvm</type>'


@pytest.mark.parametrize(
    ("inputs", "architecture", "xml"),
    [
        ({}, "x86_64", [f"<os>{HVM}</os>", "<features><acpi /><apic /></features>"]),
        ({"firmware": "bios", "libvirt": {"secure_boot": True}}, "x86_64", [f"<os>{HVM}</os>", "<features><acpi /><apic /></features>"]),
        ({"firmware": "uefi"}, "x86_64", [f'<os firmware="efi">{HVM}{SECURE.format("no")}</os>', "<features><acpi /><apic /></features>"]),
        ({"firmware": "uefi", "libvirt": {"secure_boot": True}}, "x86_64",
         [f'<os firmware="efi">{HVM}{SECURE.format("yes")}</os>', '<features><acpi /><apic /><smm state="on" /></features>']),
        ({}, "aarch64", [f"<os>{ARM}</os>"]),
        ({"firmware": "uefi", "libvirt": {"secure_boot": True}}, "aarch64",
         [f'<os firmware="efi">{ARM}{SECURE.format("yes")}</os>', "<features><acpi /></features>"]),
        ({"machine_type": "q35"}, "x86_64", ['<os><type arch="x86_64" machine="q35">hvm</type></os>', "<features><acpi /><apic /></features>"]),
        ({"boot": {"kernel": "/k"}}, "aarch64", [f"<os>{ARM}<kernel>/k</kernel></os>"]),
        ({"boot": {"kernel": "/k", "initrd": "/i", "cmdline": "c"}}, "aarch64",
         [f"<os>{ARM}<kernel>/k</kernel><initrd>/i</initrd><cmdline>c</cmdline></os>"]),
    ],
)  # fmt: skip
def test_what_starts_it(inputs: dict[str, Any], architecture: str, xml: list[str]) -> None:
    assert texts(boot_elements(machine(**inputs), place(architecture=architecture))) == xml


AGENT = '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0" /></channel>'
TABLET = '<input type="tablet" bus="usb" />'
SPICE = '<channel type="spicevmc"><target type="virtio" name="com.redhat.spice.0" /></channel>'
SCREEN = (
    '<graphics type="{}" port="-1" autoport="yes" listen="127.0.0.1"><listen type="address" address="127.0.0.1" />'
    "</graphics>"
)
SERIAL = '<serial type="pty"><target port="0" /></serial>'


def card(name: str) -> str:
    return f'<video><model type="{name}" /></video>'


@pytest.mark.parametrize(
    ("inputs", "kind", "log", "xml"),
    [
        ({}, "kvm", None, [SERIAL, card("none")]),
        ({}, "kvm", "/l", ['<serial type="pty"><log file="/l" append="on" /><target port="0" /></serial>', card("none")]),
        ({"console": False}, "kvm", "/l", [card("none")]),
        ({"console": False, "guest_agent": True}, "qemu", None, [AGENT, card("none")]),
        ({"console": False, "graphics": "vnc"}, "kvm", None, [TABLET, SCREEN.format("vnc"), card("virtio")]),
        ({"console": False, "graphics": "spice"}, "kvm", None, [SPICE, TABLET, SCREEN.format("spice"), card("virtio")]),
        ({"console": False, "graphics": "vnc", **FULL}, "kvm", None, [TABLET, SCREEN.format("vnc"), card("vga")]),
        ({"console": False, "graphics": "vnc", "libvirt": {"video": "cirrus"}}, "kvm", None, [TABLET, SCREEN.format("vnc"), card("cirrus")]),
        ({"console": False, "libvirt": {"video": "cirrus"}}, "kvm", None, [card("cirrus")]),
        ({"console": False, "graphics": "vnc", "libvirt": {}}, "kvm", None, [TABLET, SCREEN.format("vnc"), card("virtio")]),
        ({"console": False, "libvirt": {}}, "kvm", None, [card("none")]),
        ({}, "xen", "/l", ['<console type="pty"><target type="xen" /></console>']),
        ({"console": False, "graphics": "vnc"}, "xen", None, []),
    ],
)  # fmt: skip
def test_consoles(inputs: dict[str, Any], kind: str, log: str | None, xml: list[str]) -> None:
    assert texts(console_devices(machine(**inputs), place(kind, log=log))) == xml


def test_a_graphical_console_with_all_that_can_be_said() -> None:
    made = graphics_element(Graphics(type="vnc", listen="::1", port=5901, password="geheim"))
    assert to_text(made) == (
        '<graphics type="vnc" port="5901" autoport="no" listen="::1" passwd="geheim"><listen type="address" address="::1" />'
        "</graphics>"
    )
    assert to_text(agent_element()) == AGENT


EXPRESS = [
    '<controller type="pci" index="0" model="pcie-root" />',
    *(f'<controller type="pci" index="{number}" model="pcie-root-port" />' for number in range(1, 13)),
]
CHANNELS = '<controller type="virtio-serial" index="0" />'
RANDOM = '<rng model="virtio"><backend model="random">/dev/urandom</backend></rng>'
BALLOON = '<memballoon model="virtio" />'


@pytest.mark.parametrize(
    ("inputs", "kind", "architecture", "xml"),
    [
        ({}, "kvm", "x86_64", [CHANNELS, RANDOM, BALLOON]),
        ({"machine_type": "q35"}, "kvm", "x86_64", [*EXPRESS, CHANNELS, RANDOM, BALLOON]),
        ({"machine_type": "pc-q35-9.1"}, "qemu", "x86_64", [*EXPRESS, CHANNELS, RANDOM, BALLOON]),
        ({"machine_type": "pc-i440fx-9.1"}, "qemu", "x86_64", [CHANNELS, RANDOM, BALLOON]),
        ({"machine_type": "virt"}, "kvm", "aarch64", [*EXPRESS, CHANNELS, RANDOM, BALLOON]),
        ({}, "kvm", "riscv64", [*EXPRESS, CHANNELS, RANDOM, BALLOON]),
        ({}, "kvm", "s390x", [CHANNELS, RANDOM, BALLOON]),
        ({"machine_type": "q35", **FULL}, "kvm", "x86_64", ['<memballoon model="none" />']),
        ({"libvirt": {"watchdog": "reset", "tpm": True}}, "kvm", "x86_64",
         [CHANNELS, '<watchdog model="i6300esb" action="reset" />',
          '<tpm model="tpm-crb"><backend type="emulator" version="2.0" /></tpm>', RANDOM, BALLOON]),
        ({"libvirt": {"watchdog": "none", "tpm": True}}, "kvm", "s390x",
         [CHANNELS, '<watchdog model="diag288" action="none" />',
          '<tpm model="tpm-tis"><backend type="emulator" version="2.0" /></tpm>', RANDOM, BALLOON]),
        ({"machine_type": "q35", "libvirt": {"watchdog": "reset"}}, "xen", "x86_64", []),
    ],
)  # fmt: skip
def test_the_other_devices(inputs: dict[str, Any], kind: str, architecture: str, xml: list[str]) -> None:
    assert texts(extra_devices(machine(**inputs), place(kind, architecture))) == xml


@pytest.mark.parametrize(
    ("resources", "cpu", "xml"),
    [
        ({}, [], []),
        ({"io_weight": 500}, [], ["<blkiotune><weight>500</weight></blkiotune>"]),
        ({"memory_limit": "3MiB"}, [], ['<memtune><hard_limit unit="KiB">3072</hard_limit></memtune>']),
        ({}, ["x", "y"], ["<cputune><x /><y /></cputune>"]),
    ],
)
def test_shares_and_limits(resources: dict[str, Any], cpu: list[str], xml: list[str]) -> None:
    told = tuning_elements(MachineResources.model_validate(resources), [element(each) for each in cpu])
    assert texts(told) == xml


def test_time_of_processors() -> None:
    some = MachineResources(cpu_shares=512, cpu_limit=1.5)
    assert texts(shares(some, unified=False)) == ["<shares>512</shares>"]
    assert texts(shares(some, unified=True)) == ["<shares>50</shares>"]
    assert texts(limit(some)) == [
        "<global_period>100000</global_period>",
        "<global_quota>150000</global_quota>",
    ]
    none = MachineResources()
    assert [*shares(none, unified=False), *limit(none)] == []


@pytest.mark.parametrize(("cpus", "wanted"), [(1, 100_000), (0.5, 50_000), (0.01, 1000), (0.005, 1000), (0.0101, 1010)])
def test_a_quota(cpus: float, wanted: int) -> None:
    assert quota(cpus) == wanted


@pytest.mark.parametrize(
    ("cpus", "most", "share"), [(2, None, 2), (2, 0.5, 0.5), (1, 4.0, 1), (3, 3.0, 3)]
)  # fmt: skip
def test_the_share_of_a_machine_without_processors(cpus: int, most: float | None, share: float) -> None:
    assert share_of_time(machine(cpus=cpus, resources={"cpu_limit": most})) == share


@pytest.mark.parametrize(("size", "wanted"), [(1024**3, "1048576"), (1025, "1"), (2048, "2"), (1023, "0")])
def test_memory_is_counted_in_kib(size: int, wanted: str) -> None:
    assert in_kib(size) == wanted


def test_marks_and_descriptions_are_there_where_they_are_said() -> None:
    plain = build_domain(machine(), place())
    assert [each.tag for each in plain][:4] == ["name", "uuid", "memory", "currentMemory"]
    said = build_domain(machine(description="a", memory="1MiB", max_memory="2MiB"), place(marks=(element("x"),)))
    assert texts(said)[:6] == [
        "<name>shop_db</name>",
        "<uuid>uuid</uuid>",
        "<description>a</description>",
        "<metadata><x /></metadata>",
        '<memory unit="KiB">2048</memory>',
        '<currentMemory unit="KiB">1024</currentMemory>',
    ]

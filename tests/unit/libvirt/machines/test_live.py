"""The way from what runs to what is defined: which calls it takes, and what waits for a restart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

import pytest
from tests.unit.libvirt.machines import cases, containers

from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.live import Change, Way, is_there, way_from
from virtwright.providers.libvirt.machines.place import mac_addresses
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine

AGENT: Final = "org.qemu.guest_agent.0"
MIB: Final = 1024**2
GIB: Final = 1024**3
A, B, C, D = ({"volume": name} for name in "abcd")
SATA: Final = {"volume": "s", "bus": "sata"}
CD: Final = {"image": "/a.iso", "device": "cdrom"}
FRONT, BACK, SIDE = (mac_addresses("urn", [NetworkAttachment(network=name)])[0] for name in ("front", "back", "side"))
NAMES: Final = ["front", "back", "side", "top", "under"]
MACS: Final = [mac_addresses("urn", [NetworkAttachment(network=name)])[0] for name in NAMES]
MAC: Final = "52:54:00:12:34:56"


def way(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    driver: Driver = "qemu",
    *,
    usual_shares: int = 1024,
    edits: Sequence[tuple[str, str]] = (),
    redefined: Sequence[tuple[str, str]] = (),
) -> Way:
    """``edits`` are texts that are replaced in the XML of what runs, ``redefined`` those in the XML of the definition."""
    goal = VirtualMachine.model_validate(after)
    live, definition = (
        edited(built(inputs, driver), changes)
        for inputs, changes in ((VirtualMachine.model_validate(before), edits), (goal, redefined))
    )
    return way_from(live, definition, goal, ABILITIES[driver], usual_shares)


def built(inputs: VirtualMachine, driver: Driver) -> Element:
    if driver == "lxc":
        return build_domain(inputs, containers.place(inputs))
    return build_domain(inputs, cases.place(inputs, ABILITIES[driver].types[0]))


def edited(domain: Element, changes: Sequence[tuple[str, str]]) -> Element:
    xml = to_text(domain)
    for old, new in changes:
        assert old in xml
        xml = xml.replace(old, new)
    return from_text(xml)


def told(change: Change) -> str:
    """``attach the disk vdb [disk vdb]``, ``cpus 3 CPUs = 3``."""
    key = f" [{change.key}]" if change.key else ""
    return f"{change.verb} {change.what}{key}" + (f" = {change.number}" if change.number else "")


def most(cpus: int, **more: Any) -> dict[str, Any]:
    return {"cpus": cpus, "max_cpus": 4, **more}


def memory(size: int, **more: Any) -> dict[str, Any]:
    return {"memory": size, "max_memory": 4 * GIB, **more}


@pytest.mark.parametrize(
    ("before", "after", "calls", "restart"),
    [
        ({}, {}, [], []),
        # processors
        (most(1), most(3), ["cpus 3 CPUs = 3"], []),
        (most(1), most(4), ["cpus 4 CPUs = 4"], []),
        (most(3), most(1), ["cpus 1 CPUs = 1"], []),
        ({"cpus": 2}, {"cpus": 1}, ["cpus 1 CPUs = 1"], []),
        ({"cpus": 1}, {"cpus": 2}, [], ["cpus"]),
        (most(1), {"cpus": 1, "max_cpus": 8}, [], ["max_cpus"]),
        (most(1), {"cpus": 5, "max_cpus": 8}, [], ["max_cpus", "cpus"]),
        (most(1), {"cpus": 1}, [], []),
        # memory: hypervisors round by up to 2 MiB
        (memory(GIB), memory(2 * GIB), ["memory 2097152 KiB of memory = 2097152"], []),
        (memory(GIB), memory(4 * GIB), ["memory 4194304 KiB of memory = 4194304"], []),
        (memory(2 * GIB), memory(GIB), ["memory 1048576 KiB of memory = 1048576"], []),
        (memory(GIB), memory(GIB + 2 * MIB), [], []),
        (memory(GIB), memory(GIB - 2 * MIB), [], []),
        (memory(GIB), memory(GIB + 2 * MIB + 1024), ["memory 1050625 KiB of memory = 1050625"], []),
        (memory(GIB), memory(GIB - 2 * MIB - 1024), ["memory 1046527 KiB of memory = 1046527"], []),
        ({"memory": GIB}, {"memory": 2 * GIB}, [], ["memory"]),
        (memory(2 * GIB, virtualization="full"), memory(GIB, virtualization="full"), [], ["memory"]),
        (memory(GIB), {"memory": GIB, "max_memory": 8 * GIB}, [], ["max_memory"]),
        (memory(GIB), {"memory": GIB, "max_memory": 4 * GIB + 2 * MIB}, [], []),
        (memory(GIB), {"memory": GIB, "max_memory": 4 * GIB + 2 * MIB + 1024}, [], ["max_memory"]),
        (memory(GIB), {"memory": GIB}, [], []),
        # shares and limits: what is not said is as it usually is
        ({}, {"resources": {"cpu_shares": 512}}, ["resources its shares and limits"], []),
        ({}, {"resources": {"cpu_shares": 1024}}, [], []),
        ({}, {"resources": {"io_weight": 101}}, ["resources its shares and limits"], []),
        ({}, {"resources": {"io_weight": 100}}, [], []),
        ({}, {"resources": {"cpu_limit": 1.5}}, ["resources its shares and limits"], []),
        ({"resources": {"memory_limit": GIB}}, {}, ["resources its shares and limits"], []),
        # what a domain is
        ({}, {"architecture": "aarch64"}, [], ["architecture", "libvirt.video"][:1]),
        ({}, {"machine_type": "pc"}, [], ["machine_type"]),
        ({}, {"firmware": "uefi"}, [], ["firmware"]),
        ({}, {"boot": {"kernel": "/boot/vmlinuz"}}, [], ["boot"]),
        ({}, {"console": False}, [], ["console"]),
        ({}, {"libvirt": {"watchdog": "reset"}}, [], ["libvirt.watchdog"]),
        ({}, {"libvirt": {"tpm": True}}, [], ["libvirt.tpm"]),
        ({"firmware": "uefi"}, {"firmware": "uefi", "libvirt": {"secure_boot": True}}, [], ["libvirt.secure_boot"]),
        ({}, {"libvirt": {"clock": "localtime"}}, [], ["libvirt.clock"]),
        ({}, {"libvirt": {"video": "vga"}}, [], ["libvirt.video"]),
        ({}, {"libvirt": {"on_crash": "restart"}}, [], ["libvirt.on_crash"]),
        ({}, {"libvirt": {"clock": "localtime", "tpm": True}, "console": False}, [], ["console", "libvirt.tpm", "libvirt.clock"]),
        # disks
        ({"disks": [A]}, {"disks": [A, B]}, ["attach the disk vdb [disk vdb]"], []),
        ({"disks": [A]}, {"disks": [A, B, C, D]}, [f"attach the disk vd{x} [disk vd{x}]" for x in "bcd"], []),
        ({"disks": [A, B]}, {"disks": [A]}, ["detach the disk vdb [disk vdb]"], []),
        ({"disks": [A, B, C, D]}, {"disks": [A]}, [f"detach the disk vd{x} [disk vd{x}]" for x in "bcd"], []),
        ({"disks": [A]}, {"disks": [A, {**B, "bus": "scsi"}]}, ["attach the disk sda [disk sda]"], []),
        ({"disks": [A]}, {"disks": [A, {**B, "bus": "usb"}]}, ["attach the disk sda [disk sda]"], []),
        ({"disks": [A, SATA]}, {"disks": [A]}, [], ["disks"]),
        ({"disks": [A]}, {"disks": [A, SATA]}, [], ["disks"]),
        ({"disks": [A]}, {"disks": [A, {**CD, "bus": "scsi"}]}, [], ["disks"]),
        ({"disks": [A, {**CD, "bus": "usb"}]}, {"disks": [A]}, [], ["disks"]),
        ({"disks": [A]}, {"disks": [{**A, "cache": "none"}]}, [], ["disks"]),
        ({"disks": [A, B]}, {"disks": [A, {**B, "serial": "D1"}]}, [], ["disks"]),
        ({"disks": [CD]}, {"disks": [CD]}, [], []),
        # interfaces
        ({"networks": ["front"]}, {"networks": ["front", "back"]}, [f"attach the interface {BACK} [interface {BACK}]"], []),
        ({"networks": ["front", "back"]}, {"networks": ["back"]}, [f"detach the interface {FRONT} [interface {FRONT}]"], []),
        ({}, {"networks": [{"network": "a", "model": "e1000"}]}, [], ["networks"]),
        ({"networks": [{"network": "a", "model": "rtl8139"}]}, {}, [], ["networks"]),
        ({"networks": [{"network": "a", "mac": MAC}]}, {"networks": [{"network": "b", "mac": MAC}]},
         [f"update the interface {MAC} [interface {MAC}]"], []),
        ({"networks": [{"network": "a", "mac": MAC}]}, {"networks": [{"network": "a", "mac": MAC, "model": "e1000"}]}, [], ["networks"]),
        ({"networks": [{"network": "a", "mac": MAC}]}, {"networks": [{"network": "b", "mac": MAC, "model": "e1000"}]}, [], ["networks"]),
        ({"networks": NAMES}, {}, [f"detach the interface {mac} [interface {mac}]" for mac in sorted(MACS)], []),
        ({}, {"networks": NAMES}, [f"attach the interface {mac} [interface {mac}]" for mac in sorted(MACS)], []),
        ({"networks": [{"network": "a", "mac": mac} for mac in MACS]}, {"networks": [{"network": "b", "mac": mac} for mac in MACS]},
         [f"update the interface {mac} [interface {mac}]" for mac in sorted(MACS)], []),
        # consoles
        ({"graphics": "vnc"}, {"graphics": {"type": "vnc", "listen": "::1"}}, [], ["graphics"]),
        ({"graphics": {"type": "vnc", "port": 5901}}, {"graphics": "vnc"}, [], []),
        ({"graphics": "vnc"}, {"graphics": {"type": "vnc", "port": 5901}}, [], ["graphics"]),
        ({"graphics": {"type": "vnc", "port": 5901}}, {"graphics": {"type": "vnc", "port": 5901}}, [], []),
        ({"graphics": {"type": "vnc", "port": 5901}}, {"graphics": {"type": "vnc", "port": 5902}}, [], ["graphics"]),
        ({"graphics": {"type": "vnc", "port": 5901}}, {"graphics": {"type": "vnc", "listen": "::1"}}, [], ["graphics"]),
        ({"graphics": {"type": "vnc", "password": "y"}}, {"graphics": {"type": "vnc", "password": "x"}},
         ["update the password of the graphical console"], []),
        ({"graphics": {"type": "vnc", "password": "x"}}, {"graphics": {"type": "vnc", "password": "x"}}, [], []),
        ({"graphics": "vnc"}, {"graphics": {"type": "vnc", "password": "x"}}, [], ["graphics.password"]),
        ({"graphics": {"type": "vnc", "password": "x"}}, {"graphics": "vnc"}, [], ["graphics.password"]),
        ({}, {"guest_agent": True}, [f"attach the channel {AGENT} [channel {AGENT}]"], []),
        ({"guest_agent": True}, {}, [f"detach the channel {AGENT} [channel {AGENT}]"], []),
        ({"guest_agent": True}, {"guest_agent": True}, [], []),
        # all together: in this order
        ({"cpus": 2, "disks": [A], "networks": ["front"], "graphics": "vnc"},
         {"cpus": 1, "disks": [A, B], "networks": [], "graphics": "vnc", "guest_agent": True, "console": False},
         ["cpus 1 CPUs = 1", "attach the disk vdb [disk vdb]", f"detach the interface {FRONT} [interface {FRONT}]",
          f"attach the channel {AGENT} [channel {AGENT}]"], ["console"]),
    ],
)  # fmt: skip
def test_the_way(before: dict[str, Any], after: dict[str, Any], calls: list[str], restart: list[str]) -> None:
    found = way(before, after)
    assert [told(each) for each in found.changes] == calls
    assert list(found.restart) == restart


@pytest.mark.parametrize(
    ("driver", "before", "after", "calls", "restart"),
    [
        ("lxc", {"cpus": 1}, {"cpus": 2}, ["resources its shares and limits"], []),
        ("lxc", {"networks": ["front"]}, {}, [f"detach the interface {FRONT} [interface {FRONT}]"], []),
        ("lxc", {}, {"networks": ["front"]}, [f"attach the interface {FRONT} [interface {FRONT}]"], []),
        ("lxc", {"networks": ["front"]}, {"networks": ["front"]}, [], []),
        ("lxc", {"networks": [{"network": "a", "mac": MAC}]}, {"networks": [{"network": "b", "mac": MAC}]},
         [f"detach the interface {MAC} [interface {MAC}]", f"attach the interface {MAC} [interface {MAC}]"], []),
        ("lxc", {}, {"disks": [{"volume": "a", "mount": "/srv"}]}, [], ["disks"]),
        ("lxc", {}, {"libvirt": {"init": ["/bin/sh"]}}, [], ["libvirt.init"]),
        ("lxc", {}, {"console": False}, [], ["console"]),
        ("xen", {"disks": [A]}, {"disks": [A, B]}, ["attach the disk xvdb [disk xvdb]"], []),
        ("xen", {"networks": ["front"]}, {}, [f"detach the interface {FRONT} [interface {FRONT}]"], []),
        ("test", {"networks": ["front"]}, {}, [], ["networks"]),
        ("test", {}, {"networks": ["front"]}, [], ["networks"]),
    ],
)  # fmt: skip
def test_the_way_with_other_drivers(
    driver: Driver, before: dict[str, Any], after: dict[str, Any], calls: list[str], restart: list[str]
) -> None:
    root = {"image": "/i.raw"} if driver == "lxc" else {}
    found = way({**root, **before}, {**root, **after}, driver)
    assert [told(each) for each in found.changes] == calls
    assert list(found.restart) == restart


def test_a_domain_of_another_type_is_another() -> None:
    assert way({}, {}, edits=[('type="kvm"', 'type="qemu"')]).restart == ("libvirt.type",)


def test_on_version_2_of_control_groups_another_number_is_usual() -> None:
    shares = {"resources": {"cpu_shares": 100}}
    assert way({}, shares, usual_shares=100).changes == ()
    assert [each.verb for each in way({}, shares).changes] == ["resources"]


@pytest.mark.parametrize(
    ("disk", "old", "new", "calls", "restart"),
    [
        (A, "/pool/vda", "/pool/other", ["detach the disk vda [disk vda]", "attach the disk vda [disk vda]"], []),
        (SATA, "/pool/sda", "/pool/other", [], ["disks"]),
        (CD, "/pool/sda", "/pool/other", ["update the CD-ROM sda [disk sda]"], []),
        (
            CD,
            'type="qcow2" /><source file="/pool/sda"',
            'type="raw" /><source file="/pool/other"',
            ["update the CD-ROM sda [disk sda]"],
            [],
        ),
        (CD, 'type="qcow2"', 'type="raw"', ["update the CD-ROM sda [disk sda]"], []),
        (A, 'type="qcow2"', 'type="raw"', [], ["disks"]),
        (CD, 'type="qcow2"', 'type="qcow2" cache="none"', [], ["disks"]),
    ],
)
def test_the_content_of_a_drive(disk: dict[str, Any], old: str, new: str, calls: list[str], restart: list[str]) -> None:
    found = way({"disks": [disk]}, {"disks": [disk]}, redefined=[(old, new)])
    assert [told(each) for each in found.changes] == calls
    assert list(found.restart) == restart
    if calls and disk == CD:
        (change,) = found.changes
        assert new in change.xml, "it is told what it becomes"


def test_a_disk_that_becomes_a_cd_rom_needs_a_restart() -> None:
    on_usb = {"image": "/a.iso", "device": "cdrom", "bus": "usb"}
    change = [('device="cdrom"', 'device="disk"'), ("<readonly />", ""), ("/pool/sda", "/pool/other")]
    both = {"disks": [on_usb]}
    assert way(both, both, edits=change) == way(both, both, redefined=change) == Way((), ("disks",))


def test_what_is_attached_has_no_address_and_no_place_in_the_boot_order() -> None:
    """In the running machine the address may be taken, and what is booted is decided at its start."""
    more = '<address type="pci" slot="0x05" /><alias name="ua-1" />'
    disk = {"volume": "b", "boot_order": 1, "serial": "D1"}
    (change,) = way({"disks": [A]}, {"disks": [A, disk]}, redefined=[("<serial>D1", f"{more}<serial>D1")]).changes
    assert change.xml == (
        '<disk type="file" device="disk"><driver name="qemu" type="qcow2" /><source file="/pool/vdb" />'
        '<target dev="vdb" bus="virtio" /><alias name="ua-1" /><serial>D1</serial></disk>'
    )


def test_what_is_detached_is_told_as_it_runs() -> None:
    more = '<address type="pci" slot="0x05" />'
    running = [("<serial>D1", f"{more}<serial>D1"), ("/pool/vdb", "/pool/running")]
    (change,) = way({"disks": [A, {**B, "serial": "D1"}]}, {"disks": [A]}, edits=running).changes
    assert change.xml == (
        '<disk type="file" device="disk"><driver name="qemu" type="qcow2" /><source file="/pool/running" />'
        f'<target dev="vdb" bus="virtio" />{more}<serial>D1</serial></disk>'
    )


def test_an_interface_on_another_network_keeps_all_else() -> None:
    before, after = ({"networks": [{"network": name, "mac": MAC}]} for name in "ab")
    running = [('<source network="a" />', '<source network="a" portid="p" /><target dev="vnet0" />')]
    (change,) = way(before, after, edits=running).changes
    assert change.xml == (
        f'<interface type="network"><mac address="{MAC}" /><target dev="vnet0" /><model type="virtio" />'
        '<source network="b" /></interface>'
    )


@pytest.mark.parametrize("upper", [False, True])
def test_a_cable_that_was_left_out_is_put_in(upper: bool) -> None:
    """Addresses of hardware are the same in capitals."""
    both = {"networks": [{"network": "a", "mac": MAC.replace("12", "ab")}]}
    down = '<link state="down" /><source network="a" />'
    mac = MAC.replace("12", "ab")
    edits = [('<source network="a" />', down), (mac, mac.upper() if upper else mac)]
    (change,) = way(both, both, edits=edits).changes
    assert told(change) == f"update the cable of {mac} [interface {mac}]"
    assert '<link state="up" />' in change.xml and "down" not in change.xml
    assert way(both, both, edits=edits, redefined=[('<source network="a" />', down)]).changes == ()


def test_a_new_password_is_told_with_the_console_that_runs() -> None:
    before, after = ({"graphics": {"type": "vnc", "password": word}} for word in ("old", "new"))
    (change,) = way(before, after, edits=[('port="-1"', 'port="5900"')]).changes
    assert change.xml == (
        '<graphics type="vnc" port="5900" autoport="yes" listen="127.0.0.1" passwd="new">'
        '<listen type="address" address="127.0.0.1" /></graphics>'
    )


def test_each_disk_changes_in_order_of_its_name() -> None:
    both = {"disks": [A, B, C, D]}
    found = way(both, both, redefined=[("/pool/vd", "/pool/other")])
    assert [each.key for each in found.changes] == [f"disk vd{letter}" for letter in "aabbccdd"]


def test_a_call_without_a_device_has_no_xml() -> None:
    assert [(each.verb, each.xml) for each in way(most(1), most(3)).changes] == [("cpus", "")]


def test_where_no_console_runs_no_password_is_changed() -> None:
    assert way({}, {}, redefined=[("<video>", '<graphics type="sdl" passwd="x" /><video>')]) == Way((), ())


def test_the_agent_s_channel_is_told_whole() -> None:
    channel = f'<channel type="unix"><target type="virtio" name="{AGENT}" /></channel>'
    (attached,) = way({}, {"guest_agent": True}).changes
    (detached,) = way({"guest_agent": True}, {}).changes
    assert (attached.xml, detached.xml) == (channel, channel)


def test_what_is_there() -> None:
    live = built(VirtualMachine.model_validate({"disks": [A], "networks": ["front"], "guest_agent": True}), "qemu")
    for key in ("disk vda", f"interface {FRONT}", f"channel {AGENT}"):
        assert is_there(live, key)
    for key in ("disk vdb", f"interface {BACK}", "channel other", f"disk {FRONT}", "interface vda"):
        assert not is_there(live, key)

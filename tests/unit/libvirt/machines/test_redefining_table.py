"""What a changed definition keeps of what was there, part by part."""

from typing import Final

import pytest

from virtwright.providers.libvirt.machines.foreign.keeping import keep
from virtwright.providers.libvirt.machines.redefining import Kept, redefined
from virtwright.providers.libvirt.xml import from_text, to_text

ALL: Final = Kept()
PLATFORM, FIRMWARE, CPU, WATCHDOG, OTHERS = (
    Kept(platform=False), Kept(firmware=False), Kept(cpu=False), Kept(watchdog=False), Kept(others=False)
)  # fmt: skip


def devices(inside: str) -> str:
    return f"<devices>{inside}</devices>" if inside else "<devices />"


@pytest.mark.parametrize(
    ("base", "goal", "kept", "made"),
    [
        # what the inputs decide about goes where they no longer say it
        *(
            (f"<{part}><{child} /></{part}>", "", ALL, "")
            for part, children in (
                ("blkiotune", ["weight"]), ("memtune", ["hard_limit"]), ("cputune", ["shares", "global_period", "global_quota"]),
                ("features", ["acpi", "apic", "smm", "privnet"]),
                ("os", ["type", "kernel", "initrd", "cmdline", "boot", "init", "initarg"]),
            )
            for child in children
        ),
        *((f"<{part} />", "", ALL, "") for part in
          ("name", "uuid", "description", "memory", "currentMemory", "vcpu", "vcpus", "on_crash", "os", "clock", "features", "blkiotune", "memtune", "cputune", "devices", "metadata")),
        # and what they have no word for stays
        ("<memtune><soft_limit /></memtune>", "", ALL, "<memtune><soft_limit /></memtune>"),
        ("<memtune><soft_limit /></memtune>", "", OTHERS, ""),
        ("<memtune><soft_limit>1</soft_limit></memtune>", "<memtune><hard_limit /></memtune>", ALL, "<memtune><hard_limit /><soft_limit>1</soft_limit></memtune>"),
        ("<features><pae /><pae /></features>", "<features><pae />x</features>", ALL, "<features><pae />x</features>"),
        ("<clock><timer name=\"a\" /><x /></clock>", "<clock><timer name=\"b\" /><x /></clock>", ALL,
         "<clock><timer name=\"b\" /><x /><timer name=\"a\" /></clock>"),
        ("<metadata><x /></metadata>", "<metadata><y /></metadata>", OTHERS, "<metadata><y /><x /></metadata>"),
        ('<metadata><v:stamp xmlns:v="urn:virtwright:stamp" /></metadata>', "", ALL, ""),
        ("<title>a</title><pm />", "", ALL, "<title>a</title><pm />"),
        ("<title>a</title><pm />", "", OTHERS, ""),
        ("<cpu mode=\"a\" />", "", ALL, "<cpu mode=\"a\" />"),
        ("<cpu mode=\"a\" />", "", CPU, ""),
        ("<cpu mode=\"a\" />", "<cpu mode=\"b\" />", ALL, "<cpu mode=\"b\" />"),
        # what starts it
        ("<os firmware=\"efi\"><type arch=\"a\" machine=\"pc-1\" x=\"y\" /></os>", "<os><type arch=\"b\" machine=\"pc\" /></os>", ALL,
         "<os firmware=\"efi\"><type arch=\"a\" machine=\"pc-1\" /></os>"),
        ("<os><type machine=\"pc-1\" /></os>", "<os><type machine=\"pc\" /></os>", PLATFORM, "<os><type machine=\"pc\" /></os>"),
        ("<os firmware=\"efi\"><loader /><nvram /></os>", "<os><firmware /></os>", ALL, "<os firmware=\"efi\"><loader /><nvram /></os>"),
        ("<os firmware=\"efi\"><firmware a=\"1\" /></os>", "<os firmware=\"efi\"><firmware a=\"2\" /></os>", ALL, "<os firmware=\"efi\"><firmware a=\"1\" /></os>"),
        ("<os firmware=\"efi\"><firmware a=\"1\" /><loader /></os>", "<os><firmware a=\"2\" /></os>", FIRMWARE, "<os><firmware a=\"2\" /></os>"),
        ("<os />", "<os><type machine=\"pc\" /></os>", ALL, "<os><type machine=\"pc\" /></os>"),
        ("<os><type machine=\"pc-1\" /></os>", "<os><kernel /></os>", ALL, "<os><kernel /></os>"),
        ("<os><loader /></os>", "<os firmware=\"efi\" />", ALL, "<os firmware=\"efi\"><loader /></os>"),
    ],
)  # fmt: skip
def test_parts_of_a_domain(base: str, goal: str, kept: Kept, made: str) -> None:
    found = redefined(from_text(f"<domain>{base}</domain>"), from_text(f"<domain>{goal}</domain>"), kept)
    assert to_text(found) == (f"<domain>{made}</domain>" if made else "<domain />")


DISK: Final = '<disk device="disk"><target dev="vda" bus="virtio" /></disk>'
JOIN: Final = '<interface type="network"><mac address="52:54:00:aa:00:01" /><model type="virtio" /></interface>'
AGENT: Final = '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0" /></channel>'
VDAGENT: Final = '<channel type="spicevmc"><target type="virtio" name="com.redhat.spice.0" /></channel>'
ROOT: Final = '<filesystem type="file"><target dir="/" /></filesystem>'
SRV: Final = '<filesystem type="block"><target dir="/srv" /></filesystem>'
PORT: Final = '<controller type="pci" index="1" />'


def at(device: str, *, slot: str = '<address slot="1" />') -> str:
    """The device with an address."""
    made = from_text(device)
    made.append(from_text(slot))
    return to_text(made)


@pytest.mark.parametrize(
    ("base", "goal", "kept", "made"),
    [
        # of which the inputs decide: they go where they are no longer said, and stay where they are
        *(
            (each, other, ALL, other)
            for each in (
                DISK, '<disk><target dev="vda" /></disk>', '<disk device="cdrom"><target dev="sda" /></disk>', JOIN, AGENT, VDAGENT,
                '<filesystem type="file"><target dir="/" /></filesystem>', '<filesystem type="block"><target dir="/" /></filesystem>',
                '<console><target type="serial" /></console>', '<console><target type="xen" /></console>', '<console><target type="lxc" /></console>',
                '<graphics type="vnc" />', '<graphics type="spice" />', '<input type="tablet" bus="usb" />',
                '<controller type="scsi" index="0" />', '<controller type="virtio-serial" index="0" />',
                '<serial type="pty" />', '<video><model type="vga" /></video>', '<tpm model="tpm-crb" />', '<rng model="virtio" />',
                '<memballoon model="virtio" />',
            )
            for other in ("", each)
            if other or not each.startswith("<controller")
        ),
        # of which they don't
        *(
            (each, "", kept, made)
            for each in (
                '<disk device="floppy" />', '<filesystem type="mount" />', '<interface type="bridge" />', '<channel type="unix"><target name="x" /></channel>',
                '<console><target type="virtio" /></console>', '<graphics type="sdl" />', '<input type="mouse" bus="ps2" />', '<sound model="ich9" />',
                '<audio id="1" type="none" />',
            )
            for kept, made in ((ALL, each), (OTHERS, ""))
        ),
        *((each, "", kept, made) for each in ('<controller type="usb" index="0" />', '<controller type="ccid" />', PORT, '<emulator>/q</emulator>')
          for kept, made in ((ALL, each), (OTHERS, each), (PLATFORM, ""))),
        # the ports of what is defined take the place of those that a new machine gets
        (PORT, '<controller type="pci" index="0" /><controller type="scsi" index="0" />', ALL, f'<controller type="scsi" index="0" />{PORT}'),
        (PORT, '<controller type="pci" index="0" />', PLATFORM, '<controller type="pci" index="0" />'),
        (at(PORT, slot='<target chassis="1" />'), PORT, PLATFORM, PORT),
        ('<watchdog action="reset" />', "", ALL, '<watchdog action="reset" />'),
        ('<watchdog action="reset" />', "", WATCHDOG, ""),
        ('<watchdog action="reset" />', '<watchdog action="none" />', ALL, '<watchdog action="none" />'),
        ('<watchdog action="reset" /><watchdog action="reset" />', '<watchdog action="none" />', ALL, '<watchdog action="none" />'),
        ('<audio type="spice" />', '<graphics type="spice" />', ALL, '<graphics type="spice" /><audio type="spice" />'),
        ('<audio type="spice" />', '<graphics type="spice" />', OTHERS, '<graphics type="spice" /><audio type="spice" />'),
        ('<audio type="spice" />', '<graphics type="vnc" />', ALL, '<graphics type="vnc" />'),
        ('<audio type="spice" />', "", ALL, ""),
        # which is which
        (at(DISK), DISK.replace("vda", "vdb"), ALL, DISK.replace("vda", "vdb")),
        (at(ROOT, slot="<a />") + at(SRV, slot="<b />"), SRV + ROOT, ALL, at(SRV, slot="<b />") + at(ROOT, slot="<a />")),
        (at(JOIN, slot="<a />") + at(JOIN.replace("01", "02"), slot="<b />"), JOIN.replace("01", "02") + JOIN, ALL,
         at(JOIN.replace("01", "02"), slot="<b />") + at(JOIN, slot="<a />")),
        (at(JOIN.replace("aa", "AA")), JOIN, ALL, at(JOIN)),
        ('<interface type="network" />', JOIN, ALL, JOIN),
        (at('<input type="tablet" bus="usb" />'), '<input type="tablet" bus="virtio" />', ALL, '<input type="tablet" bus="virtio" />'),
        (at('<controller type="scsi" index="0" />'), '<controller type="scsi" index="1" />', ALL,
         '<controller type="scsi" index="1" />' + at('<controller type="scsi" index="0" />')),
        (at(DISK) + at(DISK, slot='<address slot="2" />'), DISK, ALL, at(DISK)),
        (at(DISK) + at(DISK, slot="<iotune />"), DISK, ALL, at(DISK)),
        # what libvirt filled in stays, and what others added
        (at(DISK), DISK, ALL, at(DISK)),
        (at(DISK), DISK, PLATFORM, DISK),
        (at(DISK), DISK, OTHERS, at(DISK)),
        (at(DISK, slot="<iotune />"), DISK, ALL, at(DISK, slot="<iotune />")),
        (at(DISK, slot="<iotune />"), DISK, OTHERS, DISK),
        (at('<sound model="ich9" />'), "", PLATFORM, '<sound model="ich9" />'),
        *((at(DISK, slot=f"<{tag} />"), DISK, ALL, DISK) for tag in ("serial", "boot", "readonly", "source")),
        *((at('<filesystem type="file"><target dir="/" /></filesystem>', slot=f"<{tag} />"), '<filesystem type="file"><target dir="/" /></filesystem>', ALL,
           '<filesystem type="file"><target dir="/" /></filesystem>') for tag in ("readonly", "source")),
        (at(JOIN, slot="<boot />"), JOIN, ALL, JOIN),
        (at(JOIN, slot="<link />"), JOIN, ALL, at(JOIN, slot="<link />")),
        ('<serial type="pty"><log /><x /></serial>', '<serial type="pty"><target /></serial>', ALL, '<serial type="pty"><target /><x /></serial>'),
        ('<disk device="disk"><driver cache="none" discard="unmap" io="native" type="raw"><x /></driver><target dev="vda" bus="virtio" /></disk>',
         '<disk device="disk"><driver type="qcow2"><y /></driver><target dev="vda" bus="virtio" /></disk>', ALL,
         '<disk device="disk"><driver type="qcow2" io="native"><y /><x /></driver><target dev="vda" bus="virtio" /></disk>'),
        ('<video><model type="vga" vram="1"><a /></model></video>', '<video><model type="vga"><a b="1" /></model></video>', OTHERS,
         '<video><model type="vga" vram="1"><a b="1" /></model></video>'),
        ('<rng model="virtio"><backend a="1" /></rng>', '<rng model="virtio"><backend /></rng>', ALL, '<rng model="virtio"><backend /></rng>'),
        # of another sort they have nothing in common
        (at(DISK.replace("virtio", "scsi")), DISK, ALL, DISK),
        (at(DISK), DISK.replace('"disk"', '"cdrom"'), ALL, DISK.replace('"disk"', '"cdrom"')),
        (at(JOIN), JOIN.replace("virtio", "e1000"), ALL, JOIN.replace("virtio", "e1000")),
        (at('<tpm model="tpm-tis" />'), '<tpm model="tpm-crb" />', ALL, '<tpm model="tpm-crb" />'),
        (at('<graphics type="vnc" />'), '<graphics type="spice" />', ALL, '<graphics type="spice" />'),
        (at('<serial type="file" />'), '<serial type="pty" />', ALL, at('<serial type="pty" />')),
    ],
)  # fmt: skip
def test_devices(base: str, goal: str, kept: Kept, made: str) -> None:
    found = redefined(
        from_text(f"<domain>{devices(base)}</domain>"), from_text(f"<domain>{devices(goal)}</domain>"), kept
    )
    assert to_text(found) == f"<domain>{devices(made)}</domain>"


def adopted(made: str, base: str, *, cpu: bool = False, boot_order: bool = False) -> str:
    new, old = from_text(f"<domain>{made}</domain>"), from_text(f"<domain>{base}</domain>")
    keep(new, old, ("vda", "/srv"), ("52:54:00:aa:00:01",), cpu=cpu, boot_order=boot_order)
    return "".join(to_text(each) for each in new)


@pytest.mark.parametrize(
    ("made", "base", "wanted"),
    [
        ('<vcpu current="1">2</vcpu>', '<vcpu cpuset="0-1" current="3" placement="auto">4</vcpu>', '<vcpu current="1" cpuset="0-1" placement="auto">2</vcpu>'),
        ("<vcpu>2</vcpu>", '<vcpu current="3">4</vcpu>', "<vcpu>2</vcpu>"),
        ('<vcpu placement="static">2</vcpu>', '<vcpu placement="auto">4</vcpu>', '<vcpu placement="static">2</vcpu>'),
        ("<memory>2</memory>", '<memory unit="MiB" dumpCore="off">4</memory>', '<memory dumpCore="off">2</memory>'),
        ("<memory>2</memory>", "", "<memory>2</memory>"),
        ("", '<memory unit="MiB" dumpCore="off">4</memory>', ""),
        ("<features><acpi /><apic /><pae /></features>", "<features><apic /></features>", "<features><apic /><pae /></features>"),
        ("<features><acpi /><apic /><privnet /></features>", "", ""),
        ("<features><smm /></features>", "", "<features><smm /></features>"),
        ('<clock offset="utc" />', '<clock offset="variable" />', '<clock offset="variable" />'),
        ('<clock offset="localtime" />', '<clock offset="variable" />', '<clock offset="localtime" />'),
        ('<clock offset="utc" />', '<clock offset="localtime" x="1" />', '<clock offset="utc" />'),
        ('<clock offset="utc" />', '<clock offset="utc" x="1" />', '<clock offset="utc" />'),
        ('<clock offset="utc" />', '<clock x="1" />', '<clock offset="utc" />'),
        ('<clock offset="utc" />', "", '<clock offset="utc" />'),
    ],
)  # fmt: skip
def test_parts_of_a_domain_of_others(made: str, base: str, wanted: str) -> None:
    assert adopted(made, base) == wanted


@pytest.mark.parametrize(
    ("same", "wanted"), [(True, '<x /><cpu mode="b" />'), (False, '<cpu mode="a" /><x />')]
)  # fmt: skip
def test_a_processor_of_others(same: bool, wanted: str) -> None:
    assert adopted('<cpu mode="a" /><x />', '<cpu mode="b" />', cpu=same) == wanted
    assert adopted('<cpu mode="a" />', "", cpu=True) == ""


BOOTED: Final = (
    '<os><type /><boot dev="fd" /></os><devices><disk><boot order="1" /><target dev="vda" /></disk></devices>'
)


@pytest.mark.parametrize(
    ("base", "same", "wanted"),
    [
        ('<os><boot dev="hd" /><boot dev="network" /></os>', True,
         '<os><type /><boot dev="hd" /><boot dev="network" /></os><devices><disk><target dev="vda" /></disk></devices>'),
        ('<os><boot dev="hd" /></os>', False, BOOTED),
        ("<os />", True, BOOTED),
        ("", True, BOOTED),
    ],
)  # fmt: skip
def test_a_boot_order_of_others(base: str, same: bool, wanted: str) -> None:
    assert adopted(BOOTED, base, boot_order=same) == wanted
    assert adopted("<devices />", base, boot_order=same) == "<devices />"


LOGGED: Final = '<serial><log file="/l" /></serial><console><log file="/l" /></console>'
NONE: Final = '<video><model type="none" /></video>'
CHANNELS: Final = '<controller type="virtio-serial" index="0" />'


@pytest.mark.parametrize(
    ("made", "base", "wanted"),
    [
        ('<rng /><memballoon /><input type="tablet" /><sound />', "", "<sound />"),
        ("<rng /><sound />", '<input type="mouse" /><memballoon model="x" /><sound />', '<sound /><input type="mouse" /><memballoon model="x" />'),
        (LOGGED, "<serial><log /></serial><console><log /></console>", LOGGED),
        (LOGGED, "<serial /><console />", "<serial /><console />"),
        (LOGGED, "<serial><log /></serial>", '<serial><log file="/l" /></serial><console />'),
        ("<serial><target /></serial>", "", "<serial><target /></serial>"),
        (CHANNELS, CHANNELS, CHANNELS),
        (CHANNELS + PORT, "", PORT),
        (NONE, "", ""),
        (NONE, "<video><model type=\"vga\" /></video>", NONE),
        ('<video><model type="vga" /></video>', "", '<video><model type="vga" /></video>'),
        # disks of which the inputs spoke go with them; others stay
        ("", '<disk><target dev="vda" /></disk><disk><target dev="vdb" /></disk><disk />', '<disk><target dev="vdb" /></disk><disk />'),
        ('<disk><target dev="vdb" /></disk>', '<disk x="1"><target dev="vdb" /></disk>', '<disk><target dev="vdb" /></disk>'),
        ("", '<filesystem><target dir="/srv" /></filesystem><filesystem><target dir="/a" /></filesystem>', '<filesystem><target dir="/a" /></filesystem>'),
        ("", JOIN.replace("aa", "AA") + JOIN.replace("01", "02"), JOIN.replace("01", "02")),
        (JOIN.replace("01", "02"), JOIN.replace("01", "02").replace("virtio", "e1000"), JOIN.replace("01", "02")),
        ("", '<interface type="network" />', '<interface type="network" />'),
        # of which the inputs know the first
        *(
            (f'<{tag} a="1" />', f'<{tag} b="1" /><{tag} b="2" /><{tag} b="3" />', f'<{tag} a="1" /><{tag} b="2" /><{tag} b="3" />')
            for tag in ("serial", "graphics", "video")
        ),
        ("", '<serial b="1" /><serial b="2" />', ""),
        ('<serial a="1" /><serial a="2" />', '<serial b="1" /><serial b="2" />', '<serial a="1" /><serial a="2" />'),
    ],
)  # fmt: skip
def test_devices_of_others(made: str, base: str, wanted: str) -> None:
    assert adopted(devices(made), devices(base)) == devices(wanted)

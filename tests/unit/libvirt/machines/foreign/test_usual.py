"""What of a domain's XML is as it always is, and what is named."""

import pytest

from virtwright.providers.libvirt.machines.foreign.usual import described, unusual
from virtwright.providers.libvirt.xml import from_text


def named(inside: str, attributes: str = "type='kvm'") -> list[str]:
    return [*unusual(from_text(f"<domain {attributes}>{inside}</domain>"))]


@pytest.mark.parametrize(
    "inside",
    [
        "<name>a</name><uuid>b</uuid><description>c</description><metadata/>",
        "<metadata><a:stamp xmlns:a='urn:virtwright:stamp'/></metadata>",
        "<a:x xmlns:a='urn:virtwright:x'/>",
        "<memory unit='GiB' dumpCore='on'>1</memory><currentMemory unit='KiB'>1</currentMemory>",
        "<vcpu placement='static' current='1'>2</vcpu>",
        "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no' order='1'/></vcpus>",
        "<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type><kernel>/k</kernel><initrd>/i</initrd><cmdline>c</cmdline></os>",
        "<os><type>linux</type></os>",
        "<os><type>xen</type></os>",
        "<os><type/></os>",
        "<os><loader readonly='yes' type='pflash' secure='no' format='raw'>/l</loader></os>",
        "<os><nvram template='/t' templateFormat='raw' format='raw'>/n</nvram></os>",
        "<os><firmware><feature enabled='yes' name='secure-boot'/><feature enabled='no' name='enrolled-keys'/></firmware></os>",
        "<os><boot dev='hd'/><boot dev='cdrom'/><boot dev='network'/></os>",
        "<features><acpi/><apic eoi='on'/><pae/><smm state='on'/><gic version='3'/></features>",
        "<cpu mode='custom' match='exact' check='none' migratable='on'><model fallback='forbid'>x</model></cpu>",
        "<cpu mode='host-model' match='minimum' check='partial'><model fallback='allow'/></cpu>",
        "<cpu check='full'><topology sockets='1' cores='2' threads='1' dies='1' clusters='1'/><feature policy='disable' name='vmx'/></cpu>",
        "<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/></clock>",
        "<clock offset='localtime'/>",
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>",
        "<on_crash>restart</on_crash>",
        "<on_crash>\n  restart\n</on_crash>",
        "<on_crash>preserve</on_crash>",
        "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>",
        "<blkiotune><weight>5</weight></blkiotune><memtune><hard_limit unit='KiB'>9</hard_limit></memtune>",
        "<cputune><shares>1</shares><global_period>2</global_period><global_quota>3</global_quota></cputune>",
        "<resource><partition>/machine</partition></resource>",
        "<seclabel type='dynamic' model='dac' relabel='yes'><label>x</label><imagelabel>y</imagelabel></seclabel>",
        "<seclabel type='none'/>",
    ],
)  # fmt: skip
def test_what_is_usual_is_not_named(inside: str) -> None:
    assert named(inside, "type='kvm' id='7'") == []


@pytest.mark.parametrize(
    "device",
    [
        "<emulator>/usr/bin/qemu</emulator>",
        *(f"<controller type='{kind}' index='0'/>" for kind in ["usb", "pci", "sata", "ide", "fdc", "virtio-serial", "scsi"]),
        *(
            f"<controller type='usb' model='{model}' index='0' ports='4' vectors='2'><master startport='1'/><address type='pci'/></controller>"
            for model in ["none", "auto", "pci-root", "pcie-root", "pcie-root-port", "pci-bridge", "pcie-to-pci-bridge", "dmi-to-pci-bridge", "piix3-uhci", "ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3", "qemu-xhci", "nec-xhci", "virtio-scsi", "lsilogic"]
        ),
        "<controller type='pci'><model name='x'/><target chassis='1'/><alias name='pci.1'/></controller>",
        "<serial type='pty' tty='/dev/pts/1'><source path='/dev/pts/1'/><target port='0'/><alias name='serial0'/><log file='/l'/><protocol type='raw'/></serial>",
        "<console type='pty' tty='/dev/pts/1'><source path='/x'/><target type='serial'/></console>",
        *(f"<channel type='{kind}'><source mode='bind'/><target name='x'/><address type='v'/></channel>" for kind in ("unix", "spicevmc", "pty")),
        *(f"<input type='{kind}' bus='{bus}'><alias name='x'/></input>" for kind, bus in (("mouse", "ps2"), ("keyboard", "ps2"), ("tablet", "usb"), ("mouse", "xen"), ("tablet", "virtio"))),
        "<graphics type='vnc' port='1' autoport='no' listen='::1' passwd='x'><listen type='address' address='::1'/></graphics>",
        "<graphics type='spice' tlsPort='2'/>",
        *(f"<video><model type='{kind}' heads='1' primary='yes' ram='1' vram='2' vgamem='3' vram64='4'/><address type='pci'/></video>"
          for kind in ("virtio", "qxl", "vga", "cirrus", "bochs", "none")),
        *(f"<watchdog model='{model}' action='{action}'/>" for model, action in (("i6300esb", "reset"), ("diag288", "poweroff"), ("itco", "pause"), ("ib700", "none"))),
        "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
        "<tpm model='tpm-tis'/>",
        "<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci'/></rng>",
        "<memballoon model='virtio'><stats period='5'/><alias name='balloon0'/></memballoon>",
        *(f"<audio id='1' type='{kind}'/>" for kind in ("none", "spice", "vnc")),
        *(f"<{tag}><alias name='x'/><address type='isa'/></{tag}>" for tag in ("watchdog", "tpm", "audio")),
        "<disk type='network' anything='x'/>",
        "<interface type='direct' anything='x'/>",
        "<filesystem type='mount' anything='x'/>",
    ],
)  # fmt: skip
def test_devices_that_are_usual_or_told_elsewhere_are_not_named(device: str) -> None:
    assert named(f"<devices>{device}</devices>") == []


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<title>Web</title>", ["title: Web"]),
        ("<title> Web </title>", ["title: Web"]),
        ("<cpu><address x='1'/></cpu>", ["cpu/address: x=1"]),
        ("<memoryBacking><hugepages/><nosharepages/></memoryBacking>", ["memoryBacking: hugepages, nosharepages"]),
        ("<memory unit='KiB' dumpCore='off'>1</memory>", ["memory: dumpCore=off"]),
        ("<vcpu cpuset='0-3' placement='auto'>1</vcpu>", ["vcpu: cpuset=0-3", "vcpu: placement=auto"]),
        ("<os><type>uml</type></os>", ["os/type: uml"]),
        ("<os><type>exe</type><boot dev='fd'/><bios useserial='yes'/></os>", ["os/boot: dev=fd", "os/bios: useserial=yes"]),
        ("<os><init>/sbin/init</init><initarg>a</initarg></os>", ["os/init: /sbin/init", "os/initarg: a"]),
        ("<features><privnet/><hyperv><relaxed state='on'/></hyperv></features>", ["features/privnet: set", "features/hyperv: relaxed state=on"]),
        ("<cputune><period>1</period><quota>2</quota></cputune>", ["cputune/period: 1", "cputune/quota: 2"]),
        ("<clock offset='variable'><timer name='hpet' present='yes'/></clock>", ["clock: offset=variable", "clock/timer: present=yes"]),
        ("<on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot><on_crash>coredump</on_crash>",
         ["on_poweroff: preserve", "on_reboot: destroy", "on_crash: coredump"]),
        ("<metadata><b:x xmlns:b='urn:b'/></metadata>", ["metadata/{urn:b}x: set"]),
        ("<devices><audio id='2' type='none'/></devices>", ["devices/audio: id=2"]),
        ("<devices><hostdev mode='subsystem'><source><address bus='1'/></source><address type='pci'/><alias name='x'/></hostdev></devices>",
         ["devices/hostdev: mode=subsystem, source address bus=1"]),
        ("<devices><video><model type='vmvga'/></video></devices>", ["devices/video/model: type=vmvga"]),
        ("<devices><graphics type='vnc' sharePolicy='ignore' passwd='geheim'/></devices>", ["devices/graphics: sharePolicy=ignore"]),
        ("<devices><graphics type='sdl' passwd='geheim'/></devices>", ["devices/graphics: type=sdl"]),
        ("<devices><sound model='ich9' value='geheim'><password>geheim</password><secret>geheim</secret></sound></devices>",
         ["devices/sound: model=ich9, value=…, password …, secret …"]),
        ("<devices><rng model='virtio' secret='geheim'/></devices>", ["devices/rng: secret=…"]),
        *(
            (f"<devices><{tag} {kind}/><{tag} {kind}/><{tag} {kind}/></devices>", [f"devices/{tag}: {said}"] * 2)
            for tag, kind, said in (("serial", "type='pty'", "type=pty"), ("graphics", "type='vnc'", "type=vnc"), ("video", "", "set"),
                                    ("watchdog", "action='reset'", "action=reset"), ("tpm", "model='tpm-tis'", "model=tpm-tis"))
        ),
        ("<devices><console type='pty'/><console type='pty'/><channel type='pty'/><channel type='pty'/></devices>", []),
    ],
)  # fmt: skip
def test_what_is_named(inside: str, wanted: list[str]) -> None:
    assert named(inside) == wanted


def test_the_domain_s_own_attributes_are_named_too() -> None:
    assert named("", "type='kvm' odd='1'") == ["domain: odd=1"]


def test_containers_have_words_for_more() -> None:
    inside = (
        "<os><type>exe</type><init>/sbin/init</init><initarg>a</initarg></os><features><privnet/></features>"
        "<cputune><period>1</period><quota>2</quota></cputune>"
    )
    assert named(inside, "type='lxc'") == []


def test_long_settings_are_cut() -> None:
    for inside in (
        f"<title>{'x' * 300}</title>",
        f"<os><type>{'x' * 300}</type></os>",
        f"<vcpu cpuset='{'1' * 300}'/>",
    ):
        (told,) = named(inside)
        assert len(told) == 200


def test_an_element_in_one_line() -> None:
    root = from_text("<a b='1' passwd='geheim'>text<c d='2'>more<e/></c><address x='1'/><alias name='n'/></a>")
    assert described(root, "devices/a") == "devices/a: b=1, passwd=…, text, c d=2 more e"
    assert described(from_text("<source><address x='1'/></source>"), "p") == "p: address x=1"
    assert described(from_text("<a/>"), "p") == "p: set"

"""A whole domain in the terms of the inputs, field by field."""

from typing import Any, Final

import pytest

from virtwright.providers.libvirt.machines.foreign.telling import NOT_TOLD, tell, tell_all
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine

MEMORY: Final = "<memory>1048576</memory>"
GRAPHICS: Final = "<devices><graphics type='vnc'/></devices>"
BASE: Final = {"libvirt": {"type": "kvm"}}
DISK: Final = "<disk><source file='/pool/{0}'/><target dev='{1}' bus='{2}'/></disk>"
JOIN: Final = "<interface type='network'><source network='n'/><model type='{}'/></interface>"
TOLD: Final = {"volume": "fast/a"}


def reference(path: str) -> str | None:
    return f"fast/{path.removeprefix('/pool/')}" if path.startswith("/pool/") else None


def told(inside: str, kind: str = "kvm", memory: str = MEMORY) -> dict[str, Any]:
    inputs, _ = tell(from_text(f"<domain type='{kind}'>{memory}{inside}</domain>"), reference)
    return {name: value for name, value in inputs.model_dump(exclude_defaults=True).items() if name != "console"}


def devices(*inside: str) -> str:
    return f"<devices>{''.join(inside)}</devices>"


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("", {}),
        ("<vcpu>3</vcpu>", {"cpus": 3}),
        ("<vcpu current='2'>3</vcpu>", {"cpus": 2, "max_cpus": 3}),
        ("<currentMemory>524288</currentMemory>", {"memory": 512 * 1024**2, "max_memory": 1024**3}),
        ("<description>a</description>", {"description": "a"}),
        ("<os><type arch='aarch64' machine='virt'/></os>", {"architecture": "aarch64", "machine_type": "virt"}),
        ("<os firmware='efi'/>", {"firmware": "uefi"}),
        ("<os><loader type='rom'/></os>", {}),
        ("<cpu mode='host-model'/>", {"cpu": {"mode": "host-model"}}),
        ("<cpu><feature name='vmx' policy='disable'/></cpu>", {"cpu": {"features": {"vmx": "disable"}}}),
        ("<os><kernel>/k</kernel></os>", {"boot": {"kernel": "/k"}}),
        ("<os><kernel>/k</kernel><initrd>/i</initrd><cmdline>c</cmdline></os>", {"boot": {"kernel": "/k", "initrd": "/i", "cmdline": "c"}}),
        (devices("<graphics type='vnc' port='5901' listen='::1'/>"), {"graphics": {"type": "vnc", "port": 5901, "listen": "::1"}}),
        (devices("<graphics type='spice' passwd='geheim'/>"), {"graphics": {"type": "spice", "password": "geheim"}}),
        (devices("<graphics type='sdl' passwd='geheim'/>"), {}),
        (devices("<channel><target name='org.qemu.guest_agent.0'/></channel>"), {"guest_agent": True}),
        ("<cputune><shares>5</shares></cputune><blkiotune><weight>7</weight></blkiotune>", {"resources": {"cpu_shares": 5, "io_weight": 7}}),
        ("<memtune><hard_limit>2048</hard_limit></memtune>", {"resources": {"memory_limit": 2 * 1024**2}}),
    ],
)  # fmt: skip
def test_a_field(inside: str, wanted: dict[str, Any]) -> None:
    assert told(inside) == {**wanted, **BASE}


@pytest.mark.parametrize(
    ("inside", "own"),
    [
        (devices("<watchdog model='i6300esb' action='reset'/>"), {"watchdog": "reset"}),
        (devices("<watchdog model='itco' action='reset'/>"), {}),
        (devices("<watchdog action='odd'/>"), {}),
        (devices("<tpm/>"), {"tpm": True}),
        ("<os firmware='efi'><loader secure='yes'/></os>", {"secure_boot": True}),
        ("<clock offset='localtime'/>", {"clock": "localtime"}),
        ("<clock offset='utc'/>", {}),
        ("<clock offset='variable'/>", {}),
        (devices("<video><model type='qxl'/></video>"), {"video": "qxl"}),
        (devices("<video><model type='none'/></video>"), {}),
        (devices("<video><model type='vmvga'/></video>"), {}),
        ("<on_crash>restart</on_crash>", {"on_crash": "restart"}),
        ("<on_crash>destroy</on_crash>", {}),
        ("<on_crash>coredump-restart</on_crash>", {}),
        ("<os><init>/bin/sh</init><initarg>-c</initarg></os>", {"init": ["/bin/sh", "-c"]}),
    ],
)
def test_a_field_of_libvirt_s_own(inside: str, own: dict[str, Any]) -> None:
    assert told(inside)["libvirt"] == {"type": "kvm", **own}


@pytest.mark.parametrize("kind", ["kvm", "qemu", "xen", "lxc", "test"])
def test_a_type_of_domain(kind: str) -> None:
    assert told("", kind)["libvirt"] == {"type": kind}


def test_a_type_without_a_word() -> None:
    assert "libvirt" not in told("", "vbox")


@pytest.mark.parametrize(
    ("inside", "full"),
    [
        ("", False),
        (DISK.format("a", "hda", "ide"), True),
        (DISK.format("a", "sda", "sata"), True),
        (DISK.format("a", "sda", "usb"), True),
        (DISK.format("a", "vda", "virtio"), False),
        (DISK.format("a", "sda", "scsi"), False),
        (DISK.format("a", "xvda", "xen"), False),
        ("<disk><source file='/pool/a'/><target dev='fda'/></disk>", False),
        ("<disk device='cdrom'><source file='/a.iso'/><target dev='hda' bus='ide'/></disk>", False),
        (DISK.format("a", "hda", "ide") + DISK.format("b", "vdb", "virtio"), False),
        (JOIN.format("e1000"), True),
        (JOIN.format("virtio"), False),
        (JOIN.format("odd"), False),
        (DISK.format("a", "hda", "ide") + JOIN.format("virtio"), False),
        (DISK.format("a", "hda", "ide") + JOIN.format("e1000"), True),
    ],
)
def test_whether_all_is_emulated(inside: str, full: bool) -> None:
    assert (told(devices(inside)).get("virtualization") == "full") is full


def test_which_disk_is_which() -> None:
    """Those that are refused, and those that can't be said, are no inputs."""
    disks = (DISK.format("a", "vda", "virtio"), "<disk><source file='/srv/b'/><target dev='vdb'/></disk>",
             "<disk><source file='/pool/a b'/><target dev='vdc' bus='virtio'/></disk>", DISK.format("d", "vdd", "virtio"))  # fmt: skip
    found = tell_all(from_text(f"<domain type='kvm'>{MEMORY}{devices(*disks)}</domain>"), reference, power="paused", autostart=True)  # fmt: skip
    assert found.disks == ("vda", "vdd")
    assert [each.volume for each in found.inputs.disks] == ["fast/a", "fast/d"]
    assert (found.inputs.power, found.inputs.autostart) == ("paused", True)
    assert found.unsaid[0] == "disk vdb: /srv/b, which lies in no storage pool"
    assert any("fast/a b" in each for each in found.unsaid[1:])


def test_each_setting_without_a_word_is_named_once() -> None:
    domain = from_text(f"<domain type='kvm'>{MEMORY}<pm/><title>a</title><title>a</title></domain>")
    inputs, unsaid = tell(domain, reference)
    assert unsaid == ("title: a",)
    assert inputs.power == "running" and not inputs.autostart
    assert inputs.model_fields_set == {*VirtualMachine.model_fields} - NOT_TOLD


def test_what_the_stack_says_is_not_told() -> None:
    assert frozenset(
        {"cloud_init", "namespace", "wait_for", "shutdown_timeout", "switch_off", "labels", "ports"}
    ) == NOT_TOLD  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        (devices("<video><model type='vmvga'/></video>"), "devices/video/model: type=vmvga"),
        (devices("<watchdog action='odd'/>"), "devices/watchdog: action=odd"),
        ("<clock offset='variable'/>", "clock: offset=variable"),
        ("<on_crash>coredump-restart</on_crash>", "on_crash: coredump-restart"),
    ],
)
def test_a_choice_without_a_word_is_named_once(inside: str, named: str) -> None:
    _, unsaid = tell(from_text(f"<domain type='kvm'>{MEMORY}{inside}</domain>"), reference)
    assert unsaid == (named,)


def test_an_interface_that_is_booted() -> None:
    domain = "<os><boot dev='network'/><boot dev='hd'/></os>" + devices(
        DISK.format("a", "vda", "virtio"), JOIN.format("virtio")
    )
    found = told(domain)
    assert (found["disks"][0]["boot_order"], found["networks"][0]["boot_order"]) == (2, 1)


@pytest.mark.parametrize(
    ("inside", "field", "said"),
    [
        ("", "cpu", {}),
        ("", "resources", {}),
        ("", "boot", "disk"),
        ("", "graphics", {"type": "none"}),
        (GRAPHICS, "graphics", {"type": "vnc"}),
        ("<os><kernel>/k</kernel></os>", "boot", {"kernel": "/k", "cmdline": ""}),
        ("", "libvirt", {"type": "kvm"}),
    ],
)
def test_nothing_is_told_that_a_domain_does_not_say(inside: str, field: str, said: Any) -> None:
    inputs, _ = tell(from_text(f"<domain type='kvm'>{MEMORY}{inside}</domain>"), reference)
    assert inputs.model_dump(exclude_unset=True)[field] == said


def test_the_password_of_a_console_without_a_word_is_not_named() -> None:
    domain = from_text(f"<domain type='kvm'>{MEMORY}<devices><graphics type='sdl' passwd='geheim'/></devices></domain>")
    assert not any("geheim" in each for each in tell(domain, reference)[1])

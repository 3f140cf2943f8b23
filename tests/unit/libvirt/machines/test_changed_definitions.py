"""A rich definition of a host (``told/rich.xml``), changed in every way in which virtwright changes one: the XML that it comes to.

``make golden`` writes the files anew.
"""

import xml.etree.ElementTree as tree
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import pytest
from tests.golden import check
from tests.unit.libvirt.machines.cases import UUID

from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.exporting.definition import Arrival, for_file, of_file
from virtwright.providers.libvirt.machines.external import external_snapshot
from virtwright.providers.libvirt.machines.foreign.keeping import keep
from virtwright.providers.libvirt.machines.layers import Base, without_layers
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, Source
from virtwright.providers.libvirt.machines.redefining import Kept, redefined
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.machine import VirtualMachine

FOLDER: Final = Path(__file__).parent / "golden/changed"
RICH: Final = Path(__file__).parent / "told/rich.xml"
STAMP: Final = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:VirtualMachine::db", "two", "0" * 64)
FRONT: Final = {"network": "front", "mac": "52:54:00:aa:bb:01"}
DISKS: Final[list[dict[str, Any]]] = [
    {"volume": "a"}, {"volume": "logs", "bus": "scsi", "read_only": True}, {"image": "/images/tools.iso", "device": "cdrom"},
]  # fmt: skip
TARGETS: Final = ("vda", "sda", "sdb", "vdb")
INPUTS: Final[dict[str, Any]] = {
    "cpus": 2, "memory": "2GiB", "machine_type": "q35", "firmware": "uefi", "disks": DISKS, "networks": [FRONT],
    "graphics": {"type": "vnc", "port": 5901, "listen": "0.0.0.0"}, "guest_agent": True,
    "libvirt": {"video": "qxl", "watchdog": "poweroff", "tpm": True},
}  # fmt: skip


def rich() -> Element:
    return from_text(RICH.read_text())


def goal(**changes: Any) -> Element:
    """What the inputs alone come to."""
    inputs = VirtualMachine.model_validate({**INPUTS, **changes})
    sources = [
        Source("/pool/vda", "qcow2"),
        Source("/dev/vg/logs", block=True),
        Source("/images/tools.iso"),
        Source("/pool/b"),
    ]
    places = tuple(map(DiskPlace, TARGETS, sources))[: len(inputs.disks)]
    mark = mark_element(Mark(STAMP, {}, {}), UUID, "shop_db")
    macs = tuple(join.mac or "52:54:00:00:00:09" for join in inputs.networks)
    log = "/var/log/libvirt/qemu/shop_db.console.log"
    return build_domain(inputs, Place("shop_db", UUID, "kvm", "x86_64", places, macs, log, marks=(mark,)))


def again(kept: Kept | None = None, **changes: Any) -> Element:
    return redefined(rich(), goal(**changes), kept or Kept())


def kept(*, same_cpu: bool, same_order: bool, base: Element | None = None, **changes: Any) -> Element:
    """Of a machine that was taken over; the inputs spoke of its first disk and its first interface."""
    was = rich() if base is None else base
    made = redefined(was, goal(**changes), Kept())
    keep(made, was, TARGETS[:1], ("52:54:00:aa:bb:01",), cpu=same_cpu, boot_order=same_order)
    return made


def bare() -> Element:
    """The rich one, without what virtwright gives to machines of its own."""
    base = rich()
    devices = base.find("devices")
    assert devices is not None
    for path in ("rng", "memballoon", "input", "video", "controller[@type='virtio-serial']", "controller[@type='usb']"):
        for each in devices.findall(path):
            devices.remove(each)
    for each in devices.findall("serial"):
        each[:] = [part for part in each if part.tag != "log"]
    base.remove(base[[each.tag for each in base].index("features")])
    return base


def into_a_file() -> Element:
    domain = rich()
    assert for_file(domain, frozenset({"vda"})) == ["hunter22", "other"]
    return domain


def out_of_a_file() -> Element:
    domain = into_a_file()
    of_file(domain, Arrival(
        "there_db", UUID, "f" * 64, "shop/prod", {"vda": ("/there/db.qcow2", "raw")}, {"front": "dmz"}, {"52:54:00:aa:bb:01": "52:54:00:00:00:07"},
        ("", "geheim"), "/var/log/libvirt/qemu/shop_db.console.log", "/there/db.log", "/there/db_VARS.fd",
    ))  # fmt: skip
    return domain


def snapshot(*, memory: bool) -> Element:
    bases = {"sda": Base("/dev/vg/logs", "raw", block=True)}
    domain = rich()
    for each in domain.iterfind("devices/disk[2]/readonly/.."):
        each[:] = [part for part in each if part.tag != "readonly"]
    return external_snapshot("before", domain, bases, "/pool", memory=memory)


CHANGED: Final[dict[str, Callable[[], Element]]] = {
    "same": again,
    "more": lambda: again(
        cpus=4, description="more", disks=[*DISKS, {"volume": "b", "serial": "D2"}], networks=[FRONT, "back"],
        resources={"cpu_shares": 9, "cpu_limit": 0.5, "memory_limit": "9GiB", "io_weight": 7}, cpu={"mode": "host-model"},
    ),
    "less": lambda: again(
        disks=[], networks=[], graphics="none", guest_agent=False, console=False, libvirt=None, firmware=None, virtualization="full",
    ),
    "spice": lambda: again(graphics={"type": "spice", "password": "new"}, libvirt=None),
    "without the cpu and firmware and watchdog": lambda: again(Kept(cpu=False, firmware=False, watchdog=False), firmware="bios", libvirt=None),
    "on another platform": lambda: again(Kept(platform=False), machine_type="pc"),
    "without what others added": lambda: again(Kept(others=False)),
    "adopted": lambda: kept(same_cpu=True, same_order=True),
    "adopted and changed": lambda: kept(same_cpu=False, same_order=False, cpu={"mode": "host-model"}, libvirt={"clock": "localtime"}, disks=DISKS[:1]),
    "adopted without additions": lambda: kept(same_cpu=True, same_order=False, base=bare(), graphics="none", libvirt=None),
    "into a file": into_a_file,
    "out of a file": out_of_a_file,
    "without its layers": lambda: without_layers(
        rich(), {"vda": Base("/dev/vg/a", "raw", block=True), "sda": Base("/pool/logs.qcow2", "qcow2"), "fda": Base("/none", "raw")}
    ),
    "snapshot with memory": lambda: snapshot(memory=True),
    "snapshot of disks": lambda: snapshot(memory=False),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_the_changed_definition_is_the_golden_one(name: str) -> None:
    made = CHANGED[name]()
    tree.indent(made)
    check(FOLDER / f"{name.replace(' ', '_')}.xml", to_text(made) + "\n")


def test_every_golden_file_is_of_a_change() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {name.replace(" ", "_") for name in CHANGED}


def test_what_a_definition_was_is_not_changed() -> None:
    base, wanted = rich(), goal()
    before = to_text(base), to_text(wanted)
    keep(redefined(base, wanted, Kept()), base, TARGETS[:1], (), cpu=True, boot_order=True)
    for made in (redefined(base, wanted, Kept()), without_layers(base, {})):
        for each in made.iter():
            each.set("changed", "yes")
    assert (to_text(base), to_text(wanted)) == before


def test_a_definition_without_parts_is_filled() -> None:
    """As libvirt's test driver may tell one."""
    empty = from_text("<domain type='test'><name>a</name></domain>")
    made = redefined(empty, goal(), Kept())
    assert [each.tag for each in made] == [each.tag for each in goal()]
    keep(made, empty, (), (), cpu=True, boot_order=True)
    assert made.find("cpu") is None and made.find("features") is None
    assert to_text(redefined(rich(), empty, Kept(others=False))).count("<name>") == 1

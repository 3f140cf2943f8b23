"""A machine's definition, as it is to be on another host."""

from xml.etree.ElementTree import Element

from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.machines.reading.devices import read_disks, read_networks
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.moving.relocating import Relocation, relocated, renamed_networks, renamed_volumes
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

UUID = "5c8d5c0e-0f3c-4d52-9a5c-3d0f1d1c6a4e"
URN = "urn:pulumi:prod::shop::virtwright:index:VirtualMachine::db"
HERE = VirtualMachine.model_validate({"networks": ["a"], "disks": [{"volume": "default/data.raw"}, {"size": "1GiB"}]})
THERE = VirtualMachine.model_validate({"networks": ["b"], "disks": [{"volume": "fast/data.raw"}, {"size": "1GiB"}]})
MOVE = Stamp("shop/prod", URN, "the move", "f" * 64)


def definition() -> Definition:
    record = MachineRecord(
        inputs={"networks": [{"network": "a"}], "disks": [{"volume": "default/data.raw"}, {"size": 1024**3}]},
        said={"memory": 1}, digest="d", disks=("vda", "vdb"), macs=("52:54:00:00:00:01",), own=("/here/db-0.qcow2",), complete=True,
    )  # fmt: skip
    root = from_text(
        f"<domain id='7'><name>db</name><uuid>{UUID}</uuid><metadata/><devices><emulator>/opt/qemu</emulator>"
        "<disk type='block'><source dev='/dev/vg/data' index='2'><seclabel/></source><backingStore/><target dev='vda'/></disk>"
        "<disk type='file'><source file='/here/db-0.qcow2'/><target dev='vdb'/></disk>"
        "<interface type='network'><source network='a' portid='p' bridge='virbr0'/></interface></devices></domain>"
    )
    metadata = root.find("metadata")
    assert metadata is not None
    metadata.append(
        mark_element(Mark(Stamp("shop/prod", URN, "made", ""), {"a": "b"}, record.to_notes()), UUID, "shop_db")
    )
    found = Definition.read(to_text(root))
    assert found is not None
    return found


def there(*, arriving: bool) -> Element:
    now = definition()
    relocation = Relocation(
        {"vda": Source("/fast/data.raw"), "vdb": Source("/there/db-0.qcow2", "qcow2")},
        ("/there/db-0.qcow2",), renamed_networks(now.declared, THERE), renamed_volumes(now.declared, THERE),
    )  # fmt: skip
    return relocated(now.root, now, relocation, MOVE, arriving=arriving)


def test_disks_and_networks_are_those_of_the_other_host() -> None:
    root = there(arriving=True)
    assert [(each["target"], each["path"]) for each in read_disks(root)] == [
        ("vda", "/fast/data.raw"),
        ("vdb", "/there/db-0.qcow2"),
    ]
    assert [disk.get("type") for disk in root.iterfind("devices/disk")] == ["file", "file"]
    assert root.find("devices/disk/backingStore") is None
    assert root.find("devices/disk/source/seclabel") is None
    assert [each["network"] for each in read_networks(root)] == ["b"]
    assert "portid" not in to_text(root)
    assert root.find("devices/emulator") is None, "the other host has one of its own"
    assert root.get("id") is None


def test_it_is_noted_to_be_on_its_way_until_it_has_arrived() -> None:
    for arriving in (True, False):
        found = Definition.read(to_text(there(arriving=arriving)))
        assert found is not None
        assert (found.record.arriving, found.mark.stamp, found.mark.labels) == (arriving, MOVE, {"a": "b"})
        assert found.record.own == ("/there/db-0.qcow2",)
        assert found.record.said is None, "how libvirt takes it there is not known yet"
        assert [each.network for each in found.declared.networks] == ["b"]
        assert [each.volume for each in found.declared.disks] == ["fast/data.raw", None]


def test_the_one_that_leaves_is_not_changed() -> None:
    now = definition()
    before = to_text(now.root)
    relocated(now.root, now, Relocation({}, (), {}, {}), MOVE, arriving=True)
    assert to_text(now.root) == before


def test_a_plan_that_does_not_know_the_networks_yet_renames_none() -> None:
    later = THERE.model_copy(update={"networks": UNKNOWN})
    assert renamed_networks(HERE, later) == {}
    assert renamed_networks(HERE, THERE) == {"a": "b"}


def test_an_interface_on_a_bridge_is_on_its_network_while_it_runs() -> None:
    root = from_text(
        "<domain><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/>"
        "<source network='a' portid='p' bridge='br0'/></interface></devices></domain>"
    )
    assert [each["network"] for each in read_networks(root)] == ["a"]

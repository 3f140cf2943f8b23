"""What becomes of each name that a machine has for things of its host."""

from typing import Any, Final

import pytest

from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.moving.digest import Digest
from virtwright.providers.libvirt.moving.relocating import Relocation, relocated, renamed_networks, renamed_volumes
from virtwright.providers.libvirt.stamps import Mark, read_mark
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

UUID: Final = "5c8d5c0e-0f3c-4d52-9a5c-3d0f1d1c6a4e"
STAMP: Final = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:VirtualMachine::db", "move", "f" * 64)
CD: Final = {"device": "cdrom"}


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate(inputs)


@pytest.mark.parametrize(
    ("now", "goal", "names"),
    [
        ({}, {}, {}),
        ({"disks": [{"volume": "a"}]}, {"disks": [{"volume": "b"}]}, {"a": "b"}),
        ({"disks": [{"volume": "a"}, {"volume": "c"}]}, {"disks": [{"volume": "c"}, {"volume": "b"}]}, {"a": "b", "c": "c"}),
        ({"disks": [{"volume": "a"}]}, {"disks": []}, {}),
        ({"disks": []}, {"disks": [{"volume": "a"}]}, {}),
        ({"disks": [{"image": "a", **CD}]}, {"disks": [{"image": "b", **CD}]}, {"a": "b"}),
        ({"disks": [{"volume": "a", **CD}]}, {"disks": [{"image": "b", **CD}]}, {}),
        ({"disks": [{"image": "a", **CD}]}, {"disks": [{"volume": "b", **CD}]}, {}),
        ({"image": "a"}, {"image": "b"}, {"a": "b"}),
        ({"image": "a"}, {}, {}),
        ({}, {"image": "b"}, {}),
        ({"image": "i", "disks": [{"volume": "a"}]}, {"image": "j", "disks": [{"volume": "b"}]}, {"a": "b", "i": "j"}),
    ],
)  # fmt: skip
def test_volumes_and_images(now: dict[str, Any], goal: dict[str, Any], names: dict[str, str]) -> None:
    assert renamed_volumes(machine(**now), machine(**goal)) == names


@pytest.mark.parametrize(
    ("now", "goal", "names"),
    [
        ([], [], {}),
        (["a"], ["b"], {"a": "b"}),
        (["a"], [], {}),
        ([], ["a"], {}),
        (["a", "c"], ["c", "b"], {"a": "b", "c": "c"}),
        (["a"], ["a", "b"], {"a": "a"}),
    ],
)
def test_networks(now: list[str], goal: list[str], names: dict[str, str]) -> None:
    assert renamed_networks(machine(networks=now), machine(networks=goal)) == names


def test_networks_that_are_not_known_yet() -> None:
    assert renamed_networks(machine(networks=["a"]), machine().model_copy(update={"networks": UNKNOWN})) == {}


RELOCATION: Final = Relocation(
    {"vda": Source("/there/a"), "vdb": Source("/dev/there/b", block=True)},
    ("/there/own",), {"here": "there"}, {"va": "vb", "ia": "ib"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("device", "made"),
    [
        ('<disk type="block"><source dev="/dev/a" index="1" startupPolicy="optional"><seclabel /></source><target dev="vda" /></disk>',
         '<disk type="file"><source file="/there/a" /><target dev="vda" /></disk>'),
        ('<disk type="file"><backingStore /><mirror /><source file="/b" /><backingStore /><target dev="vdb" /></disk>',
         '<disk type="block"><source dev="/dev/there/b" /><target dev="vdb" /></disk>'),
        ('<disk type="file"><backingStore /><source file="/c" index="1" /><target dev="vdc" /></disk>', None),
        ('<disk type="file"><target dev="vda" /></disk>', None),
        ('<disk type="file"><source file="/c" /></disk>', None),
        ('<disk type="file"><source file="/c" /><target /></disk>', None),
        ('<interface type="network"><source network="here" portid="p" bridge="virbr0" /></interface>', '<interface type="network"><source network="there" /></interface>'),
        ('<interface type="network"><source network="other" portid="p" /></interface>', '<interface type="network"><source network="other" /></interface>'),
        ('<interface type="bridge"><source bridge="br0" /></interface>', None),
        ("<emulator>/q</emulator>", ""),
    ],
)  # fmt: skip
def test_a_device(device: str, made: str | None) -> None:
    root = from_text(f'<domain id="7"><devices>{device}<sound /></devices></domain>')
    found = relocated(root, definition(MachineRecord()), RELOCATION, STAMP, arriving=True)
    assert to_text(found) == f"<domain><devices>{device if made is None else made}<sound /></devices></domain>"


def definition(record: MachineRecord) -> Definition:
    root = from_text(f"<domain><name>db</name><uuid>{UUID}</uuid></domain>")
    return Definition(root, Mark(STAMP, {"team": "shop"}), record, VirtualMachine())


@pytest.mark.parametrize(
    ("inputs", "made"),
    [
        ({}, {"networks": [], "disks": []}),
        ({"networks": [{"network": "here", "mac": "here", "aliases": ["here"]}, {"network": "x"}, 5], "disks": [{"volume": "va", "mount": "va"}, {"image": "ia", "size": 1}, {"volume": "x"}], "image": "ia"},
         {"networks": [{"network": "there", "mac": "here", "aliases": ["here"]}, {"network": "x"}, 5], "disks": [{"volume": "vb", "mount": "va"}, {"image": "ib", "size": 1}, {"volume": "x"}], "image": "ib"}),
        ({"image": "x", "networks": "damaged", "disks": {}, "cpus": 2}, {"image": "x", "networks": [], "disks": [], "cpus": 2}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("arriving", [True, False])
def test_what_is_noted(inputs: dict[str, Any], made: dict[str, Any], arriving: bool) -> None:
    record = MachineRecord(
        inputs=inputs, said={"cpus": 1}, digest="d", disks=("vda",), own=("/here/own",), complete=True, had=("tpm",)
    )
    root = from_text(f"<domain><uuid>{UUID}</uuid><metadata><x /></metadata></domain>")
    found = relocated(root, definition(record), RELOCATION, STAMP, arriving=arriving)
    mark = read_mark(found)
    assert mark is not None and (mark.stamp, mark.labels) == (STAMP, {"team": "shop"})
    assert MachineRecord.from_notes(mark.notes) == MachineRecord(
        inputs=made, disks=("vda",), own=("/there/own",), complete=True, had=("tpm",), arriving=arriving
    )
    assert len(found.findall("metadata/*")) == 2
    again = relocated(found, definition(record), RELOCATION, STAMP, arriving=arriving)
    assert to_text(again) == to_text(found), "an older stamp goes"


BLOCK: Final = 64 * 1024


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([], "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc"),
        ([b"a"], "f04533f59df4232d620e6652ade902eba761a08ef1e4b8cb1a6073dd8becd8a9"),
        ([b"a" * BLOCK], "13f34b3e56730c942945c22c979a2b06c8b7c98dbec919b586491f423a807284"),
        ([BLOCK, b"a"], "bf1843ee0daf30cb5ae73bf99087a2fc8b7dee5202e7c9fa025fab621b6bac67"),
        ([b"a", 3 * BLOCK], "8e90ad5d6bc9aa0ac003868ce5755e86b21b6b0b33ae079be8e98577b44765b9"),
    ],
)
def test_a_digest_stays_as_it_is(parts: list[Any], wanted: str) -> None:
    """Both hosts may be asked by different versions of the program."""
    made = Digest()
    for each in parts:
        if isinstance(each, int):
            made.hole(each)
        else:
            made.data(each)
    assert made.finish() == wanted

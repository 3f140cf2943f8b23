"""A definition on its way into a file, and out of it on another host."""

from dataclasses import replace

import pytest

from virtwright.errors import HostError
from virtwright.providers.libvirt.machines.exporting.definition import (
    Arrival,
    Located,
    Note,
    for_file,
    left_out,
    located_disks,
    note_of,
    of_file,
    seed_disk,
)
from virtwright.providers.libvirt.xml import from_text, to_text

UUID = "5c8d5c0e-0f3c-5d52-9a5c-3d0f1d1c6a4e"
NOTE = "urn:virtwright:arrival"
ARRIVAL = Arrival("there_db", UUID, "f" * 64, "shop/prod", {"vda": ("/there/db.qcow2", "qcow2")}, {"front": "dmz"})


@pytest.mark.parametrize(
    ("disk", "wanted"),
    [
        ("<disk type='file'><driver type='qcow2'/><source file='/a'/><target dev='vda'/></disk>", [Located("vda", "/a", "qcow2")]),
        ("<disk type='file' device='disk'><source file='/a'/><target dev='vda'/></disk>", [Located("vda", "/a", "raw")]),
        ("<disk type='block'><source dev='/dev/a'/><target dev='vda'/></disk>", [Located("vda", "/dev/a", "raw")]),
        ("<disk type='block'><source dev='/dev/a'/></disk>", [Located("?", "/dev/a", "raw")]),
        ("<disk type='file' device='cdrom'><source file='/a'/><target dev='sda'/></disk>", []),
        ("<disk type='file' device='floppy'><source file='/a'/><target dev='fda'/></disk>", []),
        ("<disk type='file' device='lun'><source file='/a'/><target dev='sda'/></disk>", None),
        ("<disk type='network'><source file='/a'/><target dev='sda'/></disk>", None),
        ("<disk><source file='/a'/><target dev='sda'/></disk>", None),
        ("<disk type='file'><target dev='sda'/></disk>", None),
    ],
)  # fmt: skip
def test_disks_whose_content_goes_along(disk: str, wanted: list[Located] | None) -> None:
    later = "<disk type='file'><source file='/z'/><target dev='vdz'/></disk>"
    domain = from_text(f"<domain><devices>{disk}{later}</devices></domain>")
    if wanted is not None:
        assert located_disks(domain) == [*wanted, Located("vdz", "/z", "raw")]
        return
    with pytest.raises(HostError, match="the disk sda lies on no file and no device of the host"):
        located_disks(domain)


@pytest.mark.parametrize(("target", "wanted"), [("sda", Located("sda", "/seed", "raw")), ("vda", None), ("vdb", None)])
def test_the_seed_is_found_in_whatever_drive_it_is(target: str, wanted: Located | None) -> None:
    domain = from_text(
        "<domain><devices><disk><target dev='vda'/></disk><disk device='cdrom'><driver type='qcow2'/><source file='/seed'/>"
        "<target dev='sda'/></disk></devices></domain>"
    )
    assert seed_disk(domain, target) == wanted


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<devices><disk><source file='/a'/><target dev='vda'/></disk></devices>", []),
        ("<devices><disk><source file='/b'/><target dev='vdb'/></disk></devices>", ["the disk vdb: /b"]),
        ("<devices><disk><source file='/b'/></disk></devices>", ["the disk ?: /b"]),
        ("<devices><disk><target dev='vdb'/></disk></devices>", []),
        ("<os><kernel>/k</kernel></os>", ["the kernel that it boots, a file of the host: /k"]),
        ("<os><initrd>/i</initrd></os>", ["the initial file system that it boots: /i"]),
        ("<devices><tpm/></devices>", ["the state of its TPM"]),
        ("<devices><hostdev type='pci'/><hostdev/></devices>", ["a device of the host: pci", "a device of the host: hostdev"]),
        ("<devices><filesystem><source dir='/srv'/></filesystem><filesystem/></devices>", ["a folder of the host: /srv", "a folder of the host: ?"]),
        ("<os/><devices/>", []),
    ],
)  # fmt: skip
def test_what_is_left_out(inside: str, wanted: list[str]) -> None:
    assert [*left_out(from_text(f"<domain>{inside}</domain>"), frozenset({"vda"}))] == wanted


def test_what_is_the_host_s_own_stays_behind() -> None:
    domain = from_text(
        "<domain><metadata><a:stamp xmlns:a='urn:virtwright:stamp'/><b:x xmlns:b='urn:b'/><c:y xmlns:c='urn:virtwright:y'/></metadata><devices>"
        "<disk><source file='/a'/><backingStore/><mirror/><privateData/><backingStore/><target dev='vda'/></disk>"
        "<disk device='cdrom'><source file='/b'/><target dev='sda'/></disk><disk device='cdrom'><target dev='sdb'/></disk>"
        "<graphics type='vnc' passwd='geheim'/><graphics type='spice'/></devices></domain>"
    )
    assert for_file(domain, frozenset({"vda"})) == ["geheim", ""]
    assert to_text(domain) == (
        '<domain xmlns:ns1="urn:b"><metadata><ns1:x /></metadata><devices><disk><source file="/a" /><target dev="vda" /></disk>'
        '<disk device="cdrom"><target dev="sda" /></disk><disk device="cdrom"><target dev="sdb" /></disk>'
        '<graphics type="vnc" /><graphics type="spice" /></devices></domain>'
    ).replace("ns1", to_text(domain).split("xmlns:")[1].split("=")[0])


def test_a_definition_without_notes_has_none_to_lose() -> None:
    domain = from_text("<domain><devices/></domain>")
    assert for_file(domain, frozenset()) == []
    assert to_text(domain) == "<domain><devices /></domain>"


def test_the_definition_becomes_the_other_host_s() -> None:
    domain = from_text(
        "<domain id='7'><name>db</name><uuid>old</uuid><os><nvram>/here/db_VARS.fd</nvram></os><devices>"
        "<disk type='block' device='disk'><driver name='qemu' type='raw' cache='none'/><source dev='/dev/a'/><target dev='vda'/></disk>"
        "<disk device='disk'><target dev='vdb'/></disk><disk><target dev='vdc'/></disk>"
        "<disk type='file' device='cdrom'><source file='/b'/><target dev='sda'/></disk>"
        "<interface type='network'><mac address='52:54:00:AA:00:01'/><source network='front' portid='p' bridge='virbr0'/><target dev='vnet0'/></interface>"
        "<interface type='bridge'><mac address='52:54:00:aa:00:02'/><source bridge='br0'/></interface>"
        "<interface type='network'><mac/></interface>"
        "<serial><log file='/here/log'/></serial><console><log file='/other/log'/></console>"
        "<graphics type='vnc'/><graphics type='spice'/><graphics type='vnc'/></devices></domain>"
    )
    arrival = replace(
        ARRIVAL, macs={"52:54:00:aa:00:01": "52:54:00:aa:00:09"}, passwords=("", "geheim"), former_log="/here/log",
        log="/there/log", firmware="/there/db_VARS.fd",
    )  # fmt: skip
    of_file(domain, arrival)
    metadata = domain[2]
    assert metadata.tag == "metadata"
    domain.remove(metadata)
    assert to_text(domain) == (
        f"<domain><name>there_db</name><uuid>{UUID}</uuid><os><nvram>/there/db_VARS.fd</nvram></os><devices>"
        '<disk type="file" device="disk"><source file="/there/db.qcow2" /><driver name="qemu" type="qcow2" cache="none" /><target dev="vda" /></disk>'
        '<disk type="file" device="cdrom"><target dev="sda" /></disk>'
        '<interface type="network"><mac address="52:54:00:aa:00:09" /><source network="dmz" /></interface>'
        '<interface type="bridge"><mac address="52:54:00:aa:00:02" /><source bridge="br0" /></interface>'
        '<interface type="network"><mac /></interface>'
        '<serial><log file="/there/log" /></serial><console><log file="/other/log" /></console>'
        '<graphics type="vnc" /><graphics type="spice" passwd="geheim" /><graphics type="vnc" /></devices></domain>'
    )


def test_what_the_other_host_does_not_say_stays() -> None:
    domain = from_text(
        "<domain><metadata><b:x xmlns:b='urn:b'/></metadata><os><nvram>/here</nvram></os><devices>"
        "<disk><target dev='vda'/></disk><serial><log file='/here/log'/></serial></devices></domain>"
    )
    of_file(domain, replace(ARRIVAL, former_log="/here/log"))
    assert [each.tag for each in domain] == ["uuid", "name", "metadata", "os", "devices"]
    assert [each.tag for each in domain.iterfind("metadata/*")] == ["{urn:b}x", f"{{{NOTE}}}machine"]
    assert domain.findtext("os/nvram") == "/here"
    assert '<serial><log file="/here/log" />' in to_text(domain)
    assert '<driver name="qemu" type="qcow2" /><source file="/there/db.qcow2" />' in to_text(domain)


def test_a_network_without_a_counterpart_is_no_network() -> None:
    domain = from_text("<domain><devices><interface type='network'><source network='other'/></interface></devices></domain>")  # fmt: skip
    with pytest.raises(KeyError, match="other"):
        of_file(domain, ARRIVAL)


@pytest.mark.parametrize("complete", [True, False])
def test_the_note_on_a_machine_that_arrives_is_read_back(complete: bool) -> None:
    arrival = replace(ARRIVAL, disks={"vda": ("/a", "raw"), "vdb": ("/b", "qcow2")})
    domain = from_text(f"<domain><uuid>{UUID}</uuid><metadata/></domain>")
    domain[1].append(arrival.note(complete=complete))
    told = from_text(to_text(domain))
    assert note_of(told) == Note("f" * 64, "shop/prod", complete, ("/a", "/b"))
    told[0].text = "another"
    assert note_of(told) is None, "it was copied"


def test_a_note_that_says_nothing_is_of_nobody() -> None:
    note = f"<n:machine uuid='{UUID}'><n:disk/><n:disk path='/a'/></n:machine>"
    domain = from_text(f"<domain xmlns:n='{NOTE}'><uuid>{UUID}</uuid><metadata>{note}</metadata></domain>")
    assert note_of(domain) == Note("", "", False, ("/a",))


def test_where_there_is_no_note() -> None:
    assert note_of(from_text(f"<domain><uuid>{UUID}</uuid><metadata/></domain>")) is None

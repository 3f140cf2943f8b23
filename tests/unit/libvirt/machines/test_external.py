"""Where the layers of an external snapshot lie: beside files, also those in shared memory; those over devices in the default pool."""

import pytest

from virtwright.errors import HostError
from virtwright.providers.libvirt.machines.external import external_snapshot
from virtwright.providers.libvirt.machines.layers import Base, Bases, without_layers
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.xml import from_text, to_text

LAYER = "<disk type='file' device='disk'><source file='/pool/db-vda.one.qcow2'/><target dev='vda'/></disk>"


@pytest.mark.parametrize(
    ("disk", "bases", "layer"),
    [
        ("<disk type='file'><source file='/dev/shm/fast/data.raw'/><target dev='vda'/></disk>", {}, "/dev/shm/fast/data.two.qcow2"),
        ("<disk type='block'><source dev='/dev/vg0/data'/><target dev='vda'/></disk>", {}, "/pool/db-vda.two.qcow2"),
        (LAYER, {"vda": Base("/dev/vg0/data", "raw", block=True)}, "/pool/db-vda.two.qcow2"),
        (LAYER, {"vda": Base("/dev/shm/fast/data.raw", "raw")}, "/dev/shm/fast/data.two.qcow2"),
    ],
)  # fmt: skip
def test_where_a_layer_lies(disk: str, bases: Bases, layer: str) -> None:
    domain = from_text(f"<domain><name>db</name><devices>{disk}</devices></domain>")
    (asked,) = external_snapshot("two", domain, bases, "/pool", memory=False).iterfind("disks/disk")
    assert source_path(asked) == layer


@pytest.mark.parametrize(
    ("memory", "saved"),
    [(False, '<memory snapshot="no" />'), (True, '<memory snapshot="external" file="/pool/db.two.memory" />')],
)
def test_a_whole_snapshot(memory: bool, saved: str) -> None:
    """Each disk that can be written gets a layer; what can't stays as it is."""
    domain = from_text(
        "<domain><name>db</name><devices>"
        "<disk type='file'><source file='/srv/a.img'/><target dev='vda'/></disk>"
        "<disk type='file'><source file='/srv/b'/><target dev='vdb'/></disk>"
        "<disk type='file'><source file='/srv/c.raw'/><target dev='vdc'/><readonly/></disk>"
        "<disk type='network'><source protocol='rbd'/><target dev='vdd'/></disk>"
        "<disk type='file' device='cdrom'><source file='/srv/d.iso'/></disk>"
        "</devices></domain>"
    )
    layer = '<driver type="qcow2" /><source file="/srv/{0}.two.qcow2" /></disk>'
    writable = '<disk name="vd{0}" snapshot="external" type="file">' + layer
    assert to_text(external_snapshot("two", domain, {}, "/pool", memory=memory)) == (
        f"<domainsnapshot><name>two</name>{saved}<disks>{writable.format('a')}{writable.format('b')}"
        '<disk name="vdc" snapshot="no" /><disk name="vdd" snapshot="no" /><disk name="" snapshot="no" />'
        "</disks></domainsnapshot>"
    )


def test_where_nothing_can_be_written_there_is_nothing_to_keep() -> None:
    domain = from_text("<domain><name>db</name><devices><disk device='cdrom'/></devices></domain>")
    with pytest.raises(HostError, match="no disk that can be written"):
        external_snapshot("two", domain, {}, "/pool", memory=False)


@pytest.mark.parametrize(
    ("base", "kind", "attribute"),
    [
        (Base("/dev/vg0/data", "raw", block=True), "block", "dev"),
        (Base("/dev/shm/fast/data.raw", "raw"), "file", "file"),
    ],
)
def test_a_definition_without_its_layers(base: Base, kind: str, attribute: str) -> None:
    domain = from_text(f"<domain><devices>{LAYER}</devices></domain>")
    disk = without_layers(domain, {"vda": base}).find("devices/disk")
    assert disk is not None and disk.get("type") == kind
    source = disk.find("source")
    assert source is not None and source.attrib == {attribute: base.path}

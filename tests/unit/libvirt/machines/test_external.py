"""Where the layers of an external snapshot lie: beside files, also those in shared memory; those over devices in the default pool."""

import pytest

from virtwright.providers.libvirt.machines.external import external_snapshot
from virtwright.providers.libvirt.machines.layers import Base, Bases, without_layers
from virtwright.providers.libvirt.machines.reading.devices import source_path
from virtwright.providers.libvirt.xml import from_text

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

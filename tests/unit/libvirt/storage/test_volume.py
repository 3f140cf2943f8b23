"""A volume as libvirt tells it, and the XML that makes one."""

from dataclasses import replace
from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.providers.libvirt.storage.marks import Owner
from virtwright.providers.libvirt.storage.volume import FILES, StoredVolume, rounded, stated_format, volume_xml
from virtwright.providers.libvirt.xml import to_text

PATH = "/var/lib/libvirt/images/data"


@pytest.mark.parametrize(
    ("kind", "path", "block"),
    [
        ("file", "/var/lib/libvirt/images/data.raw", False),
        ("file", "/dev/shm/fast/data.raw", False),
        ("file", "/dev/hugepages/data.raw", False),
        ("block", "/dev/shm/fast/data.raw", True),
        ("block", "/dev/vg0/data", True),
        ("block", "/srv/devices/data", True),
        ("file", "/dev/mapper/vg0-data", True),
    ],
)
def test_what_is_a_device(kind: str, path: str, block: bool) -> None:
    """libvirt calls what is in the folder of a pool a file."""
    xml = (
        f"<volume type='{kind}'><name>data</name><capacity>512</capacity><target><path>{path}</path></target></volume>"
    )
    assert StoredVolume.of("pool", xml).block is block


def told(name: str, found: str | None, format: str | None = None, inside: str = "") -> StoredVolume:
    kind = f"<format type='{found}'/>" if found else ""
    return StoredVolume.of(
        "fast",
        f"<volume type='file'><name>{name}</name><capacity>1024</capacity><allocation unit='KiB'>3</allocation>"
        f"<target><path>{PATH}</path>{kind}</target>{inside}</volume>",
        format,
    )


PLAIN = StoredVolume("fast", "data", PATH, "raw", 1024, 3072, stated=False)
BACKING = "<physical unit='bytes'>4096</physical><backingStore><path>/etc/shadow</path></backingStore>"


@pytest.mark.parametrize(
    ("name", "found", "format", "inside", "wanted"),
    [
        ("data", None, None, "", {}),
        ("data", "raw", None, "", {}),
        ("data", "qcow2", None, "", {"format": "qcow2"}),
        ("data", "iso", None, "", {"format": "iso"}),
        ("data.qcow2", "qcow2", None, "", {"format": "qcow2", "stated": True}),
        ("data.raw", "raw", None, "", {"stated": True}),
        ("data.raw", "raw", None, BACKING, {"stated": True, "backing": "/etc/shadow"}),
        ("data.raw", "iso", None, "", {"stated": True}),
        ("data.raw", "none", None, "", {"stated": True}),
        ("data.qcow2", "raw", None, "", {"format": "qcow2", "stated": True}),
        ("data.qcow2", "qcow2", None, BACKING, {"format": "qcow2", "stated": True, "backing": "/etc/shadow"}),
        # what a guest wrote at the beginning of its disk
        ("data.raw", "qcow2", None, BACKING, {"stated": True, "disguised": True, "capacity": 4096}),
        ("data.raw", "qcow2", None, "", {"stated": True, "disguised": True}),
        ("data.qcow2", "vmdk", None, BACKING, {"format": "qcow2", "stated": True, "disguised": True, "backing": "/etc/shadow"}),
        # as the definition of its machine states it
        ("data.qcow2", "qcow2", "raw", BACKING, {"stated": True, "disguised": True, "capacity": 4096}),
        ("data", "qcow2", "qcow2", "", {"format": "qcow2", "stated": True}),
        ("data", "raw", "qcow2", "", {"format": "qcow2", "stated": True}),
    ],
)  # fmt: skip
def test_its_format_is_the_one_that_was_stated(
    name: str, found: str | None, format: str | None, inside: str, wanted: dict[str, Any]
) -> None:
    volume = told(name, found, format, inside)
    assert volume == replace(PLAIN, name=name, **wanted)
    if not volume.disguised:
        assert volume.as_stated() is volume
        return
    with pytest.raises(HostError, match=rf"fast/{name} is {volume.format}, but its content begins as that of another") as raised:  # fmt: skip
        volume.as_stated()
    assert f"dd if={PATH} of=COPY conv=sparse" in (raised.value.hint or "")


def test_what_is_not_told_is_nothing() -> None:
    assert StoredVolume.of("p", "<volume><name>a</name></volume>") == StoredVolume(
        "p", "a", "", "raw", 0, 0, None, False, False, False
    )


def test_a_volume_is_a_stated_file_of_no_size_where_nothing_else_is_said() -> None:
    volume = StoredVolume("p", "a", "/a", "raw", 1)
    assert (volume.allocation, volume.backing, volume.block, volume.stated, volume.disguised) == (
        0,
        None,
        False,
        True,
        False,
    )


def test_which_pools_hold_files() -> None:
    assert {"dir", "fs", "netfs"} == FILES


def test_what_it_is_called() -> None:
    assert PLAIN.reference == "fast/data"
    assert PLAIN.owner == Owner("fast", "data", PATH)


@pytest.mark.parametrize(
    ("format", "backing", "layer"),
    [("qcow2", "/a", True), ("qcow2", None, False), ("raw", "/a", False), ("raw", None, False)],
)
def test_a_layer_is_over_something(format: str, backing: str | None, layer: bool) -> None:
    assert replace(PLAIN, format=format, backing=backing).is_layer is layer


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.raw", "raw"), ("a.qcow2", "qcow2"), ("a.img", None), ("raw", None), ("aqcow2", None), ("a.qcow2.raw", "raw")],
)
def test_a_name_states_a_format(name: str, format: str | None) -> None:
    assert stated_format(name) == format


@pytest.mark.parametrize(
    ("count", "wanted"), [(0, 0), (1, 512), (511, 512), (512, 512), (513, 1024), (1024**3, 1024**3)]
)
def test_disks_are_whole_sectors(count: int, wanted: int) -> None:
    assert rounded(count) == wanted


@pytest.mark.parametrize(
    ("format", "more", "allocation", "target", "rest"),
    [
        ("raw", {}, 0, '<format type="raw" /><permissions><mode>0600</mode></permissions>', ""),
        ("raw", {"full": True}, 777, '<format type="raw" /><permissions><mode>0600</mode></permissions>', ""),
        (None, {"mode": "0644"}, 0, "<permissions><mode>0644</mode></permissions>", ""),
        ("qcow2", {"backing": replace(PLAIN, format="qcow2")}, 0, '<format type="qcow2" /><permissions><mode>0600</mode></permissions>',
         f'<backingStore><path>{PATH}</path><format type="qcow2" /></backingStore>'),
    ],
)  # fmt: skip
def test_the_xml_that_makes_one(
    format: str | None, more: dict[str, Any], allocation: int, target: str, rest: str
) -> None:
    assert to_text(volume_xml("data.raw", 777, format, **more)) == (
        f'<volume><name>data.raw</name><capacity unit="bytes">777</capacity><allocation unit="bytes">{allocation}</allocation>'
        f"<target>{target}</target>{rest}</volume>"
    )


@pytest.mark.parametrize(
    ("origin", "capacity", "fits"),
    [
        (1024, None, True),
        (1024, 1024, True),
        (1024, 513, True),  # a volume has whole sectors
        (1024, 512, False),
        (1024, 2048, True),
        (4096, 1024, False),
    ],
)
def test_what_is_copied_fits(origin: int, capacity: int | None, fits: bool) -> None:
    """Else what lies at its end would be cut off."""
    pytest.importorskip("libvirt")
    from virtwright.providers.libvirt.storage.making import refuse_smaller

    volume = replace(told("data.raw", "raw"), capacity=origin)
    if fits:
        refuse_smaller(volume, capacity)
        return
    with pytest.raises(HostError, match=f"fast/data.raw is {origin} bytes large, and does not fit into {capacity}"):
        refuse_smaller(volume, capacity)

"""A volume as libvirt tells it."""

import pytest

from virtwright.providers.libvirt.storage.volume import StoredVolume


@pytest.mark.parametrize(
    ("kind", "path", "block"),
    [
        ("file", "/var/lib/libvirt/images/data.raw", False),
        ("file", "/dev/shm/fast/data.raw", False),
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

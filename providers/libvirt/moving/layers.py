"""Whether a disk can stay a layer on another host: it can where the image below it is there too, at the same path."""

from typing import TYPE_CHECKING

from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.storage.volume import StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect


def keeps_layer(here: LibvirtConnection, there: LibvirtConnection, layer: StoredVolume) -> bool:
    """What is not known to be the same image is not taken for it."""
    if layer.backing is None:
        return False
    path = layer.backing
    sums = [
        host.call("look for the image below a disk", lambda libvirt: _checksum(libvirt, path), repeatable=True)
        for host in (here, there)
    ]
    return sums[0] is not None and sums[0] == sums[1]


def _checksum(libvirt: "virConnect", path: str) -> str | None:
    """Of the complete image of a stack at that path, as its mark says."""
    from virtwright.providers.libvirt.storage.listing import holdings

    for each in holdings(libvirt, "Image"):
        if each.volume is not None and each.done is not None and each.volume.path == path:
            return each.done.more or None
    return None

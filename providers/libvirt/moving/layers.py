"""Whether a disk can stay a layer on another host: it can where the image below it is there too, at the same path."""

from typing import TYPE_CHECKING

from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.storage.volume import StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect


def keeps_layer(here: LibvirtConnection, there: LibvirtConnection, layer: StoredVolume) -> bool:
    return layer.backing is not None and is_same_image(here, layer.backing, there, layer.backing)


def is_same_image(here: LibvirtConnection, path: str, there: LibvirtConnection, other: str) -> bool:
    """Whether the stacks' images at these two paths are one. What is not known to be the same image is not taken for it."""
    sums = [
        host.call("look for an image", lambda libvirt, at=at: _checksum(libvirt, at), repeatable=True)  # type: ignore[misc]
        for host, at in ((here, path), (there, other))
    ]
    return sums[0] is not None and sums[0] == sums[1]


def _checksum(libvirt: "virConnect", path: str) -> str | None:
    """Of the complete image of a stack at that path, as its mark says."""
    from virtwright.providers.libvirt.storage.listing import holdings

    for each in holdings(libvirt, "Image"):
        if each.volume is not None and each.done is not None and each.volume.path == path:
            return each.done.more or None
    return None

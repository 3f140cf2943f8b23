"""What the screen of a machine shows."""

from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.base import Picture
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import LibvirtError

if TYPE_CHECKING:
    from libvirt import virConnect

_CHUNK: Final = 1 << 18


def screenshot(connection: LibvirtConnection, id: str, name: str) -> Picture:
    """Of its first screen."""
    try:
        return connection.call(f"look at the screen of {name}", lambda libvirt: _shot(libvirt, id), repeatable=True)
    except LibvirtError as error:
        raise HostError(
            error.message, hint="a machine has a screen while it runs, and where its graphics are vnc or spice"
        ) from error


def _shot(libvirt: "virConnect", id: str) -> Picture:
    stream = libvirt.newStream()
    type = libvirt.lookupByUUIDString(id).screenshot(stream, 0, 0)
    chunks: list[bytes] = []
    while data := stream.recv(_CHUNK):
        chunks.append(data)
    stream.finish()
    return Picture(type, b"".join(chunks))

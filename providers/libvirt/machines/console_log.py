"""The log of a machine's serial console: a file that libvirt's log daemon writes on the host.

It is read and removed through libvirt itself, as a volume of a pool over the folder: so it can be reached wherever libvirt can.
"""

from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.storage.folders import in_folder

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool

FOLDER: Final = "/var/log/libvirt/qemu"
"""Where a system's libvirt keeps its own logs of guests, and may write wherever it is confined."""
_POOL: Final = "virtwright-logs"
_CHUNK: Final = 1 << 18


def path_of(connection: LibvirtConnection, name: str) -> str | None:
    """None where the driver or a user's own daemon keeps none."""
    address = connection.address
    kept = ABILITIES[address.driver].logs_console and address.path == "/system"
    return f"{FOLDER}/{name}.console.log" if kept else None


def read(connection: LibvirtConnection, name: str, offset: int = 0) -> bytes:
    """What was written after the first ``offset`` bytes; nothing where there is no log yet. Raises ``HostError`` where the host
    keeps none."""
    path = path_of(connection, name)
    if path is None:
        raise HostError(f"no log of the console of {name} is kept on this host", hint="use virtwright console")
    return connection.call(f"read the log of {name}", lambda libvirt: _read(libvirt, path, offset), repeatable=True)


def remove(connection: LibvirtConnection, name: str, context: Context) -> None:
    """With those that were rotated away."""
    if (path := path_of(connection, name)) is not None:
        connection.call(f"remove the log of {name}", lambda libvirt: _remove(libvirt, path), context)


def lines_of(data: bytes) -> list[str]:
    """A terminal's output as lines, without carriage returns."""
    return data.decode(errors="replace").replace("\r", "").split("\n")


def _read(libvirt: "virConnect", path: str, offset: int) -> bytes:
    return in_folder(libvirt, FOLDER, _POOL, lambda pool: _tail(libvirt, pool, path, offset))


def _tail(libvirt: "virConnect", pool: "virStoragePool", path: str, offset: int) -> bytes:
    volume = or_none(lambda: pool.storageVolLookupByName(path.rpartition("/")[2]))
    length = volume.info()[1] if volume is not None else 0
    if volume is None or length <= offset:
        return b""
    stream = libvirt.newStream()
    volume.download(stream, offset, length - offset, 0)
    chunks: list[bytes] = []
    while data := stream.recv(_CHUNK):
        chunks.append(data)
    stream.finish()
    return b"".join(chunks)


def _remove(libvirt: "virConnect", path: str) -> None:
    name = path.rpartition("/")[2]

    def remove(pool: "virStoragePool") -> None:
        for volume in pool.listAllVolumes():
            if volume.name() == name or volume.name().startswith(f"{name}."):
                volume.delete()

    in_folder(libvirt, FOLDER, _POOL, remove)

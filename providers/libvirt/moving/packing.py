"""What goes to another host with a machine, and where it will lie there. Reads only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.firmware import has_variables
from virtwright.providers.libvirt.machines.place import Source
from virtwright.providers.libvirt.moving.layers import keeps_layer
from virtwright.providers.libvirt.moving.relocating import Relocation, renamed_networks, renamed_volumes
from virtwright.providers.libvirt.moving.sharing import is_shared
from virtwright.providers.libvirt.storage.lookup import stored_file
from virtwright.providers.libvirt.storage.pools import default_pool, folder_of
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.libvirt.xml import attribute, text
from virtwright.providers.moves import Journey
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from libvirt import virConnect


@dataclass(frozen=True, slots=True)
class Cargo:
    """A file that goes from one host to the other."""

    origin: StoredVolume
    pool: str
    name: str
    flatten: bool
    """It is a layer here, and a whole there."""
    written: str | None
    """The target of the disk, where the machine can write to it."""
    awaited: bool = False
    """A place for it is made there already."""


@dataclass(frozen=True, slots=True)
class Load:
    """All of a machine."""

    relocation: Relocation
    cargo: tuple[Cargo, ...]

    @property
    def in_layers(self) -> bool:
        """Whether the images below all its layers are there, too."""
        return any(each.origin.backing is not None for each in self.cargo) and not any(
            each.flatten for each in self.cargo
        )


class Packer:
    """From one host to another."""

    def __init__(self, here: LibvirtConnection, there: LibvirtConnection) -> None:
        self._here, self._there = here, there
        self._files_here, self._files_there = Files(here), Files(there)

    def pack(self, now: Definition, journey: Journey, goal: VirtualMachine, operation: str) -> Load:
        """Raises ``HostError`` where something of that name is there already: nothing is written over, and what the machine names as
        its own goes with it."""
        names = renamed_volumes(now.declared, goal)
        self._check_firmware(now)
        pool, folder = self._there.call("look at the default pool", _default, repeatable=True)
        own = {path: f"{folder}/{path.rpartition('/')[2]}" for path in now.record.own}
        writable = _writable(now)
        written = {
            source.path: target
            for target, source in now.former.places.items()
            if source is not None and target in writable
        }
        same = {path for path, there in own.items() if path == there}
        shared = same if same and is_shared(self._here, self._there, folder, operation) else set()
        formats = {source.path: source.format for source in now.former.places.values() if source is not None}
        cargo = [
            self._own(path, there, pool, written.get(path), formats.get(path))
            for path, there in own.items()
            if path not in shared
        ]
        places = {
            target: Source(own[source.path], source.format)
            for target, source in now.former.places.items()
            if source is not None and source.path in own
        }
        for target, name in _named(now, names):
            places[target] = self._files_there.volume(name)
            if name in journey.coming:
                cargo.append(self._coming(journey.coming[name], name, target if target in writable else None))
        networks = renamed_networks(now.declared, goal)
        return Load(Relocation(places, tuple(own.values()), networks, names), tuple(cargo))

    def _check_firmware(self, now: Definition) -> None:
        """Its variables will lie at the same path there."""
        path = text(now.root, "os/nvram")
        if path and self._there.call(f"look for {path}", lambda libvirt: has_variables(libvirt, path), repeatable=True):
            raise self._taken(path)

    def _taken(self, path: str) -> HostError:
        return HostError(
            f"{self._there.name} has a file {path} already", hint="it is somebody's: move it out of the way first"
        )

    def _own(self, path: str, there: str, pool: str, written: str | None, format: str | None) -> Cargo:
        if self._files_there.is_there(there):
            raise self._taken(there)
        origin = stored_file(self._here, path, format)
        flatten = origin.is_layer and not keeps_layer(self._here, self._there, origin)
        return Cargo(origin, pool, there.rpartition("/")[2], flatten, written)

    def _coming(self, here: str, there: str, written: str | None) -> Cargo:
        origin = stored_file(self._here, self._files_here.volume(here).path)
        pool, _, name = there.rpartition("/")
        return Cargo(origin, pool, name, origin.is_layer, written, awaited=True)


def _default(libvirt: "virConnect") -> tuple[str, str]:
    """The default pool's name and folder."""
    pool = default_pool(libvirt)
    return pool.name(), folder_of(pool)


def _writable(now: Definition) -> set[str]:
    """The targets of the disks that the guest can write to."""
    disks = [each for each in now.root.iterfind("devices/disk") if each.get("device", "disk") == "disk"]
    return {attribute(each, "target", "dev") or "" for each in disks if each.find("readonly") is None}


def _named(now: Definition, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Its disks that are no files of its own: each target, and what is there for it, by name."""
    first = 1 if now.declared.image is not None else 0
    found = []
    for disk, target in zip(now.declared.disks, now.record.disks[first:], strict=False):
        name = disk.volume or (disk.image if disk.device == "cdrom" else None)
        if name is None:
            continue
        if name not in names:
            raise HostError(
                f"the disk {name} of {now.name} is taken out of it while it moves",
                hint="take it out first, apply that, then move the machine",
            )
        found.append((target, names[name]))
    return found

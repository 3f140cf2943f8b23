"""Snapshots of machines, inside of their qcow2 disks: with memory while a machine runs.

https://libvirt.org/formatsnapshot.html
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.base import Snapshot
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError, RefusedByDriverError
from virtwright.providers.libvirt.xml import element, from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomainSnapshot

    Work = Callable[[virDomainSnapshot], object]

_PATIENCE: Final = 600.0
"""Seconds: a guest's memory has to be written, or read."""


class Snapshots:
    """Of one host's machines; an id is a machine's UUID."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection

    def all(self, id: str) -> list[Snapshot]:
        """The oldest first."""
        found = self._libvirt.call("list its snapshots", lambda libvirt: _list(libvirt, id), repeatable=True)
        return sorted(found, key=lambda each: each.made)

    def take(self, id: str, name: str, context: Context) -> None:
        """Raises ``HostError`` where the name is taken, or a disk can hold none."""
        if any(each.name == name for each in self.all(id)):
            raise HostError(f"there is a snapshot {name} already", hint="choose another name, or delete that one first")
        xml = to_text(element("domainsnapshot", element("name", name)))
        try:
            self._libvirt.call(
                f"take the snapshot {name}",
                lambda libvirt: libvirt.lookupByUUIDString(id).snapshotCreateXML(xml, 0),
                context,
                timeout=_PATIENCE,
            )
        except RefusedByDriverError as error:
            raise HostError(
                error.message, hint="every disk that can be written must be qcow2: a snapshot lies inside of it"
            ) from error

    def revert(self, id: str, name: str, context: Context) -> None:
        """Disks, memory, definition and power become what they were. All since is lost."""
        self._with(id, name, f"go back to the snapshot {name}", context, _revert)

    def delete(self, id: str, name: str, context: Context) -> None:
        """The machine, and the snapshots made after it, stay as they are."""
        self._with(id, name, f"delete the snapshot {name}", context, _delete)

    def _with(self, id: str, name: str, what: str, context: Context, work: "Work") -> None:
        try:
            self._libvirt.call(
                what,
                lambda libvirt: work(libvirt.lookupByUUIDString(id).snapshotLookupByName(name)),
                context,
                timeout=_PATIENCE,
            )
        except GoneError as error:
            names = ", ".join(each.name for each in self.all(id))
            raise HostError(f"there is no snapshot {name}", hint=f"there are: {names or 'none'}") from error


def _revert(snapshot: "virDomainSnapshot") -> object:
    """Where the running QEMU can't load it (it has other devices), in a new one."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        return snapshot.getDomain().revertToSnapshot(snapshot, 0)
    except lib.libvirtError as error:
        if error.get_error_code() != lib.VIR_ERR_SNAPSHOT_REVERT_RISKY:
            raise
        return snapshot.getDomain().revertToSnapshot(snapshot, lib.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)


def _delete(snapshot: "virDomainSnapshot") -> object:
    return snapshot.delete(0)


def _list(libvirt: "virConnect", id: str) -> list[Snapshot]:
    return [_told(each) for each in libvirt.lookupByUUIDString(id).listAllSnapshots()]


def _told(snapshot: "virDomainSnapshot") -> Snapshot:
    root = from_text(snapshot.getXMLDesc(0))
    made = datetime.fromtimestamp(int(text(root, "creationTime", "0")), UTC)
    memory = root.find("memory")
    return Snapshot(
        name=text(root, "name"),
        made=made.isoformat(timespec="seconds").replace("+00:00", "Z"),
        memory=memory is not None and memory.get("snapshot", "no") != "no",
        parent=text(root, "parent/name") or None,
        current=bool(snapshot.isCurrent()),
    )

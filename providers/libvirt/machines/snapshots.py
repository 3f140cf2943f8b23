"""Snapshots of machines: inside of their qcow2 disks, or as layers over any disks; with memory while a machine runs.

https://libvirt.org/formatsnapshot.html
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Snapshot
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError, LibvirtError, RefusedByDriverError
from virtwright.providers.libvirt.machines.external import external_snapshot
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.layers import (
    Bases,
    bases_of,
    in_order,
    is_external,
    snapshots_of,
    unused_files,
)
from virtwright.providers.libvirt.machines.power import Power, agent_is_connected, power_of
from virtwright.providers.libvirt.xml import attribute, element, from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomainSnapshot

    Work = Callable[[virDomainSnapshot], object]

_PATIENCE: Final = 600.0
"""Seconds: a guest's memory has to be written, or read."""


_METADATA_ONLY: Final = 2
"""VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY."""
LIVE_EXPORT: Final = "virtwright-export"
"""The snapshot that an export of a running machine reads from."""
_BRANCHED: Final = (
    "libvirt can't while other snapshots were made after it (10.0 or newer is needed for external ones): delete those first,\n"
    "the latest before the others:\n    virtwright snapshot list"
)


class Snapshots:
    """Of one host's machines; an id is a machine's UUID."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._files = Files(connection)

    def all(self, id: str) -> list[Snapshot]:
        """The oldest first."""
        return self._libvirt.call("list its snapshots", lambda libvirt: _list(libvirt, id), repeatable=True)

    def take(self, id: str, name: str, context: Context, *, external: bool = False, memory: bool = True) -> None:
        """Raises ``HostError`` where the name is taken, or a disk can hold none."""
        if any(each.name == name for each in self.all(id)):
            raise HostError(f"there is a snapshot {name} already", hint="choose another name, or delete that one first")
        if external:
            self._take_external(id, name, context, memory=memory)
            return
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
                error.message,
                hint="every disk that can be written must be qcow2: a snapshot lies inside of it; or lay it beside:\n"
                "    virtwright snapshot create --external NAME",
            ) from error

    def _take_external(self, id: str, name: str, context: Context, *, memory: bool) -> None:
        folder = self._files.folder()
        seen = self._libvirt.call("look at the machine", lambda libvirt: _look(libvirt, id), context, repeatable=True)
        kept = memory and seen.power != "stopped"
        snapshot = external_snapshot(name, seen.definition, seen.bases, folder, memory=kept)
        self._refuse_to_overwrite(attribute(snapshot, "memory", "file"))
        xml = to_text(snapshot)
        quiesce = not kept and seen.power == "running" and seen.agent

        def take(*, frozen: bool) -> None:
            self._libvirt.call(
                f"take the snapshot {name}",
                lambda libvirt: _create(libvirt, id, xml, memory=kept, frozen=frozen),
                context,
                timeout=_PATIENCE,
            )

        if not quiesce:
            if not kept and seen.power == "running":
                context.progress("its file systems are not frozen: no guest agent answers")
            take(frozen=False)
            return
        try:
            take(frozen=True)
        except LibvirtError as error:
            if error.code not in _agent_errors():
                raise
            context.progress(f"its file systems are not frozen, as the guest's agent does not answer: {error.message}")
            take(frozen=False)

    def _refuse_to_overwrite(self, saved: str | None) -> None:
        """libvirt lays no layer over a file that is there, but writes memory into any."""
        if saved is not None and self._files.is_there(saved):
            raise HostError(f"{saved} is there already", hint="choose another name for the snapshot")

    def let_go(self, id: str, name: str, context: Context) -> None:
        """Put back what ``held`` has left where it was killed."""
        if any(each.name == name for each in self.all(id)):
            context.progress("putting what it wrote since an export that was cut off into its disks")
            self.delete(id, name, context)

    @contextmanager
    def held(self, id: str, name: str, context: Context) -> Iterator[None]:
        """While inside, nobody writes to the disks as they were: what runs writes into layers, that are put into the disks then."""
        context.progress("taking a snapshot of its disks")
        self._take_external(id, name, context, memory=False)
        try:
            yield
        finally:
            context.progress("putting what it wrote meanwhile into its disks")
            self.delete(id, name, Context())

    def commit_all(self, id: str, context: Context) -> None:
        """Delete all external snapshots, the latest first, so that every disk holds what its layers held."""

        def latest(libvirt: "virConnect") -> str | None:
            external = [each for each in snapshots_of(libvirt.lookupByUUIDString(id)) if is_external(each)]
            leaves = {text(each, "name") for each in external} - {text(each, "parent/name") for each in external}
            return next((name for each in reversed(in_order(external)) if (name := text(each, "name")) in leaves), None)

        while True:
            name = self._libvirt.call("look for its snapshots", latest, context, repeatable=True)
            if name is None:
                return
            context.progress(f"putting what was written since the snapshot {name} into the disks")
            self.delete(id, name, context)

    def revert(self, id: str, name: str, context: Context) -> None:
        """Disks, memory, definition and power become what they were. All since is lost."""
        self._with(id, name, f"go back to the snapshot {name}", context, _revert)

    def delete(self, id: str, name: str, context: Context) -> None:
        """The machine, and the snapshots made after it, stay as they are."""
        unused = self._libvirt.call(
            "look at its layers", lambda libvirt: unused_files(libvirt, id, name), context, repeatable=True
        )
        for path in unused:
            self._files.remove(path, context)
        self._with(id, name, f"delete the snapshot {name}", context, _forget if unused else _delete)

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
        except RefusedByDriverError as error:
            raise HostError(error.message, hint=_BRANCHED) from error
        except LibvirtError as error:
            if "Inactive" in error.message and "block" in error.message:
                raise HostError(
                    error.message, hint="QEMU can't do this while the machine is paused: let it run"
                ) from error
            raise


@dataclass(frozen=True, slots=True)
class _Seen:
    """A machine before a snapshot."""

    definition: Element
    bases: Bases
    power: Power
    agent: bool


def _look(libvirt: "virConnect", id: str) -> _Seen:
    domain = libvirt.lookupByUUIDString(id)
    power = power_of(domain)
    xml = domain.XMLDesc()
    agent = power == "running" and agent_is_connected(xml)
    return _Seen(from_text(xml), bases_of(domain), power, agent)


def _create(libvirt: "virConnect", id: str, xml: str, *, memory: bool, frozen: bool) -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    flags = lib.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC
    flags |= 0 if memory else lib.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
    flags |= lib.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE if frozen else 0
    libvirt.lookupByUUIDString(id).snapshotCreateXML(xml, flags)


def _agent_errors() -> tuple[int, ...]:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    return (lib.VIR_ERR_AGENT_UNRESPONSIVE, lib.VIR_ERR_AGENT_UNSYNCED, lib.VIR_ERR_AGENT_COMMAND_TIMEOUT,
            lib.VIR_ERR_AGENT_COMMAND_FAILED)  # fmt: skip


def _revert(snapshot: "virDomainSnapshot") -> object:
    """Where the running QEMU can't load it (it has other devices), in a new one. Disks alone: what runs goes on, from its start."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    domain, flags = snapshot.getDomain(), 0
    if text(from_text(snapshot.getXMLDesc(0)), "state") == "disk-snapshot":
        power = power_of(domain)
        running, paused = lib.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING, lib.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED
        flags = {"running": running, "paused": paused}.get(power, 0)
    try:
        return domain.revertToSnapshot(snapshot, flags)
    except lib.libvirtError as error:
        if error.get_error_code() != lib.VIR_ERR_SNAPSHOT_REVERT_RISKY:
            raise
        return domain.revertToSnapshot(snapshot, flags | lib.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)


def _delete(snapshot: "virDomainSnapshot") -> object:
    return snapshot.delete(0)


def _forget(snapshot: "virDomainSnapshot") -> object:
    """What it had made is removed already: as long as libvirt knows of it, a deletion that was cut off can go on."""
    return snapshot.delete(_METADATA_ONLY)


def _list(libvirt: "virConnect", id: str) -> list[Snapshot]:
    snapshots = libvirt.lookupByUUIDString(id).listAllSnapshots()
    current = next((each.getName() for each in snapshots if each.isCurrent()), None)
    return [_told(each, current) for each in in_order(from_text(one.getXMLDesc(0)) for one in snapshots)]


def _told(root: Element, current: str | None) -> Snapshot:
    made = datetime.fromtimestamp(int(text(root, "creationTime", "0")), UTC)
    memory = root.find("memory")
    external = is_external(root)
    return Snapshot(
        name=text(root, "name"),
        made=made.isoformat(timespec="seconds").replace("+00:00", "Z"),
        memory=memory is not None and memory.get("snapshot", "no") != "no",
        parent=text(root, "parent/name") or None,
        current=text(root, "name") == current,
        kind="external" if external else "internal",
    )

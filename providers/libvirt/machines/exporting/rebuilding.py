"""A machine made on a host of what a file holds: checked first, defined with a note, filled, and only then whole."""

import os
import uuid
from collections.abc import Collection, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, ParseError

from virtwright.errors import InputError, Where
from virtwright.failpoints import reach
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.context import Context
from virtwright.providers.exports.contract import Destination
from virtwright.providers.exports.manifest import SavedDisk
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.errors import ConflictError, GoneError, or_none
from virtwright.providers.libvirt.images.disk_image import check_stated
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.machines.exporting.checking import Claims, check_free, networks_here
from virtwright.providers.libvirt.machines.exporting.definition import (
    ARRIVAL_KEY,
    ARRIVAL_NAMESPACE,
    Arrival,
    note_of,
    of_file,
)
from virtwright.providers.libvirt.machines.exporting.filling import fill
from virtwright.providers.libvirt.machines.exporting.saving import PASSWORD, SEED
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.firmware import write_variables
from virtwright.providers.libvirt.machines.place import own_mac
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.machines.reading.devices import read_networks
from virtwright.providers.libvirt.machines.reservations import Reservations, Reserved
from virtwright.providers.libvirt.stamps import everywhere, write_metadata
from virtwright.providers.libvirt.xml import from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect

STEP: Final = "libvirt.rebuild"
"""The failpoint after each call that changes the host."""
_INACTIVE: Final = 2
"""VIR_DOMAIN_XML_INACTIVE."""


class Rebuilder:
    """On one host."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._files = Files(connection)
        self._reservations = Reservations(connection)
        self._switch = Switch(connection)

    def rebuild(self, reader: ExportReader, destination: Destination, context: Context) -> str:
        """See ``Exports.rebuild``. The whole file has been read and held against its hashes before."""
        arrival, root = self._arrival(reader, destination)
        if self._went_on(arrival, context):
            return arrival.uuid
        claims = Claims.of(arrival, root, reader.manifest.stored)
        self._libvirt.call("see that nothing is in its way", lambda libvirt: check_free(libvirt, claims), context)
        what = f"define the machine {arrival.name}"
        xml = to_text(root)
        self._libvirt.call(what, lambda libvirt: libvirt.defineXML(xml), context)
        others: set[str] = set()
        try:
            reach(STEP)
            self._make(reader, destination, arrival, context, others)
        except BaseException:
            self._remove(arrival.uuid, Context(), others)
            raise
        return arrival.uuid

    def finished(self, id: str) -> None:
        """Take the note off."""
        self._libvirt.call("take its note off", lambda libvirt: _note(libvirt, id, None))

    def _make(
        self, reader: ExportReader, destination: Destination, arrival: Arrival, context: Context, others: set[str]
    ) -> None:
        """``others`` gets the path of a file that somebody else made meanwhile, and that is in the way."""
        manifest = reader.manifest
        for disk in manifest.disks:
            path, _ = arrival.disks[disk.target]
            content = reader.secret(SEED, destination.unseal) if disk.seed else None
            chunks = ((0, content),) if content is not None else reader.chunks(disk)
            what = f"send the disk {disk.target}"
            try:
                self._libvirt.call(
                    what,
                    lambda libvirt, disk=disk, path=path, chunks=chunks, what=what: fill(  # type: ignore[misc]
                        libvirt, path, disk.file, chunks, context, what
                    ),
                    context,
                    timeout=FOREVER,
                )
            except ConflictError:
                others.add(path)
                raise
            reach(STEP)
        variables = reader.firmware()
        if variables is not None and (firmware := arrival.firmware) is not None:
            self._libvirt.call(
                "write its firmware's variables", lambda libvirt: write_variables(libvirt, firmware, variables), context
            )
            reach(STEP)
        wanted = [
            Reserved(arrival.networks[each.network], arrival.macs.get(each.mac, each.mac), each.address)
            for each in manifest.interfaces
            if each.address is not None and not destination.copy
        ]
        self._reservations.put(wanted, context)
        id = arrival.uuid
        if manifest.autostart:
            self._switch.set_autostart(id, context, wanted=True)
        if destination.start:
            self._switch.start(id, arrival.name, context)
        note = arrival.note(complete=True)
        self._libvirt.call("note that it is whole", lambda libvirt: _note(libvirt, id, note), context)
        reach(STEP)

    def _arrival(self, reader: ExportReader, destination: Destination) -> tuple[Arrival, Element]:
        manifest = reader.manifest
        try:
            root = from_text(reader.definition())
        except ParseError as error:
            raise _wrong(reader, f"has a definition that is no XML: {error}") from error
        for disk in manifest.disks:
            _check_disk(reader, disk)
        name = destination.name or manifest.name
        id = (
            str(uuid.uuid5(uuid.UUID(manifest.uuid), f"{reader.digest}\n{name}")) if destination.copy else manifest.uuid
        )
        folder = self._files.folder()
        networks = self._libvirt.call(
            "look at its networks", lambda libvirt: networks_here(libvirt, manifest, destination), repeatable=True
        )
        nvram = text(root, "os/nvram")
        passwords = [
            (reader.secret(f"{PASSWORD}-{number}", destination.unseal) or b"").decode(errors="replace")
            for number, _ in enumerate(root.iterfind("devices/graphics"))
        ]
        arrival = Arrival(
            name=name,
            uuid=id,
            digest=reader.digest,
            stack=destination.stack,
            disks={each.target: (f"{folder}/{_file_name(name, each)}", each.format) for each in manifest.disks},
            networks=networks,
            macs=_new_macs(reader, id) if destination.copy else {},
            passwords=tuple(passwords),
            former_log=f"{console_log.FOLDER}/{manifest.name}.console.log",
            log=console_log.path_of(self._libvirt, name),
            firmware=f"{nvram.rpartition('/')[0]}/{name}_VARS.fd" if nvram else None,
        )
        of_file(root, arrival)
        return arrival, root

    def _went_on(self, arrival: Arrival, context: Context) -> bool:
        """Whether an import of the same file that was killed has made it already. What one has left half made is removed."""

        def look(libvirt: "virConnect") -> Element | None:
            domain = or_none(lambda: libvirt.lookupByUUIDString(arrival.uuid))
            return from_text(domain.XMLDesc(_INACTIVE)) if domain is not None else None

        root = self._libvirt.call("look for the machine", look, context, repeatable=True)
        note = note_of(root) if root is not None else None
        if root is None or note is None or (note.file, note.stack) != (arrival.digest, arrival.stack):
            return False
        if note.complete and text(root, "name") == arrival.name:
            context.progress("it was made before, and is taken over now")
            return True
        context.progress("removing what an import that was cut off has left")
        self._remove(arrival.uuid, context)
        return False

    def _remove(self, id: str, context: Context, others: Collection[str] = ()) -> None:
        """What the note names, but for files of ``others``, and then the machine that bears it."""

        def look(libvirt: "virConnect") -> str:
            domain = libvirt.lookupByUUIDString(id)
            if domain.isActive():
                domain.destroy()
            xml: str = domain.XMLDesc(_INACTIVE)
            return xml

        try:
            root = from_text(self._libvirt.call("look at what was made", look, context))
        except GoneError:
            return
        note = note_of(root)
        if note is None:
            return
        for path in [path for path in note.paths if path not in others]:
            self._files.remove(path, context)
            reach(STEP)
        self._reservations.drop({join["mac"]: join["network"] for join in read_networks(root)}, context)
        self._libvirt.call("remove the machine", lambda libvirt: _undefine(libvirt, id), context)
        reach(STEP)


def _undefine(libvirt: "virConnect", id: str) -> None:
    libvirt.lookupByUUIDString(id).undefineFlags(
        4 if libvirt.getType() == "QEMU" else 0
    )  # with its firmware's variables


def _note(libvirt: "virConnect", id: str, note: Element | None) -> None:
    domain = libvirt.lookupByUUIDString(id)
    write_metadata(domain, note, ARRIVAL_KEY, ARRIVAL_NAMESPACE, everywhere(domain))


def _check_disk(reader: ExportReader, disk: SavedDisk) -> None:
    """A disk that reaches for other files of its new host would show them to the guest. A raw one can't, whatever its guest has
    written at its beginning."""
    if disk.format == "raw":
        return
    offset, data = next(reader.chunks(disk), (0, b""))
    try:
        check_stated(BytesIO(data if offset == 0 else b""), disk.format, reader.path)
    except ImageError as error:
        raise _wrong(reader, f"has a disk {disk.target} that {error.message}") from error


def _file_name(machine: str, disk: SavedDisk) -> str:
    return f"{machine}-seed.raw" if disk.seed else f"{machine}-{disk.target}.{disk.format}"


def _new_macs(reader: ExportReader, id: str) -> Mapping[str, str]:
    return {each.mac: own_mac(f"{id}\n{each.mac}") for each in reader.manifest.interfaces}


def _wrong(reader: ExportReader, message: str) -> InputError:
    return InputError.one(f"{reader.path.name} {message}", where=Where(file=os.fspath(reader.path)))

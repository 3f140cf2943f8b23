"""A machine of a host saved in a file: its disks as they are on the host, each whole."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.exports.contract import Origin
from virtwright.providers.exports.manifest import Manifest, SavedDisk, SavedFile, SavedInterface
from virtwright.providers.exports.writing import ExportWriter
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.exporting.definition import (
    Located,
    for_file,
    left_out,
    located_disks,
    seed_disk,
)
from virtwright.providers.libvirt.machines.firmware import Whole, read_variables
from virtwright.providers.libvirt.machines.reading.devices import read_networks
from virtwright.providers.libvirt.machines.reservations import reserved
from virtwright.providers.libvirt.storage.flattening import whole
from virtwright.providers.libvirt.storage.lookup import stored_file
from virtwright.providers.libvirt.storage.receiving import receive
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.libvirt.xml import from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect

STEP: Final = "libvirt.export"
"""The failpoint after each copy that is made on the host."""
SEED: Final = "seed"
PASSWORD: Final = "password"


class Saver:
    """Of one host's machines."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection

    def save(self, machine: Definition, writer: ExportWriter, origin: Origin, context: Context) -> None:
        """Nobody writes its disks meanwhile."""
        root = machine.root
        sources = [each for each in located_disks(root) if each.target != machine.record.seed]
        disks = tuple(self._disk(machine.name, each, writer, context) for each in sources)
        seed = self._seed(machine, writer, context)
        if seed is not None:
            disks = (*disks, seed)
        kept = frozenset(each.target for each in disks)
        missing = [*left_out(root, kept)]
        firmware = self._firmware(root, machine.name, context)
        passwords = for_file(root, kept)
        for number, password in enumerate(passwords):
            if password:
                writer.secret(f"{PASSWORD}-{number}", password.encode())
        if any(passwords) and not writer.keeps_secrets:
            missing.append("the passwords of its graphical console")
        writer.finish(
            Manifest(
                made=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                stack=origin.stack,
                resource=origin.resource,
                name=machine.name,
                uuid=machine.uuid,
                definition=writer.definition(to_text(root)),
                disks=disks,
                firmware=writer.firmware(firmware) if firmware is not None else None,
                interfaces=tuple(self._interfaces(root, origin)),
                autostart=self._autostart(machine.uuid),
                inputs=origin.inputs,
                left_out=tuple(missing),
            )
        )
        for each in missing:
            context.progress(f"not in the file: {each}")

    def _disk(self, name: str, disk: Located, writer: ExportWriter, context: Context) -> SavedDisk:
        stored = stored_file(self._libvirt, disk.path, disk.format)
        sink = writer.disk(disk.target)
        what = f"save the disk {disk.target}"
        layered = stored.is_layer
        if layered:
            context.progress(f"putting the layers of the disk {disk.target} together on the host")

        def work(libvirt: "virConnect") -> int:
            copy = f"{name}-{disk.target}.export.qcow2" if layered else None
            with whole(libvirt, stored, copy) as volume:
                if copy is not None:
                    reach(STEP)
                receive(volume, sink, context, what)
                return StoredVolume.of(stored.pool, volume.XMLDesc(), disk.format if copy is None else None).capacity

        capacity = self._libvirt.call(what, work, context, timeout=FOREVER)
        return SavedDisk(
            target=disk.target,
            format="qcow2" if disk.format == "qcow2" else "raw",
            capacity=capacity,
            file=sink.finish(),
        )

    def _seed(self, machine: Definition, writer: ExportWriter, context: Context) -> SavedDisk | None:
        """What cloud-init was told holds secrets: it is kept as one."""
        target = machine.record.seed
        found = seed_disk(machine.root, target) if target is not None else None
        if found is None or not writer.keeps_secrets:
            return None
        stored = stored_file(self._libvirt, found.path)
        content = _Content()
        self._libvirt.call(
            "save the seed of cloud-init",
            lambda libvirt: receive(libvirt.storageVolLookupByPath(stored.path), content, context, "save the seed"),
            context,
        )
        writer.secret(SEED, bytes(content.content))
        return SavedDisk(
            target=found.target, format="raw", capacity=len(content.content), file=content.saved(), seed=True
        )

    def _firmware(self, root: Element, name: str, context: Context) -> bytes | None:
        path = text(root, "os/nvram")
        if not path:
            return None
        what = f"read the firmware's variables of {name}"
        return self._libvirt.call(
            what, lambda libvirt: read_variables(libvirt, path, context), context, repeatable=True
        )

    def _interfaces(self, root: Element, origin: Origin) -> Iterator[SavedInterface]:
        for join in read_networks(root):
            mac, network = join["mac"], join["network"]
            resource = origin.networks.get(network)
            yield SavedInterface(mac=mac, network=network, resource=resource, address=self._address(network, mac))

    def _address(self, network: str, mac: str) -> str | None:
        def look(libvirt: "virConnect") -> str | None:
            found = or_none(lambda: libvirt.networkLookupByName(network))
            return reserved(from_text(found.XMLDesc(1))).get(mac) if found is not None else None

        return self._libvirt.call(f"look at the network {network}", look, repeatable=True)

    def _autostart(self, id: str) -> bool:
        return self._libvirt.call(
            "see whether it starts with its host", lambda libvirt: _starts(libvirt, id), repeatable=True
        )


def _starts(libvirt: "virConnect", id: str) -> bool:
    domain = libvirt.lookupByUUIDString(id)
    return bool(domain.isPersistent() and domain.autostart())


class _Content(Whole):
    """A small file in memory, as the manifest tells it."""

    def saved(self) -> SavedFile:
        return SavedFile(length=len(self.content), chunks=())

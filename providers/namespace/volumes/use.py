"""Who uses a volume, and where its data lies: what the handlers of containers and machines need."""

from pathlib import Path

from virtwright.errors import HostError
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records
from virtwright.providers.namespace.volumes.filesystem import DATA, DISK, mount


def volume_path(root: Root, name: str) -> Path:
    """The folder with the data of the volume ``name`` (its name on the host), mounted if it has a size.

    Raises ``HostError`` where there is no such volume or it can't be mounted.
    """
    record = Records(root).named("Volume", name)
    if record is None:
        raise HostError(f"the volume {name} is not on this host", hint="apply the stack that has the volume first")
    return ready(root, record)


def ready(root: Root, record: Record) -> Path:
    """Mount the volume where it needs that; returns the folder with its data. Raises ``HostError``."""
    folder = root.folder("Volume", record.id)
    with root.lock():
        if (folder / DISK).exists():
            mount(folder / DISK, folder / DATA)
    if not (folder / DATA).is_dir():
        raise HostError(f"the data of the volume {record.name} is gone: there is no {folder / DATA}")
    return folder / DATA


def users(root: Root, name: str) -> list[str]:
    """The containers and machines that use the volume ``name``, told for people."""
    records = Records(root)
    found = []
    for kind, field in (("Container", "volumes"), ("VirtualMachine", "disks")):
        for record in records.list(kind):
            if any(use.get("volume") == name for use in record.inputs.get(field) or ()):
                found.append(f"the {kind} {record.name}")
    return found

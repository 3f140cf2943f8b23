"""A quick look at a definition: where nothing but its metadata changed since it was noted, all else is as it was noted then, and need not
be read. Pure."""

import hashlib
import re
from typing import Any, Final, Protocol

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.reading.settings import Settings
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.stamps import Mark, has_mark, read_mark
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine

_METADATA: Final = ("<metadata", "</metadata>")
_NAME: Final = re.compile(r"<name>([^<]*)</name>")
_UUID: Final = re.compile(r"<uuid>([^<]*)</uuid>")
_PASSWORD: Final = " passwd="


class Machine(Protocol):
    """What both a glance and a whole definition tell."""

    @property
    def name(self) -> str: ...
    @property
    def uuid(self) -> str: ...
    @property
    def mark(self) -> Mark: ...
    @property
    def record(self) -> MachineRecord: ...
    @property
    def declared(self) -> VirtualMachine: ...
    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True)
class Glance:
    """A machine whose definition is as it was noted."""

    name: str
    uuid: str
    mark: Mark
    record: MachineRecord
    declared: VirtualMachine
    settings: Settings


def digest(xml: str) -> str:
    """Of all but the metadata. Empty where a password is in it: that could be guessed from a hash of the rest."""
    if _PASSWORD in xml:
        return ""
    before, _, after = _parts(xml)
    return hashlib.sha256((before + after).encode()).hexdigest()


def glance(xml: str) -> Machine | None:
    """None where it bears no stamp, or that of another machine."""
    if not has_mark(xml):
        return None
    _, metadata, _ = _parts(xml)
    name, uuid = _NAME.search(xml), _UUID.search(xml)
    if not metadata or name is None or uuid is None:
        return Definition.read(xml)
    mark = read_mark(from_text(f"<domain>{uuid[0]}{metadata}</domain>"))
    if mark is None or not mark.urn.type.endswith(":VirtualMachine"):
        return None
    record = MachineRecord.from_notes(mark.notes)
    if record.said is None or not record.digest or record.digest != digest(xml):
        return Definition.read(xml)
    told: dict[str, Any] = {"labels": dict(mark.labels), "description": record.said.get("description", "")}
    declared = record.declared().model_copy(update=told)
    return Glance(name[1], uuid[1], mark, record, declared, record.said)


def _parts(xml: str) -> tuple[str, str, str]:
    """What comes before the metadata, the metadata (empty where there is none), and what comes after it."""
    first, last = _METADATA
    start = xml.find(first)
    end = xml.find(last, start) if start >= 0 else -1
    if end < 0:
        return xml, "", ""
    end += len(last)
    return xml[:start], xml[start:end], xml[end:]


def runs_as_defined(live: str, definition: str, id: int) -> bool:
    """Whether the XML of what runs, under this number, is that of its definition, word for word."""
    return live.replace(f" id='{id}'", "", 1) == definition

"""Stamps in the ``<metadata>`` of domains and networks: written with the object, changed with it, bound to its UUID.

https://libvirt.org/formatdomain.html#general-metadata
"""

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.label_json import parse_object
from virtwright.providers.libvirt.xml import STAMP_NAMESPACE, from_text, to_text
from virtwright.providers.taken import Holder
from virtwright.schemas.urn import Urn

if TYPE_CHECKING:
    from libvirt import virDomain, virNetwork

KEY: Final = "virtwright"
"""The prefix under which libvirt keeps the element."""
_STAMP: Final = f"{{{STAMP_NAMESPACE}}}stamp"
_LABEL: Final = f"{{{STAMP_NAMESPACE}}}label"
_NOTES: Final = f"{{{STAMP_NAMESPACE}}}notes"
_UUIDS: Final = UUID("5c8d5c0e-0f3c-5d52-9a5c-3d0f1d1c6a4e")


@dataclass(frozen=True, slots=True)
class Mark:
    """All that virtwright writes into an object's metadata."""

    stamp: Stamp
    labels: Mapping[str, str] = field(default_factory=dict)
    """The user's own."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What libvirt has no word for and ``observe`` must tell: JSON values by name. No secret in clear."""
    name: str = ""
    """The name that the object had when it was written; empty where an older version wrote it."""

    def displacement(self, name: str) -> tuple[Change, ...]:
        """Back to that name, where the object has another one now."""
        return (Change(("name",), name, self.name, Impact.REBOOT),) if self.name not in ("", name) else ()

    @property
    def urn(self) -> Urn:
        return Urn.parse(self.stamp.urn)


def new_uuid(stamp: Stamp) -> str:
    """The UUID of an object that is about to be made: each operation that creates has its own."""
    return str(uuid5(_UUIDS, f"{stamp.urn}\n{stamp.operation}"))


def mark_element(mark: Mark, uuid: str, name: str) -> Element:
    """The element inside of ``<metadata>``, for the object with this UUID: on another one it is a copy. With another ``name`` than
    this one it was renamed."""
    stamp = mark.stamp
    made = Element(_STAMP, {"uuid": uuid, "name": name, "stack": stamp.stack, "urn": stamp.urn, "operation": stamp.operation,
                            "inputs": stamp.inputs_hash, **({"identity": stamp.identity} if stamp.identity else {})})  # fmt: skip
    for key, value in mark.labels.items():
        label = Element(_LABEL, {"name": key})
        label.text = value
        made.append(label)
    if mark.notes:
        notes = Element(_NOTES)
        notes.text = json.dumps(mark.notes, sort_keys=True)
        made.append(notes)
    return made


def read_mark(root: Element) -> Mark | None:
    """Of a domain's or network's whole XML. None where there is no stamp, or it was copied from another object."""
    found = root.find(f"metadata/{_STAMP}")
    if found is None or found.get("uuid") != uuid_of(root):
        return None
    if None in (found.get(name) for name in ("stack", "urn", "operation", "inputs")):
        return None
    stamp = Stamp(*(found.get(name, "") for name in ("stack", "urn", "operation", "inputs", "identity")))
    if not stamp.is_readable:
        return None
    labels = {each.get("name", ""): each.text or "" for each in found.iterfind(_LABEL)}
    return Mark(stamp, labels, _notes(found), found.get("name", ""))


def holder_of(root: Element) -> Holder | None:
    """Who has a name, as the description of what has it says; None where that bears no stamp."""
    mark = read_mark(root)
    return Holder(mark.stamp, uuid_of(root)) if mark is not None else None


def uuid_of(root: Element) -> str:
    return (root.findtext("uuid") or "").strip()


def write_mark(target: "virDomain | virNetwork", mark: Mark, flags: int) -> None:
    """Replace an object's stamp. ``flags`` say where: ``VIR_DOMAIN_AFFECT_CONFIG`` and, while it runs,
    ``VIR_DOMAIN_AFFECT_LIVE``, or those of networks, which are the same numbers."""
    write_metadata(target, mark_element(mark, target.UUIDString(), target.name()), KEY, STAMP_NAMESPACE, flags)


def write_metadata(
    target: "virDomain | virNetwork", made: Element | None, key: str, namespace: str, flags: int
) -> None:
    """Replace the element of a namespace of ours; None takes it away."""
    kind = 2  # VIR_DOMAIN_METADATA_ELEMENT, VIR_NETWORK_METADATA_ELEMENT
    for each in made.iter() if made is not None else ():
        each.tag = each.tag.removeprefix(f"{{{namespace}}}")  # libvirt puts all of it into the namespace itself
    target.setMetadata(kind, to_text(made) if made is not None else None, key, namespace, flags)


def everywhere(domain: "virDomain") -> int:
    """Flags: in the definition and, where it runs, in what runs."""
    return 2 | (1 if domain.isActive() else 0)  # VIR_DOMAIN_AFFECT_CONFIG, VIR_DOMAIN_AFFECT_LIVE


def has_mark(text: str) -> bool:
    """Whether an object's XML is worth parsing for a stamp: a host may have many that are not ours."""
    return STAMP_NAMESPACE in text


def mark_of(text: str) -> Mark | None:
    """As ``read_mark``, of XML as libvirt tells it."""
    return read_mark(from_text(text)) if has_mark(text) else None


def _notes(found: Element) -> dict[str, Any]:
    return parse_object(found.findtext(_NOTES))

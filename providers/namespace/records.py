"""Records: what the runtime knows of its objects. One folder for each object, and in it ``record.json``."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.namespace.files import read_cached, remove_tree, sync_folder, write_json
from virtwright.providers.namespace.paths import FOLDERS, Root
from virtwright.providers.taken import Holder, name_beside
from virtwright.schemas.urn import Urn, type_token
from virtwright.schemas.values import Properties

RECORD: Final = "record.json"
STEP: Final = "namespace.record"
"""The failpoint before and after each change of a record."""
VERSION: Final = 2
_READ: Final = (1, VERSION)
"""Version 1 had no identity in its stamp."""
_ID: Final = re.compile(r"[0-9a-f]{12}")
_NAME_LENGTH: Final = 63


def object_id(stamp: Stamp) -> str:
    """Twelve hex digits from the URN and the operation that creates: the same operation always finds its own."""
    return hashlib.sha256(f"{stamp.urn}\n{stamp.operation}".encode()).hexdigest()[:12]


def boot_id() -> str:
    """Changes with each boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def host_name(stamp: Stamp) -> str:
    """The object's name on the host: ``shop-web``, or ``shop-prod-web`` where project and stack differ.

    At most 63 characters of ``A-Za-z0-9_.-``; a hash is added where that loses something.
    """
    urn = Urn.parse(stamp.urn)
    project, _, stack = stamp.stack.rpartition("/")
    full = "-".join([*([project] if project not in ("", stack) else []), stack, urn.name])
    clean = re.sub(r"[^A-Za-z0-9_.-]+", "-", full).lstrip("-._") or "x"
    if clean == full and len(clean) <= _NAME_LENGTH and urn.type == type_token(urn.kind):
        return clean
    digest = hashlib.sha256(stamp.urn.encode()).hexdigest()[:8]
    return f"{clean[: _NAME_LENGTH - 9]}-{digest}"


@dataclass(frozen=True, slots=True)
class Record:
    """One object of the runtime. Holds secrets in clear (a restart needs them): its file is for root alone."""

    id: str
    kind: str
    name: str
    """Its name on the host, unique among its kind in the root."""
    stamp: Stamp
    inputs: Properties
    allocated: Properties = field(default_factory=dict)
    """What the runtime chose or found out by itself: addresses, device names, checksums."""
    complete: bool = False
    """Whether its creation was finished."""
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    boot: str = field(default_factory=boot_id)
    """The boot during which it was last started."""

    @property
    def urn(self) -> Urn:
        return Urn.parse(self.stamp.urn)

    def to_json(self) -> dict[str, Any]:
        """It shares inputs and allocations with the record: copying them at each step is slow."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {"version": VERSION, **fields, "stamp": asdict(self.stamp)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Record":
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no record."""
        if value["version"] not in _READ:
            raise ValueError(f"its version is {value['version']}; this program knows version {VERSION}")
        fields = {key: item for key, item in value.items() if key != "version"}
        return cls(**{**fields, "stamp": Stamp(**fields["stamp"])})

    @classmethod
    def new(cls, kind: str, stamp: Stamp, inputs: Properties, allocated: Properties | None = None) -> "Record":
        return cls(object_id(stamp), kind, host_name(stamp), stamp, inputs, allocated or {})


class Records:
    """The records of one root."""

    def __init__(self, root: Root) -> None:
        self.root = root

    def folder(self, record: Record) -> Path:
        return self.root.folder(record.kind, record.id)

    def get(self, kind: str, id: str) -> Record | None:
        """None where there is no such object. Raises ``HostError`` where its record is damaged."""
        if not _ID.fullmatch(id):
            return None
        record = read_cached(f"{self.root.path}/{FOLDERS[kind]}/{id}/{RECORD}", Record.from_json)
        return record if record is not None and (record.id, record.kind) == (id, kind) else None

    def list(self, kind: str, stack: str | None = None) -> list[Record]:
        """All objects of a kind, of one stack or of all, oldest first. A copied folder is nobody's and is left out."""
        return sorted(
            (record for record in self._all(kind) if stack in (None, record.stamp.stack)),
            key=lambda record: (record.created, record.id),
        )

    def named(self, kind: str, name: str, stack: str | None = None) -> Record | None:
        """The object that has this name on the host."""
        return next(
            (record for record in self._all(kind) if record.name == name and stack in (None, record.stamp.stack)), None
        )

    def free_name(self, kind: str, stamp: Stamp, context: Context) -> str:
        """For an object that is to be made: another one where its own is taken. Call it under the root's lock. Raises
        ``TakenError``."""
        name = host_name(stamp)
        other = self.named(kind, name)
        if other is None or other.id == object_id(stamp):
            return name
        return name_beside(name, stamp, Holder(other.stamp, other.id, other.created), context)

    def create(self, record: Record, context: Context) -> Record:
        """Make the object's folder, which appears with its record in it. Call it under the root's lock. Returns the record, with
        another name where its own is taken. Repeating the same creation is fine. Raises ``TakenError``."""
        record = replace(record, name=self.free_name(record.kind, record.stamp, context))
        if self.get(record.kind, record.id) is not None:
            self.replace(record)
            return record
        parent = self.root.kind_folder(record.kind)
        self.sweep(record.kind)
        new = parent / f".new-{record.id}"
        try:
            new.mkdir(mode=0o700)
            write_json(new / RECORD, record.to_json())
            new.rename(self.folder(record))
            reach(STEP)
            sync_folder(parent)
        except OSError as error:
            raise HostError(f"could not make {self.folder(record)}: {error.strerror}") from error
        return record

    def replace(self, record: Record) -> None:
        """Write the record anew, whole or not at all."""
        reach(STEP)
        write_json(self.folder(record) / RECORD, record.to_json())
        reach(STEP)

    def finish(self, record: Record, **allocated: Any) -> Record:
        """Mark the creation as finished and note what was allocated meanwhile; returns the record as it is now."""
        done = replace(record, complete=True, allocated={**record.allocated, **allocated})
        self.replace(done)
        return done

    def remove(self, kind: str, id: str) -> None:
        """Remove the object's folder: first out of sight in one step, then piece by piece. Repeating it is fine."""
        if not _ID.fullmatch(id):
            return
        folder = self.root.folder(kind, id)
        gone = folder.parent / f".gone-{id}"
        if folder.exists():
            remove_tree(gone)  # an earlier removal that was killed
        try:
            folder.rename(gone)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise HostError(f"could not remove {folder}: {error.strerror}") from error
        reach(STEP)
        for left in gone.parent.glob(".gone-*"):  # its own, and those of removals that were killed
            remove_tree(left)

    def sweep(self, kind: str) -> None:
        """Remove what creations and removals that were killed have left. Call it under the root's lock: creations hold
        it, and a removal that is under way loses nothing by being helped. Raises ``HostError``."""
        for pattern in (".new-*", ".gone-*"):
            for left in self.root.kind_folder(kind).glob(pattern):
                remove_tree(left)

    def _all(self, kind: str) -> Iterator[Record]:
        try:
            names = os.listdir(self.root.kind_folder(kind))  # noqa: PTH208  a path object for each costs more than the rest
        except FileNotFoundError:
            return
        for name in names:
            if (record := self.get(kind, name)) is not None:
                yield record

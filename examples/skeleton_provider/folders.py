"""Volumes that are folders of this machine.

The host ``folders:///srv/volumes`` keeps each volume in a folder of its own below ``/srv/volumes``: ``data`` is for its users,
``record.json`` has the stamp and the inputs. Folders whose name begins with a dot are not finished, or on their way out.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from virtwright.errors import HostError, InputError
from virtwright.failpoints import reach
from virtwright.providers.base import Handler, HostFact, Observed, Operations, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.names import object_name, other_name
from virtwright.providers.refusal import known, refuse
from virtwright.schemas.host import Host
from virtwright.schemas.model import to_properties
from virtwright.schemas.volume import Volume, VolumeOutputs

IMPACTS: Final = {"labels": Impact.LIVE}
"""Everything else is decided when the volume is made."""


class FolderProvider:
    """The folders below one root."""

    schemes: ClassVar[tuple[str, ...]] = ("folders",)

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        parts = urlsplit(host.uri)
        if parts.netloc or parts.query or not parts.path.strip("/"):
            raise InputError.one(f"{host.uri} names no folder", hint="write it as folders:///srv/volumes")
        return cls(Path(parts.path))

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        return {"Volume": VolumeHandler(self._root)}

    def operations(self, kind: str) -> Operations | None:
        return None

    def facts(self) -> Sequence[HostFact]:
        there = self._root.is_dir()
        return [HostFact("folder", str(self._root), ok=there, hint=None if there else "the first volume makes it")]

    def close(self) -> None:
        """Nothing is open."""


class VolumeHandler:
    """Volumes of one root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def check(self, inputs: Volume) -> Volume:
        source = known(inputs.source)
        refuse(
            (
                ("size", inputs.size, "leave it out: a folder may grow"),
                ("format", inputs.format, "leave it out"),
                ("pool", inputs.pool, "declare another host, with another folder"),
                ("allocation", inputs.allocation, "leave it out"),
                ("backing", inputs.backing, "leave it out"),
                ("source.image", source and source.image, "fill it with source.content"),
                ("source.clone", source and source.clone, "fill it with source.content"),
                ("docker", inputs.docker, "leave it out: this is no Docker host"),
                ("libvirt", inputs.libvirt, "leave it out: this is no libvirt host"),
            ),
            "a folder",
        )
        return inputs

    def diff(self, prior: Volume, goal: Volume) -> Diff:
        return compare(prior, goal, IMPACTS, default=Impact.DATA_LOSS)

    def create(self, stamp: Stamp, inputs: Volume, context: Context) -> VolumeOutputs:
        with self._locked():
            name = other_name(object_name(stamp), stamp.operation)  # the one that it replaces has another
            draft = self._root / f".{name}"
            try:
                self._fill(draft, stamp, name, inputs)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            reach("folders.create")
            draft.rename(self._root / name)
            return self._outputs(name)

    def update(self, id: str, stamp: Stamp, prior: Volume, goal: Volume, context: Context) -> VolumeOutputs:
        with self._locked():
            _write_record(self._root / id, stamp, id, goal)
            return self._outputs(id)

    def delete(self, id: str, context: Context) -> None:
        with self._locked():
            if id in self._names():
                gone = self._root / f".{id}"
                (self._root / id).rename(gone)
                reach("folders.delete")
                shutil.rmtree(gone)

    def observe(self, stack: str) -> Iterator[Observed[Volume, VolumeOutputs]]:
        for name in self._names():
            record = _read_record(self._root / name)
            stamp = Stamp.from_labels(record.get("stamp", {}))
            if stamp is not None and stamp.stack == stack and record["id"] == name:  # else somebody has copied it
                yield Observed(stamp, name, Volume.model_validate(record["inputs"]), self._outputs(name))

    def tidy(self, stack: str, identity: str) -> None:
        """Nobody is making or deleting anything while the lock is held."""
        with self._locked():
            for draft in self._root.glob(".*"):
                shutil.rmtree(draft)

    def _fill(self, draft: Path, stamp: Stamp, name: str, inputs: Volume) -> None:
        if inputs.source is not None and inputs.source.content is not None:
            shutil.copytree(inputs.source.content, draft / "data")
        (draft / "data").mkdir(parents=True, exist_ok=True)
        _write_record(draft, stamp, name, inputs)

    def _names(self) -> list[str]:
        return sorted(each.name for each in self._root.glob("*") if not each.name.startswith("."))

    def _outputs(self, name: str) -> VolumeOutputs:
        return VolumeOutputs(id=name, name=name, path=str(self._root / name / "data"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One at a time, also among processes; what the machine refuses is an error for users."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                os.close(folder)
        except OSError as error:
            raise HostError(f"{error.filename or self._root}: {error.strerror or error}") from error


def _write_record(folder: Path, stamp: Stamp, id: str, inputs: Volume) -> None:
    """As a whole or not at all. Inputs are in clear, and may hold secrets: nobody else may read them."""
    record = {"id": id, "stamp": stamp.to_labels(), "inputs": to_properties(inputs)}
    (folder / "record.new").unlink(missing_ok=True)  # of one that was killed
    private = os.open(folder / "record.new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "w", encoding="utf-8") as file:
        json.dump(record, file)
    (folder / "record.new").rename(folder / "record.json")


def _read_record(folder: Path) -> dict[str, Any]:
    """Empty where there is none: the folder is somebody else's."""
    try:
        record: dict[str, Any] = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return record
    except (FileNotFoundError, NotADirectoryError):
        return {}

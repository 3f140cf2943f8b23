"""The handler of volumes: a folder, or a file system in a file where a size limit must hold."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from virtwright.errors import HostError, InputError, UnsupportedError, VirtwrightError, Where
from virtwright.failpoints import reach
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.namespace.files import remove_tree, reported
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records, boot_id, object_id
from virtwright.providers.namespace.volumes import filesystem
from virtwright.providers.namespace.volumes.content import copy_into
from virtwright.providers.namespace.volumes.filesystem import DATA, DISK
from virtwright.providers.namespace.volumes.use import ready, users, volume_path
from virtwright.schemas.model import to_properties
from virtwright.schemas.quantities import format_size
from virtwright.schemas.values import Unknown
from virtwright.schemas.volume import Volume, VolumeOutputs

KIND: Final = "Volume"
STEP: Final = "namespace.volume"
"""The failpoint between the steps of a volume's life."""
IMPACTS: Final = {
    "labels": Impact.LIVE,
    "size": Impact.LIVE,
    "allocation": Impact.LIVE,
    "docker": Impact.NONE,
    "libvirt": Impact.NONE,
}
"""What is not named here means a new volume. Making it smaller, too: see ``_honest``."""


class VolumeHandler:
    """Volumes of one root."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._records = Records(root)

    def check(self, inputs: Volume) -> Volume:
        for field, value in (("format", inputs.format), ("pool", inputs.pool), ("backing", inputs.backing)):
            if value is not None:
                raise _unsupported(field, f"the namespace runtime's volumes are folders and have no {field}")
        source = None if isinstance(inputs.source, Unknown) else inputs.source
        if source is not None and source.image is not None:
            raise _unsupported("source.image", "the namespace runtime can't fill a volume from a disk image")
        if inputs.allocation is not None and inputs.size is None:
            raise _unsupported("allocation", "a volume without a size takes no space in advance")
        if isinstance(inputs.size, int) and inputs.size < filesystem.SMALLEST:
            least = format_size(filesystem.SMALLEST)
            raise InputError.one(f"a volume must be at least {least} large", where=Where(path="size"))
        return inputs

    def diff(self, prior: Volume, goal: Volume) -> Diff:
        found = compare(prior, goal, IMPACTS, default=Impact.DATA_LOSS, delete_before_create=True)
        return replace(found, changes=tuple(_honest(change) for change in found.changes))

    def create(self, stamp: Stamp, inputs: Volume, context: Context) -> VolumeOutputs:
        with self._root.object_lock(object_id(stamp)):
            record = self._records.get(KIND, object_id(stamp))
            if record is not None and record.complete:
                return _outputs(self._root, record)
            record = Record.new(KIND, stamp, to_properties(inputs))
            with self._root.lock():
                record = self._records.create(record, context)
            try:
                self._build(record, inputs)
                return _outputs(self._root, self._records.finish(record))
            except VirtwrightError:
                self._demolish(record)
                raise

    def update(self, id: str, stamp: Stamp, prior: Volume, goal: Volume, context: Context) -> VolumeOutputs:
        with self._root.object_lock(id):
            record = self._records.get(KIND, id)
            if record is None:
                raise HostError(f"the volume {id} is gone", hint="apply again: it will be made anew, and empty")
            ready(self._root, record)
            if goal.size is not None:
                self._fit(self._disk(record), self._data(record), prior, goal, goal.size)
            changed = replace(record, stamp=stamp, inputs=to_properties(goal), boot=boot_id(), complete=True)
            self._records.replace(changed)
            return _outputs(self._root, changed)

    def _fit(self, disk: Path, data: Path, prior: Volume, goal: Volume, size: int) -> None:
        full = goal.allocation == "full"
        if size > filesystem.size_of(disk, size) or (full and prior.allocation != "full"):
            filesystem.grow(disk, data, size, full=full)
        elif prior.allocation == "full" and not full:
            filesystem.trim(data)

    def delete(self, id: str, context: Context) -> None:
        with self._root.object_lock(id):
            record = self._records.get(KIND, id)
            if record is None:
                self._records.remove(KIND, id)
                return
            if using := users(self._root, record.name):
                raise HostError(f"the volume {record.name} is in use by {', '.join(using)}", hint="remove them first")
            self._demolish(record)

    def observe(self, stack: str) -> Iterator[Observed[Volume, VolumeOutputs]]:
        for record in self._records.list(KIND, stack):
            inputs = Volume.model_validate(record.inputs)
            drift = self._drift(record, inputs)
            if record.complete and not drift and inputs.size is not None:
                size = filesystem.size_of(self._disk(record), inputs.size)
                inputs = inputs.model_copy(update={"size": size})
            yield Observed(
                record.stamp,
                record.id,
                inputs,
                _outputs(self._root, record),
                drift,
                record.complete,
                made=record.created,
            )

    def _drift(self, record: Record, inputs: Volume) -> tuple[Change, ...]:
        disk, data = self._disk(record), self._data(record)
        if not record.complete:
            return ()
        if not (disk if inputs.size is not None else data).exists():
            return (Change(("data",), None, "present", Impact.DATA_LOSS),)
        if inputs.size is not None and not filesystem.holds_ext4(disk):
            return (Change(("data",), "damaged", "present", Impact.DATA_LOSS),)
        if inputs.size is not None and not filesystem.is_mounted(data):
            return (Change(("mounted",), False, True, Impact.LIVE),)
        return ()

    def _build(self, record: Record, inputs: Volume) -> None:
        disk, data = self._disk(record), self._data(record)
        with reported(f"make the volume {record.name}"):
            self._clear(disk, data)
            if inputs.size is not None:
                filesystem.make(disk, inputs.size, full=inputs.allocation == "full")
                reach(STEP)
                filesystem.mount(disk, data)
                reach(STEP)
                (data / "lost+found").rmdir()  # fsck makes it when needed; a database wants its folder empty
            else:
                data.mkdir()
                data.chmod(0o755)  # whatever the umask is: unprivileged programs inside use it
        if source := self._source(inputs):
            copy_into(source, data)

    def _clear(self, disk: Path, data: Path) -> None:
        """Take away what an interrupted creation has left."""
        if disk.exists():
            filesystem.detach(disk, data)
            disk.unlink()
        remove_tree(data)

    def _source(self, inputs: Volume) -> Path | None:
        if inputs.source is None:
            return None
        if inputs.source.content is not None:
            return Path(inputs.source.content)
        assert inputs.source.clone is not None
        if using := users(self._root, inputs.source.clone):
            raise HostError(
                f"the volume {inputs.source.clone} is in use by {', '.join(using)}, so a copy might be torn",
                hint="remove them while the copy is made",
            )
        return volume_path(self._root, inputs.source.clone)

    def _demolish(self, record: Record) -> None:
        disk = self._disk(record)
        if disk.exists():
            filesystem.release(self._data(record))
            filesystem.detach(disk, self._data(record))
        reach(STEP)
        self._records.remove(KIND, record.id)

    def _disk(self, record: Record) -> Path:
        return self._records.folder(record) / DISK

    def _data(self, record: Record) -> Path:
        return self._records.folder(record) / DATA


def _honest(change: Change) -> Change:
    """A volume that gets smaller, gains or loses its limit is made anew: its data goes."""
    if change.path != ("size",):
        return change
    shrinks = isinstance(change.prior, int) and isinstance(change.goal, int) and change.goal < change.prior
    return replace(change, impact=Impact.DATA_LOSS) if shrinks or None in (change.prior, change.goal) else change


def _outputs(root: Root, record: Record) -> VolumeOutputs:
    path = root.folder(KIND, record.id) / DATA
    return VolumeOutputs(id=record.id, name=record.name, path=str(path), size=record.inputs.get("size"))


def _unsupported(field: str, message: str) -> UnsupportedError:
    return UnsupportedError(message, where=Where(path=field), hint=f"leave out {field}, or use a host that has it")

"""The handler of the kind Image."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from virtwright.errors import HostError, InputError, UnsupportedError, Where
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.download import downloaded, name_of
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.formats import Format
from virtwright.providers.archives.limits import DEFAULT_LIMITS
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.namespace.images.reference import reference_to
from virtwright.providers.namespace.images.store import ImageStore, StoredImage
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records
from virtwright.schemas.image import Image, ImageOutputs
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Unknown

KIND: Final = "Image"
IMPACTS: Final = {
    "source.archive": Impact.LIVE,
    "source.url": Impact.LIVE,
    "pull": Impact.LIVE,
    "labels": Impact.LIVE,
}
"""Where the content comes from may change; the content itself (``source.sha256``) makes another image."""
_INSTEAD: Final = "use an archive instead:\n    source: {archive: IMAGE.tar}"


class ImageHandler:
    """Unpacks images into the store, one record for each resource."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._records = Records(root)
        self._store = ImageStore(root)

    def check(self, inputs: Image) -> Image:
        """Fills in the checksum of what ``archive`` holds now, so that a changed archive is a difference."""
        if isinstance(inputs.source, Unknown):
            return inputs
        source = inputs.source
        if source.registry is not None:
            raise _unsupported("source.registry", f"Save it where it can be pulled, and {_INSTEAD}")
        if source.build is not None:
            raise _unsupported("source.build", f"Build it with another tool, and {_INSTEAD}")
        if source.file is not None:
            raise _unsupported("source.file", f"Disk images have no use here; {_INSTEAD}")
        for field, asked, hint in (
            ("platform", inputs.platform, "Leave it out: an archive's image for this machine is taken"),
            ("tags", inputs.tags, "Leave it out: a container names the image of the stack"),
            ("pool", inputs.pool, "Leave it out: images are kept in the runtime's own folder"),
        ):
            if asked and not isinstance(asked, Unknown):
                raise _unsupported(field, hint)
        if inputs.format in ("raw", "qcow2"):
            raise _unsupported("format", "A container starts from rootfs, docker-archive or oci-archive")
        if isinstance(source.url, str) and not source.url.startswith("https://"):
            raise InputError.one("must begin with https://", where=Where(path="source.url"))
        if not isinstance(source.archive, str):
            return inputs
        digest = source_digest(Path(source.archive))
        if isinstance(source.sha256, str) and source.sha256 != digest:
            raise ImageError(f"its sha256 is {digest} and should be {source.sha256}", source=source.archive)
        return inputs.model_copy(update={"source": source.model_copy(update={"sha256": digest})})

    def diff(self, prior: Image, goal: Image) -> Diff:
        return compare(prior, goal, IMPACTS, delete_before_create=True)

    def create(self, stamp: Stamp, inputs: Image, context: Context) -> ImageOutputs:
        record = Record.new(KIND, stamp, to_properties(inputs))
        with self._root.lock():
            record = self._records.create(record, context)
        try:
            self._unpack(inputs, context)
        except BaseException:
            self.delete(record.id, context)
            raise
        return _outputs(self._records.finish(record), inputs)

    def update(self, id: str, stamp: Stamp, prior: Image, goal: Image, context: Context) -> ImageOutputs:
        record = self._records.get(KIND, id)
        if record is None:
            raise HostError(f"the image {id} is gone", hint="apply again: it will be unpacked anew")
        self._unpack(goal, context)
        changed = replace(record, stamp=stamp, inputs=to_properties(goal), complete=True)
        self._records.replace(changed)
        return _outputs(changed, goal)

    def delete(self, id: str, context: Context) -> None:
        """The unpacked files go when no other image and no container uses them."""
        self._records.remove(KIND, id)
        self._store.sweep()
        for digest in self._store.digests():
            self._store.discard(digest, lambda digest=digest: self._is_used(digest))  # type: ignore[misc]

    def observe(self, stack: str) -> Iterable[Observed[Image, ImageOutputs]]:
        for record in self._records.list(KIND, stack):
            inputs = Image.model_validate(record.inputs)
            drift = self._drift(record, inputs)
            yield Observed(
                record.stamp, record.id, inputs, _outputs(record, inputs), drift, record.complete, made=record.created
            )

    def _drift(self, record: Record, inputs: Image) -> tuple[Change, ...]:
        if record.complete and self._store.find(_digest(inputs)) is None:
            return (Change(("state",), "removed", "unpacked", Impact.LIVE),)
        return ()

    def _unpack(self, inputs: Image, context: Context) -> StoredImage:
        source, digest, format = inputs.source, _digest(inputs), cast(Format | None, inputs.format)
        if (found := self._store.find(digest)) is not None:
            return found
        if source.url is not None:
            folder, limit = self._root.kind_folder(KIND), DEFAULT_LIMITS.total
            with downloaded(source.url, digest, folder, limit, context) as stream:
                return self._store.take_archive(stream, name_of(source.url), digest, format, context.progress)
        path = Path(cast(str, source.archive))
        if path.is_dir():
            return self._store.take_folder(path, digest, format, context.progress)
        return self._store.take_file(path, digest, format, context.progress)

    def _is_used(self, digest: str) -> bool:
        images = (Image.model_validate(record.inputs) for record in self._records.list(KIND))
        if any(_digest(image) == digest for image in images):
            return True
        reference = reference_to(digest)
        return any(
            record.inputs.get("image") == reference
            for kind in ("Container", "VirtualMachine")
            for record in self._records.list(kind)
        )


def _digest(inputs: Image) -> str:
    return cast(str, inputs.source.sha256)


def _outputs(record: Record, inputs: Image) -> ImageOutputs:
    reference = reference_to(_digest(inputs))
    return ImageOutputs(id=record.id, name=record.name, reference=reference, digest=reference)


def _unsupported(path: str, hint: str) -> UnsupportedError:
    return UnsupportedError(f"{path}: the namespace runtime can't use it", where=Where(path=path), hint=hint)

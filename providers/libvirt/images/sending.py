"""An image on its way to the host: fetched, held against its checksum, sent once, marked as complete."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from virtwright.errors import HostError, VirtwrightError
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.download import downloaded
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.images.disk_image import check_stated
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.listing import holdings
from virtwright.providers.libvirt.storage.lookup import stored_at
from virtwright.providers.libvirt.storage.making import Place, begin, copy, finish, make, reopen, upload
from virtwright.providers.libvirt.storage.marks import Done
from virtwright.providers.libvirt.storage.pools import refresh
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.libvirt.volumes.filling import undo
from virtwright.schemas.image import Image

if TYPE_CHECKING:
    from libvirt import virConnect

LARGEST: Final = 1024**4
"""Bytes of a download."""
_MARK: Final = 8


def create(host: LibvirtConnection, stamp: Stamp, inputs: Image, context: Context) -> StoredVolume:
    """Leaves nothing where it fails. The name tells the content, so that a new image can be there beside the old one."""
    format, sha256 = str(inputs.format), str(inputs.source.sha256)
    twin = host.call("look for the image", partial(_twin, sha256=sha256, format=format), context, repeatable=True)
    place = host.call(
        "make an image",
        lambda lib: begin(lib, stamp, inputs.pool, format, sha256[:_MARK], context=context),
        context,
    )
    try:
        if twin is not None:
            what = f"copy the image {twin.reference}"
            host.call(what, lambda lib: copy(lib, place, twin, None, format), context, timeout=FOREVER)
            return _finished(host, place, stamp, sha256, context)
        return _sent(host, place, stamp, inputs, context)
    except VirtwrightError as error:
        undo(host, place, stamp.operation, error)
        raise


def restore(host: LibvirtConnection, id: str, stamp: Stamp, inputs: Image, context: Context) -> StoredVolume:
    """The image as it is, or sent once more where somebody took it away. Until that is done it counts as not complete."""
    known = VolumeId.parse(id)
    if known is None:
        raise HostError(f"there is no image {id}", hint="apply again: it will be made anew")
    there = host.call(
        f"look at the image {id}", partial(stored_at, reference=known.reference), context, repeatable=True
    )
    if there is not None:
        return there
    place = host.call(f"restore the image {id}", lambda lib: reopen(lib, known), context)
    return _sent(host, place, stamp, inputs, context)


def _sent(host: LibvirtConnection, place: Place, stamp: Stamp, inputs: Image, context: Context) -> StoredVolume:
    what = f"send the image {place.owner.name}"
    with _content(inputs, context) as file:
        host.call(what, lambda lib: _send(lib, place, file, context, what), context, timeout=FOREVER)
    return _finished(host, place, stamp, str(inputs.source.sha256), context)


def _finished(host: LibvirtConnection, place: Place, stamp: Stamp, sha256: str, context: Context) -> StoredVolume:
    done = Done(stamp.inputs_hash, sha256)
    return host.call(f"finish the image {place.owner.name}", partial(finish, place=place, done=done), context)


def _twin(libvirt: "virConnect", *, sha256: str, format: str) -> StoredVolume | None:
    """The same image, which is on the host for another resource or stack."""
    for each in holdings(libvirt, "Image"):
        volume = each.volume
        if volume is not None and each.done is not None and each.done.more == sha256 and volume.format == format:
            return volume
    return None


def _send(libvirt: "virConnect", place: Place, file: BinaryIO, context: Context, what: str) -> None:
    """As raw bytes, whatever their format: libvirt looks at them when they are all there."""
    make(libvirt, place, 0, "raw")
    upload(libvirt, place, file.fileno(), context, what)
    refresh(libvirt.storagePoolLookupByName(place.owner.pool))


@contextmanager
def _content(inputs: Image, context: Context) -> Iterator[BinaryIO]:
    source, format, sha256 = inputs.source, str(inputs.format), str(inputs.source.sha256)
    if source.url is not None:
        folder = Path(tempfile.gettempdir())
        with downloaded(source.url, sha256, folder, LARGEST, context) as file:
            check_stated(file, format, source.url)
            yield file
        return
    path = Path(str(source.file))
    if (found := source_digest(path)) != sha256:
        raise ImageError(f"has changed: its sha256 is {found}, and was {sha256}", source=path, hint="apply again")
    with path.open("rb") as file:
        check_stated(file, format, path)
        yield file

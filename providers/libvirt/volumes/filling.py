"""A new volume, step by step: its mark, the volume, what is in it, the mark that it is complete."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from virtwright.errors import CreateFailedError, VirtwrightError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.lookup import stored
from virtwright.providers.libvirt.storage.making import Place, begin, copy, finish, is_there, make, remove, upload
from virtwright.providers.libvirt.storage.marks import SIZED, Done
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.schemas.volume import Volume, VolumeSource

if TYPE_CHECKING:
    from libvirt import virConnect


def create(host: LibvirtConnection, stamp: Stamp, inputs: Volume, context: Context) -> StoredVolume:
    """Leaves nothing where it fails."""
    format = str(inputs.format)
    place = host.call(
        "make a volume", partial(begin, stamp=stamp, pool_name=inputs.pool, format=format, context=context), context
    )
    what = f"make the volume {place.owner.name}"
    try:
        if inputs.source is not None and inputs.source.content is not None:
            _with_files(host, place, inputs, inputs.source.content, context)
        else:
            host.call(what, partial(_make, place=place, inputs=inputs), context, timeout=FOREVER)
        done = Done(stamp.inputs_hash, SIZED if inputs.size is not None else "")
        return host.call(what, partial(finish, place=place, done=done), context)
    except VirtwrightError as error:
        undo(host, place, stamp.operation, error)
        raise


def undo(host: LibvirtConnection, place: Place, operation: str, error: VirtwrightError) -> None:
    """Take away what a failed creation has left. Raises ``CreateFailedError`` where that fails, too."""
    id = VolumeId.of(place.owner.pool, place.owner.name, operation)
    try:
        host.call(f"remove the volume {id.name}", partial(_remove_own, id=id), repeatable=True)
    except VirtwrightError as more:
        message = f"{error.message}; and what was made of the volume could not be removed: {more.message}"
        raise CreateFailedError(message, id=str(id), where=error.where, hint=error.hint) from error


def _remove_own(libvirt: "virConnect", *, id: VolumeId) -> None:
    """A run that has overtaken this one may have removed it, and made another one of the same name."""
    if is_there(libvirt, id):
        remove(libvirt, id.pool, id.name, Context())


def _make(libvirt: "virConnect", *, place: Place, inputs: Volume) -> None:
    full, format = inputs.allocation == "full", str(inputs.format)
    if inputs.backing is not None:
        below = stored(libvirt, inputs.backing, "backing")
        make(libvirt, place, inputs.size or below.capacity, format, backing=below)
    elif (origin := _origin(inputs.source)) is not None:
        field, reference = origin
        copy(libvirt, place, stored(libvirt, reference, field), inputs.size, format, full=full)
    else:
        assert inputs.size is not None
        make(libvirt, place, inputs.size, format, full=full)


def _origin(source: VolumeSource | None) -> tuple[str, str] | None:
    if source is None:
        return None
    if source.clone is not None:
        return "source.clone", source.clone
    return ("source.image", source.image) if source.image is not None else None


def _with_files(host: LibvirtConnection, place: Place, inputs: Volume, folder: str, context: Context) -> None:
    from virtwright.providers.libvirt.volumes.file_system import file_system

    assert inputs.size is not None
    size, full = inputs.size, inputs.allocation == "full"
    with file_system(Path(folder), size, context) as image:
        what = f"fill the volume {place.owner.name}"
        host.call(what, partial(make, place=place, capacity=size, format="raw", full=full), context, timeout=FOREVER)
        host.call(
            what,
            lambda libvirt: upload(libvirt, place, image.fileno(), context, what),
            context,
            timeout=FOREVER,
        )

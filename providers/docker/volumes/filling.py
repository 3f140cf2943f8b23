"""Filling a new volume through a helper container, which also marks it as not finished while it is there."""

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from virtwright.errors import HostError, InputError, Where
from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.helpers import PLACE, helper, make_helper, remove_helper
from virtwright.providers.docker.labels import is_work_of, of_stack, work_labels
from virtwright.schemas.volume import VolumeSource

STEP: Final = "docker.volume"
_EMPTY: Final = "virtwright-helper"
"""The repository of the empty image that helpers are made from; its tag is the volume's name."""
_CHUNK: Final = 1024 * 1024
_IN_MEMORY: Final = 8 * 1024 * 1024


def begin(docker: DockerConnection, stack: str, volume: dict[str, Any], context: Context) -> str:
    """Create the helper, and the volume with it; returns the helper's id. ``volume`` is what the API takes for one."""
    name = volume["Name"]
    mount = {
        "Type": "volume", "Source": name, "Target": PLACE,
        "VolumeOptions": {
            "NoCopy": True, "Labels": volume["Labels"],
            "DriverConfig": {"Name": volume["Driver"], "Options": volume["DriverOpts"]},
        },
    }  # fmt: skip
    _make_empty_image(docker, stack, name, context)
    reach(STEP)
    return make_helper(docker, stack, name, f"{_EMPTY}:{name}", {"Mounts": [mount]}, context)


def end(docker: DockerConnection, name: str) -> None:
    """The volume is finished, or about to be removed: take helper and image away."""
    remove_helper(docker, name)
    remove_image(docker, name)


def remove_image(docker: DockerConnection, name: str) -> None:
    try:
        docker.call("remove a helper's image", lambda client: client.remove_image(f"{_EMPTY}:{name}", force=True))
    except GoneError:
        return


def left_images(docker: DockerConnection, stack: str, identity: str) -> list[str]:
    """The names of the stack's volumes whose helpers' images are still there."""
    found = docker.call("list what was left", lambda client: client.images(_EMPTY, filters=of_stack(stack)))
    own = (each for each in found if is_work_of(each.get("Labels"), identity))
    return [tag.partition(":")[2] for each in own for tag in each.get("RepoTags") or ()]


def fill(docker: DockerConnection, id: str, stack: str, name: str, source: VolumeSource, context: Context) -> None:
    context.progress("filling it")
    if source.content is not None:
        with _folder_archive(Path(source.content)) as archive:
            _put(docker, id, name, archive, context)
    elif source.clone is not None:
        _clone(docker, id, stack, name, source.clone, context)
    reach(STEP)


def _clone(docker: DockerConnection, id: str, stack: str, name: str, origin: str, context: Context) -> None:
    """From volume to volume, through this machine, chunk by chunk."""
    mount = {"Mounts": [{"Type": "volume", "Source": origin, "Target": PLACE, "ReadOnly": True}]}
    try:
        docker.call(f"look at {origin}", lambda client: client.inspect_volume(origin), context)
    except GoneError as error:
        raise HostError(f"there is no volume {origin} to clone", where=Where(path="source.clone")) from error
    image = f"{_EMPTY}:{name}"
    with helper(docker, stack, f"{name}.origin", image, mount, context) as reader, docker.errors("clone", context):
        chunks, _ = docker.client.get_archive(reader, f"{PLACE}/.", chunk_size=_CHUNK)
        _put(docker, id, name, chunks, context)


def _put(docker: DockerConnection, id: str, name: str, data: Any, context: Context) -> None:
    docker.call(f"fill the volume {name}", lambda client: client.put_archive(id, PLACE, data), context)


@contextmanager
def _folder_archive(folder: Path) -> Iterator[IO[bytes]]:
    """A tar of what is in a folder. Owners are kept as root, so that the same stack gives the same volume anywhere."""
    import tempfile

    if not folder.is_dir():
        raise InputError.one("there is no such folder", where=Where(file=str(folder), path="source.content"))
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as buffer:
        try:
            with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for path in sorted(folder.rglob("*")):
                    tar.add(path, arcname=str(path.relative_to(folder)), recursive=False, filter=_owned_by_root)
        except OSError as error:
            raise InputError.one(f"can't be read: {error.strerror}", where=Where(file=str(error.filename))) from error
        buffer.seek(0)
        yield buffer


def _owned_by_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _make_empty_image(docker: DockerConnection, stack: str, name: str, context: Context) -> None:
    labels = work_labels(stack, context.identity)
    buffer, changes = io.BytesIO(), [f"LABEL {json.dumps(key)}={json.dumps(text)}" for key, text in labels.items()]
    tarfile.open(fileobj=buffer, mode="w").close()
    docker.call(
        "make a helper's image",
        lambda client: client.import_image_from_data(buffer.getvalue(), repository=_EMPTY, tag=name, changes=changes),
        context,
    )

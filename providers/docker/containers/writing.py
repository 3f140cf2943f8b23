"""Files into a container before it starts: into its own layer, or kept in memory.

A file that is kept in memory lies in a private folder below ``/run`` of the Docker host, which is a tmpfs, and is mounted
read-only where the container wants it. It gets there, and goes, through the archive API of a helper container: over
every transport alike. Its content is in no layer, label, variable or setting of the container.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers.files import Owners, archive, empty, only_file, owners_of
from virtwright.providers.docker.helpers import PLACE, helper, remove_helper
from virtwright.schemas.container import Container

FOLDER: Final = "/run/virtwright"
STEP: Final = "docker.files"
_PRIVATE: Final = 0o700
_LARGEST_ACCOUNTS: Final = 16 * 1024**2
"""Bytes of an image's list of users or groups."""


@dataclass(frozen=True, slots=True)
class Target:
    """The container that files are written for."""

    id: str
    name: str
    stack: str
    place: str
    """What the folder of its files in memory is told by: never that of another container."""
    image: str


def memory_binds(inputs: Container, place: str) -> list[str]:
    """What the container mounts for its files in memory. As ``Binds``: ``Mounts`` would have to be there already when it is
    created, and a kill in between would leave them without an owner."""
    return [
        f"{FOLDER}/{_folder(place)}/{index}:{file.path}:ro" for index, file in enumerate(inputs.files) if file.in_memory
    ]


def uses_memory(found: dict[str, Any]) -> bool:
    """Whether an inspected container has such files."""
    return any(bind.startswith(f"{FOLDER}/") for bind in found["HostConfig"].get("Binds") or ())


def write_files(docker: DockerConnection, target: Target, inputs: Container, context: Context) -> None:
    """All files; the container does not run. Those in memory come first: the archive API mounts what the container does,
    and would make folders in the place of files that are not there yet."""
    write_memory_files(docker, target, inputs, context)
    plain = [(file.path.lstrip("/"), file) for file in inputs.files if not file.in_memory]
    if plain:
        data = archive(plain, _owners(docker, target.id))
        docker.call(
            f"write the files of {target.name}", lambda client: client.put_archive(target.id, "/", data), context
        )
        reach(STEP)


def write_memory_files(docker: DockerConnection, target: Target, inputs: Container, context: Context) -> None:
    """Those that are kept in memory. After a boot of the host they are gone, and are written again."""
    folder = _folder(target.place)
    files = [(f"{folder}/{index}", file) for index, file in enumerate(inputs.files) if file.in_memory]
    if files:
        _put(docker, target, lambda owners: archive(files, owners, [(folder, _PRIVATE)]), context)


def forget_files(docker: DockerConnection, target: Target, context: Context) -> None:
    """Take the files in memory away. An empty file stays in the folder's place, until the host boots."""
    _put(docker, target, lambda owners: empty(_folder(target.place)), context)


def _put(docker: DockerConnection, target: Target, data: Callable[[Owners], bytes], context: Context) -> None:
    mount = {"Binds": [f"{FOLDER}:{PLACE}"]}
    with helper(docker, target.stack, target.name, target.image, mount, context) as id:
        reach(STEP)
        content = data(_owners(docker, id))
        docker.call(f"write the files of {target.name}", lambda client: client.put_archive(id, PLACE, content), context)
        reach(STEP)


def drop_helper(docker: DockerConnection, target: Target) -> None:
    remove_helper(docker, target.name)


def _folder(place: str) -> str:
    return hashlib.sha256(place.encode()).hexdigest()[:24]


def _small(stream: Iterable[bytes], path: str) -> bytes:
    """All of it. Raises ``HostError`` where an image has a huge file there: it would fill this machine's memory."""
    data = bytearray()
    for chunk in stream:
        data += chunk
        if len(data) > _LARGEST_ACCOUNTS:
            raise HostError(f"{path} of the image is larger than {_LARGEST_ACCOUNTS // 1024**2} MiB")
    return bytes(data)


def _owners(docker: DockerConnection, id: str) -> Owners:
    """``id`` is a container of the image."""

    def read(path: str) -> str:
        def ask(client: Any) -> bytes:
            stream, _ = client.get_archive(id, path)
            return _small(stream, path)

        try:
            return only_file(docker.call(f"read {path} of the image", ask))
        except GoneError:
            return ""

    return owners_of(read)

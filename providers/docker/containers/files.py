"""Archives with the files of a container. Pure."""

import io
import tarfile
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from virtwright.errors import HostError
from virtwright.schemas.attachments import File

Owners = Callable[[str, str], int]
"""From ``user`` or ``group`` and a name to a number."""
_PASSWD: Final = {"user": "/etc/passwd", "group": "/etc/group"}


def archive(files: Iterable[tuple[str, File]], owners: Owners, folders: Iterable[tuple[str, int]] = ()) -> bytes:
    """A tar of ``files`` by their names in it, after ``folders`` with their modes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, mode in folders:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            tar.addfile(folder)
        for name, file in files:
            data = (file.content or "").encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), int(file.mode, 8)
            info.uid, info.gid = _owner(file, owners)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def empty(name: str) -> bytes:
    """A tar of an empty file: written over a folder, it takes the folder's place."""
    return archive([(name, File(path=f"/{name}", content="", mode="0600"))], lambda kind, text: 0)


def _owner(file: File, owners: Owners) -> tuple[int, int]:
    if file.owner is None:
        return 0, 0
    user, _, group = file.owner.partition(":")
    uid = owners("user", user)
    return uid, owners("group", group) if group else 0


def owners_of(read: Callable[[str], str]) -> Owners:
    """Numbers as they are, and names as the container's own ``/etc/passwd`` and ``/etc/group`` tell them. ``read`` gives the
    text of a file in the container."""
    tables: dict[str, Mapping[str, int]] = {}

    def number(kind: str, name: str) -> int:
        if name.isdigit():
            return int(name)
        if kind not in tables:
            tables[kind] = _names(read(_PASSWD[kind]))
        if name not in tables[kind]:
            raise HostError(
                f"the image knows no {kind} {name!r}",
                hint=f"give the owner as a number, or add the {kind} to the image",
            )
        return tables[kind][name]

    return number


def _names(text: str) -> dict[str, int]:
    """See passwd(5) and group(5): the name comes first, the number third."""
    rows = (line.split(":") for line in text.split("\n"))
    return {row[0]: int(row[2]) for row in rows if len(row) > 2 and row[2].isdigit()}


def only_file(data: bytes) -> str:
    """The text of the first file in a tar."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for info in tar:
            stream = tar.extractfile(info)
            if stream is not None:
                return stream.read().decode(errors="replace")
    return ""

"""The stamp of an image, written in names of its own on the host.

A label can't be put on an image that is there, and a pulled one bears its publisher's. So an image gets tags of the form
``virtwright/STACK/NAME:ID.SERIAL.INDEX.COUNT.DATA``: the repository is told from the URN that it was made for and leads back to it,
ID from the operation that made it, and the rest holds the stamp, with the URN where that is another one by now. An image may bear any number of them, so that one is shared by
many resources; it goes with the last of its names.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.schemas.urn import Urn, type_token

ROOT: Final = "virtwright"
_TYPE: Final = type_token("Image")
_PLAIN: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_CODED: Final = "b32--"
_LONGEST_REPOSITORY: Final = 240
_LONGEST_TAG: Final = 128
_TAG: Final = re.compile(
    r"(?P<id>[0-9a-f]{16})\.(?P<serial>[0-9a-f]+)\.(?P<index>[0-9]+)\.(?P<count>[0-9]+)\.(?P<data>.*)"
)
_MOST_PARTS: Final = 64
_IMAGE_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Mark:
    """What the tags of one resource say."""

    stamp: Stamp
    id: str
    """The resource's id: its repository and the ID of its tags."""
    serial: int = 0
    """Grows with each change; of two whole marks the greater one holds."""
    image: str = ""
    """The image that it was written for, ``sha256:...`` (read back: its first 16 digits); empty while that is made."""
    source: str = ""
    """``REPOSITORY@sha256:...`` where it came from a registry, or else was pushed to one."""
    follows: str = ""
    """The name whose image in the registry is to be had, where that is to be followed (``pull: always``)."""
    tags: tuple[str, ...] = ()
    """More names that the stack gives it, as the user wrote them."""
    pushed: bool = False
    """It is in the registries that ``tags`` name."""

    def names(self) -> list[str]:
        """The tags that hold this mark, whole references. The first is written last."""
        repository, _, id = self.id.rpartition(":")
        data = base64.urlsafe_b64encode(_pack(self)).rstrip(b"=").decode()
        head = f"{id}.{self.serial:x}."
        room = _LONGEST_TAG - len(head) - len("99.99.")
        parts = [data[start : start + room] for start in range(0, len(data), room)]
        if len(parts) > _MOST_PARTS:
            raise HostError("the names of the image are too long to be kept on the host", hint="give it fewer tags")
        return [f"{repository}:{head}{index}.{len(parts)}.{part}" for index, part in enumerate(parts)]


def repository_of(urn: Urn) -> str:
    """``virtwright/STACK/NAME``; with the project in front of the stack where they differ, and the type at the end where
    it says more than the kind. Raises ``HostError`` where it would be too long for Docker."""
    if urn.type != _TYPE:
        parts = [urn.project, urn.stack, urn.name, urn.type]
    else:
        parts = [urn.name] if urn.project == urn.stack else [urn.stack, urn.name]
        parts.insert(0, urn.project)
    text = "/".join([ROOT, *map(_part, parts)])
    if len(text) > _LONGEST_REPOSITORY:
        raise HostError(
            f"the name of the image is too long for a Docker host: {urn.name!r} of the stack {urn.project}/{urn.stack}",
            hint=f"all three together may have some {_LONGEST_REPOSITORY - 20} letters, half of that with capital letters",
        )
    return text


def urn_of(repository: str) -> Urn | None:
    """The resource that such a repository belongs to; None where it is none of these."""
    root, *parts = repository.split("/")
    if root != ROOT or len(parts) not in (2, 3, 4):
        return None
    try:
        names = [_text(part) for part in parts]
    except ValueError:
        return None
    type = names.pop() if len(names) == 4 else _TYPE
    return Urn(stack=names[-2], project=names[0], type=type, name=names[-1])


def new_id(stamp: Stamp) -> str:
    """The id of the image that the stamp's operation makes."""
    mark = hashlib.sha256(stamp.operation.encode()).hexdigest()[:16]
    return f"{repository_of(Urn.parse(stamp.urn))}:{mark}"


@dataclass(slots=True)
class Bearer:
    """What the names of one image say of one resource."""

    id: str
    urn: Urn
    names: list[str] = field(default_factory=list)
    """All tags with the id, whole or not."""
    mark: Mark | None = None
    """The newest whole one."""


def bearers(image: str, names: Iterable[str]) -> list[Bearer]:
    """The resources that an image with these ``RepoTags`` stands for. A mark that was written for another image is not
    taken for one."""
    found: dict[str, Bearer] = {}
    parts: dict[tuple[str, str], dict[int, str]] = {}
    for name in names:
        if (piece := _piece(name)) is None:
            continue
        id, urn, match = piece
        found.setdefault(id, Bearer(id, urn)).names.append(name)
        if int(match["count"]) <= _MOST_PARTS:
            parts.setdefault((id, f"{match['serial']}.{match['count']}"), {})[int(match["index"])] = match["data"]
    for (id, head), pieces in parts.items():
        bearer = found[id]
        mark = _read(bearer, head, pieces)
        if (
            mark is not None
            and image.startswith(mark.image)
            and (bearer.mark is None or mark.serial > bearer.mark.serial)
        ):
            bearer.mark = mark
    return list(found.values())


def is_ours(name: str) -> bool:
    """Whether a name of an image is one of these tags."""
    return _piece(name) is not None


def _piece(name: str) -> tuple[str, Urn, re.Match[str]] | None:
    repository, _, tag = name.rpartition(":")
    match = _TAG.fullmatch(tag) if repository.startswith(f"{ROOT}/") else None
    urn = urn_of(repository) if match is not None else None
    return (f"{repository}:{match['id']}", urn, match) if match is not None and urn is not None else None


def _read(bearer: Bearer, head: str, pieces: Mapping[int, str]) -> Mark | None:
    serial, _, count = head.partition(".")
    if sorted(pieces) != list(range(int(count))):
        return None
    text = "".join(pieces[index] for index in range(int(count)))
    try:
        told = list(_unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        operation, hash, image = (_hex_or_text(told[index]) for index in range(3))
        more: dict[str, Any] = json.loads(zlib.decompress(told[3], -15)) if len(told) > 3 else {}
        urn = Urn.parse(str(more["u"])) if "u" in more else bearer.urn
        stamp = Stamp(f"{urn.project}/{urn.stack}", str(urn), operation, hash, str(more.get("i", "")))
        image = f"sha256:{image}" if image else ""
        tags = tuple(map(str, more.get("t", ())))
        source, follows = (str(more.get(key, "")) for key in ("s", "f"))
        return Mark(stamp, bearer.id, int(serial, 16), image, source, follows, tags, bool(more.get("p")))
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError, zlib.error):
        return None


def _pack(mark: Mark) -> bytes:
    more: dict[str, Any] = {"s": mark.source, "f": mark.follows, "t": list(mark.tags), "p": int(mark.pushed)}
    more["i"] = mark.stamp.identity
    made_as = urn_of(mark.id.rpartition(":")[0])
    more["u"] = mark.stamp.urn if made_as is not None and mark.stamp.urn != str(made_as) else ""
    more = {key: value for key, value in more.items() if value}
    texts = [mark.stamp.operation, mark.stamp.inputs_hash, mark.image.removeprefix("sha256:")[:_IMAGE_DIGITS]]
    fields = [_bytes(text) for text in texts]
    if more:
        squeezed = zlib.compressobj(9, wbits=-15)
        fields.append(squeezed.compress(json.dumps(more, separators=(",", ":")).encode()) + squeezed.flush())
    return b"".join(len(each).to_bytes(2, "big") + each for each in fields)


def _unpack(data: bytes) -> Iterator[bytes]:
    while data:
        size = int.from_bytes(data[:2], "big")
        if len(data) < size + 2:
            raise ValueError("cut short")
        yield data[2 : size + 2]
        data = data[size + 2 :]


def _bytes(text: str) -> bytes:
    """Half as long for hex digits, of which most of it is made."""
    if len(text) % 2 == 0 and re.fullmatch("[0-9a-f]*", text):
        return b"\1" + bytes.fromhex(text)
    return b"\0" + text.encode()


def _hex_or_text(data: bytes) -> str:
    return data[1:].hex() if data[:1] == b"\1" else data[1:].decode()


def _part(text: str) -> str:
    """``text`` as one part of a repository's name: itself where it may be."""
    return text if _PLAIN.fullmatch(text) else _coded(text)


def _coded(text: str) -> str:
    return _CODED + base64.b32encode(text.encode()).decode().rstrip("=").lower()


def _text(part: str) -> str:
    if not part.startswith(_CODED):
        return part
    coded = part.removeprefix(_CODED).upper()
    return base64.b32decode(coded + "=" * (-len(coded) % 8)).decode()

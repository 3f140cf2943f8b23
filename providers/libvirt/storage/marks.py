"""Stamps of volumes: empty files beside them, whose names say it all. Pure.

libvirt keeps nothing of a user's with a volume. Two more volumes of its pool, with nothing in them, do: the first (``.stamp``) is there before
the volume is, and says whose it is and which operation makes it; the second (``.done``) comes when the volume is complete, and has the hash of
the inputs. Each is written by one call, and found by the listing that finds the volume.

``shop_data.qcow2~OPERATION~prod::shop::virtwright:index:Volume::data~IDENTITY~PLACE.stamp``
``shop_data.qcow2~HASH~MORE~PLACE.done``

A mark from before stacks had identities has no IDENTITY and no ``~`` for it.
"""

import hashlib
from typing import Final
from urllib.parse import quote, unquote

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.schemas.urn import Urn

STAMP: Final = ".stamp"
DONE: Final = ".done"
SIZED: Final = "s"
"""``Done.more`` of a volume whose size was said: of another one it is no input."""
_URN: Final = "urn:pulumi:"
_LONGEST: Final = 255
_JOINT: Final = "~"


@dataclass(frozen=True, slots=True)
class Owner:
    """The volume that a mark stands for."""

    pool: str
    name: str
    path: str
    """On its host. On a copy of the marks in another place it is another one, so that they count for nothing there."""

    @property
    def place(self) -> str:
        return hashlib.sha256(self.path.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first mark says."""

    operation: str
    urn: str
    identity: str = ""

    def name(self, owner: Owner, *, beside: bool) -> str:
        """Of the mark. ``beside``: it lies in the pool of its volume. Raises ``HostError`` where it would be too long."""
        identity = (self.identity,) if self.identity else ()
        return _name(owner, beside, STAMP, self.operation, self.urn.removeprefix(_URN), *identity)


@dataclass(frozen=True, slots=True)
class Done:
    """What the second one says."""

    inputs_hash: str
    more: str = ""
    """What else has to be told of the volume: letters and digits."""

    def name(self, owner: Owner, *, beside: bool) -> str:
        return _name(owner, beside, DONE, self.inputs_hash, self.more)


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark, read back."""

    pool: str
    """The volume's."""
    volume: str
    place: str
    said: Begun | Done

    def is_of(self, owner: Owner) -> bool:
        return (self.pool, self.volume, self.place) == (owner.pool, owner.name, owner.place)


def read(name: str, pool: str) -> Mark | None:
    """What a volume named ``name`` of the pool ``pool`` marks; None where it is no mark."""
    suffix = next((each for each in (STAMP, DONE) if name.endswith(each)), None)
    parts = name.removesuffix(suffix).split(_JOINT) if suffix else []
    if len(parts) not in ((4, 5) if suffix == STAMP else (4,)):
        return None
    other, _, volume = parts[0].rpartition("+")
    first, second, *identity = map(unquote, parts[1:-1])
    said = Begun(first, f"{_URN}{second}", *identity) if suffix == STAMP else Done(first, second)
    return Mark(unquote(other) or pool, volume, parts[-1], said)


def is_mark(name: str) -> bool:
    return read(name, "") is not None


def stamp_of(begun: Begun, done: Done | None) -> Stamp | None:
    """None where it names nothing that could be a resource's."""
    try:
        urn = Urn.parse(begun.urn)
    except ValueError:
        return None
    stack, hash = f"{urn.project}/{urn.stack}", done.inputs_hash if done else ""
    return Stamp(stack, begun.urn, begun.operation, hash, begun.identity)


def _name(owner: Owner, beside: bool, suffix: str, *parts: str) -> str:
    volume = owner.name if beside else f"{_quoted(owner.pool)}+{owner.name}"
    name = _JOINT.join((volume, *map(_quoted, parts), owner.place)) + suffix
    if len(name.encode()) > _LONGEST:
        raise HostError(
            "the names of the project, the stack and the volume are too long together",
            hint="libvirt keeps them in a file's name: shorten one of them",
        )
    return name


def _quoted(text: str) -> str:
    return quote(text, safe=":.$-_@ ,=").replace(_JOINT, "%7E")

"""A volume moved to another host: alone, or as the place that the machine which uses it fills when it comes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.layers import refuse_below_layers
from virtwright.providers.libvirt.moving.copying import STEP, Copier, flat_name
from virtwright.providers.libvirt.moving.leaving import has_arrived
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.listing import Holding, holdings
from virtwright.providers.libvirt.storage.lookup import stored_at, users_of
from virtwright.providers.libvirt.storage.making import Place, begin_as, finish, make, remove, reopen
from virtwright.providers.libvirt.storage.marks import Done
from virtwright.providers.libvirt.storage.pools import IMAGES, folder_of, found_default, keeps_files, pool_named
from virtwright.providers.libvirt.storage.volume import StoredVolume, rounded
from virtwright.providers.libvirt.volumes.changing import delete
from virtwright.providers.moves import Journey, Passage
from virtwright.schemas.values import Path
from virtwright.schemas.volume import Volume

if TYPE_CHECKING:
    from libvirt import virConnect

_COVERS: Final[tuple[Path, ...]] = (("pool",),)
"""It goes into whichever pool of the other host the stack names."""
_ALONG: Final = "its content comes with the machine that uses it"
_ALONE: Final = "its content is copied, and held against the old one before that goes"


@dataclass(frozen=True, slots=True)
class Use:
    """What uses a volume."""

    machines: tuple[str, ...]
    """UUIDs."""
    others: tuple[str, ...]
    """Layers over it, by name."""


class VolumeMover:
    """From one host to another."""

    def __init__(self, here: LibvirtConnection, there: LibvirtConnection) -> None:
        self._here, self._there = here, there

    def passage(self, journey: Journey, goal: Volume) -> Passage | None:
        """None for what is not whole. Raises ``HostError`` for what is in the way."""
        held = self._held(journey.id)
        if held is None or held.volume is None:
            return None
        if isinstance(goal.size, int) and rounded(goal.size) != held.volume.capacity:
            raise HostError(
                f"the size of {held.reference} changes while it moves", hint="change it first, apply, then move"
            )
        use = self._use(held.volume)
        if use.machines and not ABILITIES[self._here.address.driver].carries:
            raise HostError(
                f"a machine uses the volume {held.reference}, and libvirt's driver {self._here.address.driver} moves no machines",
                hint="take it out of the machine (disks) and apply; then move it, and name it in the machine again",
            )
        pool, folder = self._goal(goal, held)
        outputs = {"name": f"{pool}/{held.name}", "path": f"{folder}/{held.name}"}
        self._refuse_taken(f"{pool}/{held.name}", journey.going)
        along = bool(use.machines)
        return Passage(Impact.NONE, _ALONG if along else _ALONE, along, covers=_COVERS, outputs=outputs)

    def move(self, journey: Journey, stamp: Stamp, goal: Volume, context: Context) -> StoredVolume:
        held = self._held(journey.id)
        if held is None or held.volume is None or held.done is None:
            raise HostError(f"the volume {journey.id} is not there any more", hint="plan again")
        origin, done = held.volume, held.done
        along = bool(self._use(origin).machines)
        place = self._there.call(
            f"make the volume {origin.name} on {self._there.name}",
            lambda libvirt: begin_as(libvirt, stamp, goal.pool, origin.name),
            context,
        )
        if along:
            return self._there.call(
                f"make the volume {origin.name} on {self._there.name}",
                lambda libvirt: _made(libvirt, place, origin),
                context,
            )
        copier = Copier(self._here, self._there)
        copier.copy(origin, place.owner.pool, place.owner.name, context, flatten=origin.is_layer)
        what = f"finish the volume {origin.name}"
        found = self._there.call(what, lambda libvirt: finish(libvirt, place, done), context)
        reach(STEP)
        self.end(journey, stamp.operation, context, arrived=True)
        return found

    def arrived(self, operation: str) -> bool:
        made = self._made_there(operation)
        if made is None or made.volume is None:
            return False
        if made.done is not None:
            return True
        path = made.volume.path
        users = self._there.call("see what uses it", lambda libvirt: _use(libvirt, path), repeatable=True).machines
        return any(has_arrived(self._here, self._there, id) for id in users)

    def end(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        """Remove the volume where it is not. Raises ``HostError`` where what would be removed is the only one, or in use."""
        made, held = self._made_there(operation), self._held(journey.id)
        if not arrived:
            if made is None:
                return
            if held is None or held.volume is None:
                raise HostError(f"the volume {journey.id} is gone from {self._here.name} while it was moved")
            self._there.call(
                f"remove what was made of {made.reference}",
                lambda libvirt: remove(libvirt, made.pool, made.name, context),
                context,
                timeout=FOREVER,
            )
            return
        if made is not None and made.done is None and held is not None and held.done is not None:
            done = held.done
            self._there.call("finish the volume", lambda libvirt: _finish_again(libvirt, made, done), context)
            reach(STEP)
        what = f"delete the volume {journey.id} from {self._here.name}"
        self._here.call(what, lambda libvirt: delete(libvirt, id=journey.id, context=context), context, timeout=FOREVER)
        if held is not None:
            self._here.call(what, lambda libvirt: _remove_flat(libvirt, held), context)

    def _held(self, id: str) -> Holding | None:
        return _first(self._here, lambda each: each.id == id)

    def _made_there(self, operation: str) -> Holding | None:
        return _first(self._there, lambda each: each.stamp.operation == operation)

    def _use(self, volume: StoredVolume) -> Use:
        use = self._here.call("see what uses it", lambda libvirt: _use(libvirt, volume.path), repeatable=True)
        if use.others:
            what = "look for snapshots that lie over it"
            self._here.call(what, lambda libvirt: refuse_below_layers(libvirt, volume.owner, "move"), repeatable=True)
            raise HostError(
                f"{volume.reference} is what {', '.join(use.others)} is a layer over",
                hint="move or remove that first",
            )
        if len(use.machines) > 1:
            raise HostError(
                f"{len(use.machines)} machines use {volume.reference}, so that it can go along with neither",
                hint="take it out of all but one first",
            )
        return use

    def _goal(self, goal: Volume, held: Holding) -> tuple[str, str]:
        """The pool there and its folder."""
        files = self._here.call(
            "look at its pool",
            lambda libvirt: keeps_files(libvirt.storagePoolLookupByName(held.pool)),
            repeatable=True,
        )
        pool, folder, same = self._there.call(
            "look at the pool", lambda libvirt: _pool(libvirt, goal.pool), repeatable=True
        )
        if same is not files:
            raise HostError(
                f"the pool {held.pool} of {self._here.name} and the pool {pool} of {self._there.name} are of two sorts",
                hint="a volume moves between two folders, or between two groups of logical volumes",
            )
        return pool, folder

    def _refuse_taken(self, reference: str, going: frozenset[str]) -> None:
        """What an earlier move has left counts as none: it is removed before."""
        found = self._there.call("look for it", lambda libvirt: stored_at(libvirt, reference), repeatable=True)
        if found is None:
            return
        mark = _first(self._there, lambda each: each.reference == reference)
        if mark is None or (mark.done is not None and mark.id not in going):
            raise HostError(
                f"{self._there.name} has a volume {reference} already", hint="move that one out of the way first"
            )


def _first(host: LibvirtConnection, fits: "Callable[[Holding], bool]") -> Holding | None:
    found = host.call("list its volumes", lambda libvirt: holdings(libvirt, "Volume"), repeatable=True)
    return next((each for each in found if fits(each)), None)


def _pool(libvirt: "virConnect", name: str | None) -> tuple[str, str, bool]:
    """Its name, its folder, and whether it keeps files. A default pool is made when it is needed."""
    pool = found_default(libvirt) if name is None else pool_named(libvirt, name)
    return (pool.name(), folder_of(pool), keeps_files(pool)) if pool is not None else ("default", IMAGES, True)


def _made(libvirt: "virConnect", place: Place, origin: StoredVolume) -> StoredVolume:
    make(libvirt, place, origin.capacity, origin.format)
    pool = libvirt.storagePoolLookupByName(place.owner.pool)
    return StoredVolume.of(place.owner.pool, pool.storageVolLookupByName(place.owner.name).XMLDesc())


def _finish_again(libvirt: "virConnect", made: Holding, done: "Done") -> None:
    known = VolumeId.parse(made.id)
    assert known is not None
    finish(libvirt, reopen(libvirt, known), done)


def _use(libvirt: "virConnect", path: str) -> Use:
    names = users_of(libvirt, path)
    machines = [(name, or_none(lambda name=name: libvirt.lookupByName(name))) for name in names]  # type: ignore[misc]
    found = tuple(domain.UUIDString() for _, domain in machines if domain is not None)
    return Use(found, tuple(name for name, domain in machines if domain is None))


def _remove_flat(libvirt: "virConnect", held: Holding) -> None:
    pool = libvirt.storagePoolLookupByName(held.pool)
    volume = or_none(lambda: pool.storageVolLookupByName(flat_name(held.name)))
    if volume is not None:
        volume.delete(0)

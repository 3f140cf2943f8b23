"""The handler of the kind Volume on libvirt hosts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import HostError
from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.storage.glance import Glance
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.marks import SIZED
from virtwright.providers.libvirt.storage.pool_check import PoolCheck
from virtwright.providers.libvirt.storage.volume import FORMATS, StoredVolume, rounded
from virtwright.providers.libvirt.volumes.check import check_volume
from virtwright.providers.moves import Journey, Passage
from virtwright.providers.refusal import known
from virtwright.schemas.model import to_properties
from virtwright.schemas.volume import Volume, VolumeOutputs

if TYPE_CHECKING:
    from virtwright.providers.libvirt.moving.volumes import VolumeMover

KIND: Final = "Volume"
IMPACTS: Final = {"size": Impact.LIVE, "docker": Impact.NONE}
"""What is not named here means a new volume. Making it smaller, too."""


class VolumeHandler:
    """Volumes in the pools of one host."""

    linger: float = 1.0

    def __init__(self, connection: LibvirtConnection, glance: Glance, pools: PoolCheck) -> None:
        self._host = connection
        self._glance = glance
        self._pools = pools

    def check(self, inputs: Volume) -> Volume:
        return check_volume(inputs, self._host.address.driver)

    def check_host(self, inputs: Volume) -> None:
        self._pools.refuse(known(inputs.pool), known(inputs.format))

    def diff(self, prior: Volume, goal: Volume) -> Diff:
        found = compare(prior, goal, IMPACTS, default=Impact.DATA_LOSS, delete_before_create=True)
        changes = [self._honest(change) for change in found.changes if not _is_same_size(change)]
        return replace(found, changes=tuple(changes), unsettles=frozenset({"size"}))

    def lasting(self, inputs: Volume) -> Mapping[str, Any]:
        return to_properties(inputs.model_copy(update={"size": None, "docker": None}))

    def create(self, stamp: Stamp, inputs: Volume, context: Context) -> VolumeOutputs:
        from virtwright.providers.libvirt.volumes.filling import create

        with self._glance.changing():
            return outputs_of(create(self._host, stamp, inputs, context), stamp.operation)

    def update(self, id: str, stamp: Stamp, prior: Volume, goal: Volume, context: Context) -> VolumeOutputs:
        from virtwright.providers.libvirt.volumes.changing import resize

        work = partial(resize, id=id, size=goal.size, full=goal.allocation == "full")
        with self._glance.changing():
            changed = self._host.call(f"change the volume {id}", work, context)
        return outputs_of(changed).model_copy(update={"id": id})

    def delete(self, id: str, context: Context) -> None:
        from virtwright.providers.libvirt.volumes.changing import delete

        what = f"delete the volume {id}"
        with self._glance.changing():
            self._host.call(what, lambda libvirt: delete(libvirt, id=id, context=context), context, timeout=FOREVER)

    def passage(self, journey: Journey, prior: Volume, goal: Volume) -> Passage | None:
        there = journey.there
        if not isinstance(there, VolumeHandler) or there._host.address.driver != self._host.address.driver:
            return None
        return self._mover(journey).passage(journey, goal)

    def move(self, journey: Journey, stamp: Stamp, prior: Volume, goal: Volume, context: Context) -> VolumeOutputs:
        with self._glance.changing(), _peer(journey)._glance.changing():
            return outputs_of(self._mover(journey).move(journey, stamp, goal, context), stamp.operation)

    def arrived(self, journey: Journey, operation: str) -> bool:
        return self._mover(journey).arrived(operation)

    def end_move(self, journey: Journey, operation: str, context: Context, *, arrived: bool) -> None:
        with self._glance.changing(), _peer(journey)._glance.changing():
            self._mover(journey).end(journey, operation, context, arrived=arrived)

    def _mover(self, journey: Journey) -> "VolumeMover":
        from virtwright.providers.libvirt.moving.volumes import VolumeMover

        return VolumeMover(self._host, _peer(journey)._host)

    def observe(self, stack: str) -> Iterator[Observed[Volume, VolumeOutputs]]:
        for each in self._glance.holdings(KIND):
            if each.stamp.stack != stack:
                continue
            if each.volume is None or each.done is None:
                gone = (Change(("data",), None, "present", Impact.DATA_LOSS),) if each.done is not None else ()
                there = VolumeOutputs(id=each.id, name=each.reference)
                yield Observed(
                    each.stamp, each.id, Volume.model_construct(set()), there, gone, complete=each.done is not None
                )
            else:
                inputs = read_volume(each.volume, sized=each.done.more == SIZED)
                yield Observed(each.stamp, each.id, inputs, outputs_of(each.volume, each.stamp.operation))

    def find(self, names: Collection[str] | None) -> Iterator[Found[Volume, VolumeOutputs]]:
        from virtwright.providers.libvirt.volumes.changing import found

        for volume, stamp, usual in self._host.call("list its volumes", found, repeatable=True):
            outputs = outputs_of(volume, stamp.operation if stamp is not None else None)
            if names is None or {outputs.id, volume.reference, volume.name, volume.path} & {*names}:
                yield Found(outputs.id, volume.reference, read_foreign(volume, usual=usual), outputs, stamp)

    def _honest(self, change: Change) -> Change:
        """A volume can't be made smaller, nor larger by the test driver, with what is in it. A size that is not said any more
        stays."""
        if change.path != ("size",):
            return change
        if change.goal is None:
            return replace(change, impact=Impact.NONE)
        shrinks = isinstance(change.prior, int) and isinstance(change.goal, int) and change.goal < change.prior
        stiff = self._host.address.driver == "test" and change.prior is not None
        return replace(change, impact=Impact.DATA_LOSS) if shrinks or stiff else change


def _peer(journey: Journey) -> VolumeHandler:
    """The handler of the other host."""
    there = journey.there
    assert isinstance(there, VolumeHandler), "passage has said so"
    return there


def _is_same_size(change: Change) -> bool:
    """As disks have whole sectors."""
    prior, goal = change.prior, change.goal
    return (
        change.path == ("size",)
        and isinstance(prior, int)
        and isinstance(goal, int)
        and rounded(prior) == rounded(goal)
    )


def read_volume(volume: StoredVolume, *, sized: bool) -> Volume:
    """What is observed of a volume of ours: what it was filled with and whether it took all its space, the host can't tell."""
    size = {"size": volume.capacity} if sized else {}
    return Volume.model_validate({"format": volume.format, **size})


def read_foreign(volume: StoredVolume, *, usual: bool) -> Volume:
    """The inputs of a volume that somebody else made. ``usual``: it is in the default pool."""
    if volume.format not in FORMATS:
        raise HostError(f"the volume {volume.reference} has the format {volume.format}, which virtwright does not know")
    return Volume.model_validate(
        {
            "size": volume.capacity,
            "format": volume.format,
            "pool": None if usual else volume.pool,
            "backing": volume.backing,
            "allocation": "thin",
        }
    )


def outputs_of(volume: StoredVolume, operation: str | None = None) -> VolumeOutputs:
    """``operation`` made it; None where somebody else did."""
    id = str(VolumeId.of(volume.pool, volume.name, operation))
    return VolumeOutputs(id=id, name=volume.reference, path=volume.path, size=volume.capacity)

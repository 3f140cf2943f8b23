"""The handler of the kind Image on libvirt hosts: a volume that nobody writes."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.images.check import check_image
from virtwright.providers.libvirt.storage.glance import Glance
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.pool_check import PoolCheck
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.refusal import known
from virtwright.schemas.image import Image, ImageOutputs, ImageSource
from virtwright.schemas.model import to_properties

KIND: Final = "Image"
IMPACTS: Final = {"source.file": Impact.LIVE, "source.url": Impact.LIVE, "pull": Impact.NONE, "push": Impact.NONE}
"""Where the content comes from may change; the content itself (``source.sha256``) makes another image."""


class ImageHandler:
    """Images in the pools of one host, each sent there once."""

    linger: float = 1.0

    def __init__(self, connection: LibvirtConnection, glance: Glance, pools: PoolCheck) -> None:
        self._host = connection
        self._glance = glance
        self._pools = pools

    def check(self, inputs: Image) -> Image:
        return check_image(inputs, self._host.address.driver)

    def check_host(self, inputs: Image) -> None:
        self._pools.refuse(known(inputs.pool), known(inputs.format))

    def diff(self, prior: Image, goal: Image) -> Diff:
        return compare(prior, goal, IMPACTS)

    def lasting(self, inputs: Image) -> Mapping[str, Any]:
        kept = to_properties(inputs)
        return {"sha256": inputs.source.sha256, "format": kept.get("format"), "pool": kept.get("pool")}

    def create(self, stamp: Stamp, inputs: Image, context: Context) -> ImageOutputs:
        from virtwright.providers.libvirt.images.sending import create

        with self._glance.changing():
            made = create(self._host, stamp, inputs, context)
        return outputs_of(made, str(inputs.source.sha256), stamp.operation)

    def update(self, id: str, stamp: Stamp, prior: Image, goal: Image, context: Context) -> ImageOutputs:
        """Nothing on the host depends on where the content came from; where it is gone, it is sent anew."""
        from virtwright.providers.libvirt.images.sending import restore

        with self._glance.changing():
            there = restore(self._host, id, stamp, goal, context)
        return outputs_of(there, str(goal.source.sha256), None).model_copy(update={"id": id})

    def delete(self, id: str, context: Context) -> None:
        from virtwright.providers.libvirt.volumes.changing import delete

        what = f"delete the image {id}"
        with self._glance.changing():
            self._host.call(what, lambda libvirt: delete(libvirt, id=id, context=context), context, timeout=FOREVER)

    def observe(self, stack: str) -> Iterator[Observed[Image, ImageOutputs]]:
        for each in self._glance.holdings(KIND):
            if each.stamp.stack != stack:
                continue
            if each.volume is None or each.done is None:
                gone = (Change(("state",), "removed", "present", Impact.LIVE),) if each.done is not None else ()
                there = ImageOutputs(id=each.id, name=each.reference, reference=each.reference)
                yield Observed(each.stamp, each.id, _image(each.reference), there, gone, complete=each.done is not None)
            else:
                outputs = outputs_of(each.volume, each.done.more, each.stamp.operation)
                yield Observed(
                    each.stamp, each.id, _image(each.volume.path, each.done.more, each.volume.format), outputs
                )

    def find(self, names: Collection[str] | None) -> Iterator[Found[Image, ImageOutputs]]:
        """Volumes that others made are imported as such: nobody says which of them are never written."""
        for each in self._glance.holdings(KIND):
            if each.volume is None or each.done is None:
                continue
            volume = each.volume
            if names is None or {each.id, volume.reference, volume.name, volume.path} & {*names}:
                outputs = outputs_of(volume, each.done.more, each.stamp.operation)
                yield Found(
                    each.id, volume.reference, _image(volume.path, each.done.more, volume.format), outputs, each.stamp
                )


def _image(place: str, sha256: str | None = None, format: str | None = None) -> Image:
    """What is observed of one: where its content came from, the host can't tell, and where it is now stands for it."""
    fields = {"format"} if format is not None else set()
    source = ImageSource.model_construct(file=place, sha256=sha256)
    values: dict[str, Any] = {"source": source, "format": format}
    return Image.model_construct(_fields_set=fields, **values)


def outputs_of(volume: StoredVolume, sha256: str, operation: str | None) -> ImageOutputs:
    """A machine names an image by its path, so that it needs no pool to find it."""
    id = str(VolumeId.of(volume.pool, volume.name, operation))
    digest = f"sha256:{sha256}" if sha256 else None
    return ImageOutputs(id=id, name=volume.reference, reference=volume.path, digest=digest)
